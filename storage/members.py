"""The people of a workspace, their choices, and which GitHub account is whose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.budgets import QuietHours
from bot.domain.ids import GithubLogin, MemberId, SlackUserId
from bot.domain.members import Claim, LinkState, Member
from bot.ports import Row, Transaction

_SELECT = """
    SELECT m.member_id, m.slack_user_id, m.name, m.timezone, m.is_admin, m.excluded, m.departed,
           m.quiet_start_h, m.quiet_end_h, m.quiet_weekends, m.snoozed_until, m.stopped_at,
           m.name_shown, m.introduced_at
      FROM members m
"""
_BY_SLACK = f"{_SELECT} WHERE m.workspace_id = $1 AND m.slack_user_id = $2"
_BY_SLACKS = f"{_SELECT} WHERE m.workspace_id = $1 AND m.slack_user_id = ANY($2)"
_ALL = f"{_SELECT} WHERE m.workspace_id = $1"
_SOME = f"{_SELECT} WHERE m.workspace_id = $1 AND m.member_id = ANY($2)"
_ADMINS = f"""
    {_SELECT} WHERE m.workspace_id = $1 AND m.is_admin AND NOT m.departed
       AND m.slack_user_id IS NOT NULL ORDER BY m.member_id LIMIT $2
"""  # nosec B608
_BY_LOGINS = """
    SELECT l.github_login, m.member_id, m.slack_user_id, m.name, m.timezone, m.is_admin,
           m.excluded, m.departed, m.quiet_start_h, m.quiet_end_h, m.quiet_weekends,
           m.snoozed_until, m.stopped_at, m.name_shown, m.introduced_at
      FROM github_links l
      JOIN members m ON m.workspace_id = l.workspace_id AND m.member_id = l.member_id
     WHERE l.workspace_id = $1 AND l.state = 'confirmed' AND l.github_login = ANY($2)
"""
_KEEP = """
    INSERT INTO members (workspace_id, slack_user_id, name, timezone, is_admin, departed)
         VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (workspace_id, slack_user_id) DO UPDATE
       SET name = EXCLUDED.name, timezone = EXCLUDED.timezone, is_admin = EXCLUDED.is_admin,
           departed = EXCLUDED.departed
"""
_CHOOSE = """
    UPDATE members
       SET quiet_start_h = $3, quiet_end_h = $4, quiet_weekends = $5, snoozed_until = $6,
           stopped_at = $7, name_shown = $8, excluded = $9
     WHERE workspace_id = $1 AND member_id = $2
"""
_LOCK = """
    SELECT FROM members WHERE workspace_id = $1 AND member_id = ANY($2)
     ORDER BY member_id FOR NO KEY UPDATE
"""
_LOCK_BY_SLACK = """
    SELECT FROM members WHERE workspace_id = $1 AND slack_user_id = ANY($2)
     ORDER BY member_id FOR NO KEY UPDATE
"""
_INTRODUCE = """
    UPDATE members SET introduced_at = $3
     WHERE workspace_id = $1 AND member_id = $2 AND introduced_at IS NULL
 RETURNING member_id
"""
_SYNCED = "UPDATE workspaces SET members_synced_at = $2 WHERE workspace_id = $1"
_CLAIMS = """
    SELECT github_login, member_id, state, source FROM github_links
     WHERE workspace_id = $1 AND github_login = $2 ORDER BY member_id
       FOR UPDATE
"""
_OPEN_CLAIMS = """
    SELECT github_login, member_id, state, source FROM github_links
     WHERE workspace_id = $1 AND state <> 'confirmed' ORDER BY github_login, member_id LIMIT $2
"""
_IN_THE_WAY = """
    SELECT github_login, member_id, state, source FROM github_links
     WHERE workspace_id = $1 AND state = 'confirmed'
       AND (github_login = ANY($2) OR member_id = ANY($3))
"""
_LINKS_OF = """
    SELECT github_login, member_id, state, source FROM github_links
     WHERE workspace_id = $1 AND member_id = $2 ORDER BY github_login
"""
_KEEP_CLAIM = """
    INSERT INTO github_links (workspace_id, github_login, member_id, state, source, linked_at)
         VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (workspace_id, github_login, member_id) DO UPDATE
       SET state = EXCLUDED.state, source = EXCLUDED.source
"""
_DROP_LINKS = """
    DELETE FROM github_links
     WHERE workspace_id = $1 AND ((github_login = $2 AND member_id <> $3)
                                  OR (member_id = $3 AND github_login <> $2))
 RETURNING github_login, member_id, state, source
"""
_DROP_LINK = """
    DELETE FROM github_links WHERE workspace_id = $1 AND member_id = $2 AND state = 'confirmed'
 RETURNING github_login, member_id, state, source
"""
_DROP_CLAIM = """
    DELETE FROM github_links
     WHERE workspace_id = $1 AND github_login = $2 AND member_id = $3 AND state <> 'confirmed'
"""
_DROP_OPEN_CLAIMS = """
    DELETE FROM github_links WHERE workspace_id = $1 AND member_id = $2 AND state <> 'confirmed'
"""
_SEEN_UNLINKED = """
    INSERT INTO unlinked_accounts (workspace_id, github_login, last_seen_at)
         SELECT $1, login, $3 FROM unnest($2::text[]) AS login ORDER BY login
    ON CONFLICT (workspace_id, github_login) DO UPDATE
       SET last_seen_at = greatest(unlinked_accounts.last_seen_at, EXCLUDED.last_seen_at)
"""
_UNLINKED_AGAIN = """
    INSERT INTO unlinked_accounts (workspace_id, github_login, last_seen_at)
         SELECT $1, login, $3 FROM unnest($2::text[]) AS login
          WHERE EXISTS (SELECT FROM pull_requests p
                         WHERE p.workspace_id = $1 AND p.author_login = login
                           AND p.merged_at IS NOT NULL)
             OR EXISTS (SELECT FROM reviews v
                         WHERE v.workspace_id = $1 AND v.reviewer_login = login)
          ORDER BY login
    ON CONFLICT (workspace_id, github_login) DO NOTHING
"""
_IS_UNLINKED = """
       AND NOT EXISTS (SELECT FROM github_links l
                        WHERE l.workspace_id = u.workspace_id AND l.state = 'confirmed'
                          AND l.github_login = u.github_login)
"""
_COUNT_UNLINKED = f"""
    SELECT count(*) FROM unlinked_accounts u WHERE u.workspace_id = $1 {_IS_UNLINKED}
"""  # nosec B608
_UNLINKED = f"""
    SELECT u.github_login AS login,
           (SELECT count(*) FROM pull_requests p
             WHERE p.workspace_id = u.workspace_id AND p.author_login = u.github_login
               AND p.merged_at IS NOT NULL)
         + (SELECT count(DISTINCT (v.repository_id, v.number)) FROM reviews v
             WHERE v.workspace_id = u.workspace_id AND v.reviewer_login = u.github_login)
           AS pull_requests
      FROM unlinked_accounts u
     WHERE u.workspace_id = $1 {_IS_UNLINKED}
     ORDER BY u.last_seen_at DESC, u.github_login LIMIT $2
"""  # nosec B608


@dataclass(frozen=True, slots=True)
class SlackProfile:
    """A person as Slack describes them."""

    slack_user_id: SlackUserId
    name: str
    timezone: str
    is_admin: bool
    departed: bool


@dataclass(frozen=True, slots=True)
class UnlinkedAccount:
    """A GitHub account nobody in Slack is linked to, and how many pull requests it touched."""

    login: GithubLogin
    pull_requests: int


def _member(row: Row) -> Member:
    return Member(
        member_id=row["member_id"],
        slack_user_id=row["slack_user_id"],
        name=row["name"],
        timezone=row["timezone"],
        is_admin=row["is_admin"],
        excluded=row["excluded"],
        departed=row["departed"],
        quiet=QuietHours(row["quiet_start_h"], row["quiet_end_h"], row["quiet_weekends"]),
        snoozed_until=row["snoozed_until"],
        stopped_at=row["stopped_at"],
        name_shown=row["name_shown"],
        introduced_at=row["introduced_at"],
    )


def _claim(row: Row) -> Claim:
    login = GithubLogin(row["github_login"])
    return Claim(login, row["member_id"], LinkState(row["state"]), row["source"])


async def by_slack(tx: Transaction, slack_user_id: str) -> Member | None:
    row = await tx.fetchrow(_BY_SLACK, tx.workspace_id, slack_user_id)
    return None if row is None else _member(row)


async def lock_by_slack(tx: Transaction, slack_user_id: str) -> None:
    """Let nobody else decide about this person until the transaction ends."""
    await tx.execute(_LOCK_BY_SLACK, tx.workspace_id, [slack_user_id])


async def by_slacks(
    tx: Transaction, slack_user_ids: Sequence[SlackUserId]
) -> Mapping[SlackUserId, Member]:
    """Those of these Slack users whom we know."""
    rows = await tx.fetch(_BY_SLACKS, tx.workspace_id, list(slack_user_ids))
    return {row["slack_user_id"]: _member(row) for row in rows}


async def everybody(tx: Transaction) -> Mapping[MemberId, Member]:
    return {row["member_id"]: _member(row) for row in await tx.fetch(_ALL, tx.workspace_id)}


async def some(tx: Transaction, member_ids: Sequence[MemberId]) -> Mapping[MemberId, Member]:
    rows = await tx.fetch(_SOME, tx.workspace_id, list(member_ids))
    return {row["member_id"]: _member(row) for row in rows}


async def admins(tx: Transaction, *, limit: int = 20) -> Sequence[Member]:
    """Those who set Hunch up and are still there, who have been known longest first."""
    return [_member(row) for row in await tx.fetch(_ADMINS, tx.workspace_id, limit)]


async def by_logins(tx: Transaction, logins: Sequence[GithubLogin]) -> Mapping[GithubLogin, Member]:
    """The members with a confirmed link to these GitHub accounts."""
    rows = await tx.fetch(_BY_LOGINS, tx.workspace_id, list(logins))
    return {GithubLogin(row["github_login"]): _member(row) for row in rows}


async def keep_profiles(tx: Transaction, profiles: Sequence[SlackProfile]) -> None:
    """Add people or bring them up to date; their own choices stay."""
    # Locked in the order in which draws lock people, or the two could wait for each other.
    slack_user_ids = [profile.slack_user_id for profile in profiles]
    await tx.execute(_LOCK_BY_SLACK, tx.workspace_id, slack_user_ids)
    rows: list[tuple[Any, ...]] = [
        (tx.workspace_id, p.slack_user_id, p.name, p.timezone, p.is_admin, p.departed)
        for p in sorted(profiles, key=lambda profile: profile.slack_user_id)
    ]
    await tx.executemany(_KEEP, rows)


async def synced(tx: Transaction, *, now: datetime) -> None:
    await tx.execute(_SYNCED, tx.workspace_id, now)


async def keep_choices(tx: Transaction, member: Member) -> None:
    """Keep what a person (or an admin, for `excluded`) has chosen."""
    await tx.execute(
        _CHOOSE,
        tx.workspace_id,
        member.member_id,
        member.quiet.start_h,
        member.quiet.end_h,
        member.quiet.weekends,
        member.snoozed_until,
        member.stopped_at,
        member.name_shown,
        member.excluded,
    )


async def lock(tx: Transaction, member_ids: Sequence[MemberId]) -> None:
    """Let nobody else decide about these people until the transaction ends."""
    await tx.execute(_LOCK, tx.workspace_id, list(member_ids))


async def introduce(tx: Transaction, member_id: MemberId, *, now: datetime) -> bool:
    """Whether this is the member's very first message; true once."""
    return await tx.fetchval(_INTRODUCE, tx.workspace_id, member_id, now) is not None


async def claims_on(tx: Transaction, login: GithubLogin) -> Sequence[Claim]:
    """Everybody's claims and links on one login, locked."""
    return [_claim(row) for row in await tx.fetch(_CLAIMS, tx.workspace_id, login)]


async def open_claims(tx: Transaction, *, limit: int = 1000) -> Sequence[Claim]:
    """What waits for an admin: claims, and those that block each other."""
    return [_claim(row) for row in await tx.fetch(_OPEN_CLAIMS, tx.workspace_id, limit)]


async def links_in_the_way(tx: Transaction, claims: Sequence[Claim]) -> Sequence[Claim]:
    """The confirmed links that end when these claims are confirmed.

    They are on a claimed login, or are a claimant's own on another.
    """
    logins = [claim.login for claim in claims]
    member_ids = [claim.member_id for claim in claims]
    rows = await tx.fetch(_IN_THE_WAY, tx.workspace_id, logins, member_ids)
    return [_claim(row) for row in rows]


async def links_of(tx: Transaction, member_id: MemberId) -> Sequence[Claim]:
    """One member's link and claims."""
    return [_claim(row) for row in await tx.fetch(_LINKS_OF, tx.workspace_id, member_id)]


async def keep_claim(tx: Transaction, claim: Claim, *, now: datetime) -> None:
    row = (claim.login, claim.member_id, claim.state, claim.source, now)
    await tx.execute(_KEEP_CLAIM, tx.workspace_id, *row)


async def drop_other_links(
    tx: Transaction, login: GithubLogin, member_id: MemberId
) -> Sequence[Claim]:
    """Before a link is confirmed: nobody else has this login, and this member no other.

    Returns the links and claims that were dropped.
    """
    rows = await tx.fetch(_DROP_LINKS, tx.workspace_id, login, member_id)
    return [_claim(row) for row in rows]


async def drop_link(tx: Transaction, member_id: MemberId) -> Claim | None:
    """End a member's confirmed link; None when there is none. Their open claims stay."""
    row = await tx.fetchrow(_DROP_LINK, tx.workspace_id, member_id)
    return None if row is None else _claim(row)


async def drop_claim(tx: Transaction, login: GithubLogin, member_id: MemberId) -> bool:
    """Whether there was such a claim; a confirmed link is none."""
    return await tx.execute(_DROP_CLAIM, tx.workspace_id, login, member_id) == "DELETE 1"


async def drop_open_claims(tx: Transaction, member_id: MemberId) -> None:
    """A new claim replaces the member's earlier ones."""
    await tx.execute(_DROP_OPEN_CLAIMS, tx.workspace_id, member_id)


async def saw_unlinked(tx: Transaction, logins: Sequence[GithubLogin], *, now: datetime) -> None:
    """Remember accounts that nobody in Slack is linked to, for the admin's mapping list."""
    if logins:
        await tx.execute(_SEEN_UNLINKED, tx.workspace_id, list(logins), now)


async def unlinked_again(tx: Transaction, logins: Sequence[GithubLogin], *, now: datetime) -> None:
    """Put accounts that lost their person on the mapping list, if they merged or reviewed."""
    await tx.execute(_UNLINKED_AGAIN, tx.workspace_id, list(logins), now)


async def unlinked(tx: Transaction, *, limit: int = 50) -> Sequence[UnlinkedAccount]:
    """Accounts still to be linked, the most recently seen first."""
    return [UnlinkedAccount(**row) for row in await tx.fetch(_UNLINKED, tx.workspace_id, limit)]


async def count_unlinked(tx: Transaction) -> int:
    """How many accounts are still to be linked."""
    return int(await tx.fetchval(_COUNT_UNLINKED, tx.workspace_id))
