"""The people: brought in from Slack, linked to GitHub accounts, making their own choices."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.domain.budgets import QuietHours
from bot.domain.ids import GithubLogin, MemberId, SlackUserId
from bot.domain.members import Claim, LinkState, Member, is_proven, resolve_claims
from bot.domain.timezones import is_timezone
from bot.errors import UserError
from bot.ports import Transaction
from bot.use_cases.surveys import look_later
from bot.views.texts import one_line, shortened
from storage import audits, members, surveys
from storage.members import SlackProfile, UnlinkedAccount

# GitHub's rule for logins; accounts of managed users carry an underscore as well.
_LOGIN = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,38})")
_SLACKBOT = "USLACKBOT"
_USER = re.compile(r"[UW][A-Z0-9]{1,30}")
_LONGEST_NAME = 80
_CLAIM_GONE = "That claim is gone: it was settled or taken back. Nothing was changed."


def profile_of(user: Mapping[str, Any]) -> SlackProfile | None:
    """A person as `users.list`, `team_join` and `user_change` describe them.

    None for bots, and for people of other companies with whom a channel is shared.
    """
    slack_user_id = user.get("id")
    if not isinstance(slack_user_id, str) or not _USER.fullmatch(slack_user_id):
        return None
    if user.get("is_bot") or user.get("is_stranger") or slack_user_id == _SLACKBOT:
        return None
    timezone = user.get("tz")
    return SlackProfile(
        slack_user_id=SlackUserId(slack_user_id),
        name=_name_of(user),
        timezone=timezone if isinstance(timezone, str) and is_timezone(timezone) else "UTC",
        is_admin=bool(user.get("is_admin") or user.get("is_owner")),
        departed=bool(user.get("deleted")),
    )


def _name_of(user: Mapping[str, Any]) -> str:
    """The name people see, without what cannot be shown or stored; at worst the id."""
    profile = user.get("profile")
    shown = profile if isinstance(profile, Mapping) else {}
    names = (shown.get("display_name"), shown.get("real_name"), user.get("real_name"))
    texts = (name for name in (*names, user.get("name"), user["id"]) if isinstance(name, str))
    return next(name for text in texts if (name := shortened(one_line(text), _LONGEST_NAME)))


async def keep_profiles(
    tx: Transaction, users: Sequence[Mapping[str, Any]], *, now: datetime
) -> None:
    """Add or update the people in these Slack user objects; bots are left out.

    What waits for somebody who left, came back or moved is looked at again.
    """
    profiles = {one.slack_user_id: one for user in users if (one := profile_of(user))}
    known = await members.by_slacks(tx, list(profiles))
    await members.keep_profiles(tx, list(profiles.values()))
    for slack_user_id, member in known.items():
        profile = profiles[slack_user_id]
        if (profile.timezone, profile.departed) != (member.timezone, member.departed):
            await _look_again(tx, member.member_id, now=now)


async def finish_sync(tx: Transaction, *, now: datetime) -> None:
    await members.synced(tx, now=now)


def normalized_login(text: str) -> GithubLogin:
    """A GitHub login in lower case, without `@`. Raises UserError when it cannot be one."""
    login = text.strip().removeprefix("@").lower()
    if not _LOGIN.fullmatch(login):
        raise UserError(
            f"“{text.strip()[:40]}” does not look like a GitHub login. Use the name in the address "
            "of the profile page, for example octocat."
        )
    return GithubLogin(login)


async def link(
    tx: Transaction,
    slack_user_id: str,
    login: GithubLogin,
    *,
    actor: str,
    source: str,
    now: datetime,
) -> None:
    """Link a member to a GitHub account, on an admin's word; whatever disagreed is dropped.

    Raises UserError when the workspace has no such member.
    """
    member = await require_member(tx, slack_user_id)
    await _link(tx, member.member_id, login, actor=actor, source=source, now=now)


async def _link(
    tx: Transaction,
    member_id: MemberId,
    login: GithubLogin,
    *,
    actor: str,
    source: str,
    now: datetime,
) -> None:
    known = await members.claims_on(tx, login)
    if [(one.member_id, one.state) for one in known] == [(member_id, LinkState.CONFIRMED)]:
        return
    await _spare_proofs(tx, [*known, *await members.links_of(tx, member_id)], login)
    dropped = await members.drop_other_links(tx, login, member_id)
    await members.keep_claim(tx, Claim(login, member_id, LinkState.CONFIRMED, source), now=now)
    await note_unlinked(tx, dropped, actor=actor, now=now)
    await audits.add(tx, "member.linked", actor=actor, subject=str(member_id), now=now)


async def _spare_proofs(tx: Transaction, known: Sequence[Claim], login: GithubLogin) -> None:
    """Nobody's word ends what GitHub itself has said. Raises UserError."""
    proven = next((one for one in known if is_proven(one)), None)
    if proven is None:
        return
    if proven.login == login:
        raise UserError(
            f"GitHub itself says that {login} is somebody else's, so nothing was changed. If that "
            "is wrong, end their link first: hunch members unlink."
        )
    raise UserError(
        f"GitHub itself says that they are {proven.login}, so nothing was changed. If that is "
        "wrong, end that link first: hunch members unlink."
    )


async def unlink(
    tx: Transaction, slack_user_id: str, *, actor: str, now: datetime
) -> GithubLogin | None:
    """End a member's link, on an admin's word; twice changes nothing more.

    Returns the login that is free now; None when the member had none. Raises UserError when the
    workspace has no such member.
    """
    member = await require_member(tx, slack_user_id)
    dropped = await members.drop_link(tx, member.member_id)
    if dropped is None:
        return None
    await note_unlinked(tx, [dropped], actor=actor, now=now)
    return dropped.login


async def note_unlinked(
    tx: Transaction, dropped: Sequence[Claim], *, actor: str, now: datetime
) -> None:
    """Record who lost a link, and list the login again; a dropped claim never was one."""
    lost = [one for one in dropped if one.state is LinkState.CONFIRMED]
    for one in lost:
        subject = str(one.member_id)
        await audits.add(tx, "member.unlinked", actor=actor, subject=subject, now=now)
    if lost:
        await members.unlinked_again(tx, [one.login for one in lost], now=now)


async def claim(tx: Transaction, slack_user_id: str, login: GithubLogin, *, now: datetime) -> bool:
    """Take note of "that's me"; nothing is sent until an admin confirms it.

    False when somebody else claims or has that login: then it is blocked for the admin to settle.
    """
    member = await require_member(tx, slack_user_id)
    known = await members.claims_on(tx, login)
    mine = Claim(login, member.member_id, LinkState.CLAIMED, "member")
    if any(c.member_id == member.member_id and c.state is LinkState.CONFIRMED for c in known):
        return True
    others = [c for c in known if c.member_id != member.member_id]
    await members.drop_open_claims(tx, member.member_id)
    for resolved in resolve_claims([*others, mine]):
        await members.keep_claim(tx, resolved, now=now)
        if resolved.member_id == member.member_id:
            mine = resolved
    actor = str(member.member_id)
    await audits.add(tx, "member.claimed", actor=actor, subject=actor, now=now)
    return mine.state is LinkState.CLAIMED


async def confirm_claim(
    tx: Transaction, member_id: MemberId, login: GithubLogin, *, actor: str, now: datetime
) -> None:
    """An admin says yes: the link holds and rival claims are dropped.

    Raises UserError when the claim is gone.
    """
    claims = await members.claims_on(tx, login)
    if member_id not in {claim.member_id for claim in claims}:
        raise UserError(_CLAIM_GONE)
    await _link(tx, member_id, login, actor=actor, source="member", now=now)


async def refuse_claim(
    tx: Transaction, member_id: MemberId, login: GithubLogin, *, actor: str, now: datetime
) -> None:
    """An admin says no; a rival's claim that it had blocked waits on for the admin.

    Raises UserError when the claim is gone.
    """
    if not await members.drop_claim(tx, login, member_id):
        raise UserError(_CLAIM_GONE)
    subject = str(member_id)
    await audits.add(tx, "member.claim_refused", actor=actor, subject=subject, now=now)


async def require_member(tx: Transaction, slack_user_id: str) -> Member:
    """The member behind a Slack user. Raises UserError when there is none."""
    member = await members.by_slack(tx, slack_user_id)
    if member is None:
        raise UserError(
            "I don't know that person yet. New people are read from Slack within the hour; "
            "please try again then."
        )
    return member


async def snooze(tx: Transaction, slack_user_id: str, *, days: int, now: datetime) -> Member:
    """No surveys for some days."""
    until = now + timedelta(days=days)
    return await _choose(tx, slack_user_id, "member.snoozed", now=now, snoozed_until=until)


async def stop(tx: Transaction, slack_user_id: str, *, now: datetime) -> Member:
    """No surveys until the member says otherwise; saying it twice changes nothing."""
    member = await require_member(tx, slack_user_id)
    if member.stopped_at is not None:
        return member
    return await _choose(tx, slack_user_id, "member.stopped", now=now, stopped_at=now)


async def resume(tx: Transaction, slack_user_id: str, *, now: datetime) -> Member:
    """Surveys again: neither stopped nor snoozed."""
    changes = {"stopped_at": None, "snoozed_until": None}
    return await _choose(tx, slack_user_id, "member.resumed", now=now, **changes)


async def show_name(tx: Transaction, slack_user_id: str, shown: bool, *, now: datetime) -> Member:
    """Whether the leaderboard may name the member."""
    return await _choose(tx, slack_user_id, "member.name_choice", now=now, name_shown=shown)


async def set_quiet_hours(
    tx: Transaction, slack_user_id: str, quiet: QuietHours, *, now: datetime
) -> Member:
    return await _choose(tx, slack_user_id, "member.quiet_hours", now=now, quiet=quiet)


async def exclude(
    tx: Transaction, slack_user_id: str, excluded: bool, *, actor: str, now: datetime
) -> Member:
    """Keep a member out of the game, or let them in again; on an admin's word, at once.

    Raises UserError when the workspace has no such member.
    """
    action = "member.excluded" if excluded else "member.included"
    return await _choose(tx, slack_user_id, action, actor=actor, now=now, excluded=excluded)


async def _choose(
    tx: Transaction,
    slack_user_id: str,
    action: str,
    *,
    now: datetime,
    actor: str | None = None,
    **changes: Any,
) -> Member:
    """Keep a choice, and look again at what waits for this member: it may be due sooner or later.

    Without an `actor` it is the member's own.
    """
    member = await require_member(tx, slack_user_id)
    chosen = replace(member, **changes)
    if chosen == member:
        return member
    await members.keep_choices(tx, chosen)
    subject = str(member.member_id)
    await audits.add(tx, action, actor=actor or subject, subject=subject, now=now)
    await _look_again(tx, member.member_id, now=now)
    return chosen


async def _look_again(tx: Transaction, member_id: MemberId, *, now: datetime) -> None:
    for survey_id in await surveys.concerning(tx, member_id):
        look_later(tx, survey_id, now=now)


async def unlinked(tx: Transaction) -> Sequence[UnlinkedAccount]:
    """GitHub accounts still to be linked, the most recently seen first."""
    return await members.unlinked(tx)
