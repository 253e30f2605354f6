"""The people of a workspace: who may be asked, who may be named, and whose GitHub account is whose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from bot.domain.budgets import QuietHours
from bot.domain.ids import GithubLogin, MemberId, SlackUserId


@dataclass(frozen=True, slots=True)
class Member:
    """A person we know; times are aware UTC, `timezone` is an IANA name.

    `excluded`: an admin keeps them out of the game. `departed`: their Slack account is gone.
    `name_shown` is None until they choose. `introduced_at` is when the first message told them
    who sees what.
    """

    member_id: MemberId
    slack_user_id: SlackUserId | None
    name: str
    timezone: str = "UTC"
    is_admin: bool = False
    excluded: bool = False
    departed: bool = False
    quiet: QuietHours = field(default_factory=QuietHours)
    snoozed_until: datetime | None = None
    stopped_at: datetime | None = None
    name_shown: bool | None = None
    introduced_at: datetime | None = None


def can_be_asked(member: Member) -> bool:
    """Tell whether surveys may be sent to this person at all (snoozing only delays them)."""
    reachable = member.slack_user_id is not None and not member.departed
    return reachable and not member.excluded and member.stopped_at is None


def names_allowed(member: Member, *, opt_in: bool) -> bool:
    """Tell whether this person's name may appear on the leaderboard.

    Their own choice decides. Without one they are named unless names are `opt_in`, and only once
    they have been introduced: nobody is named before having had the button that prevents it.
    Excluded and departed people are never named.
    """
    if member.excluded or member.departed:
        return False
    if member.name_shown is not None:
        return member.name_shown
    return not opt_in and member.introduced_at is not None


class LinkState(StrEnum):
    CLAIMED = "claimed"
    """Waits for an admin; sends nothing."""
    CONFIRMED = "confirmed"
    BLOCKED = "blocked"
    """Disputed: somebody else claims, or has, the same login."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A GitHub login said to be a member's; `source` tells who said so (`admin`, `member`, …)."""

    login: GithubLogin
    member_id: MemberId
    state: LinkState
    source: str


PROVEN = "oauth"
"""The source of a link that GitHub itself vouches for: its owner has signed in there."""


def is_proven(claim: Claim) -> bool:
    """Whether nobody's word can end this link, but another proof or the owner's wish."""
    return claim.state is LinkState.CONFIRMED and claim.source == PROVEN


@dataclass(frozen=True, slots=True)
class Proof:
    """What follows from GitHub's word: the link that holds, and what ends for it."""

    link: Claim
    ended: tuple[Claim, ...]


def prove(login: GithubLogin, member_id: MemberId, known: Iterable[Claim]) -> Proof:
    """GitHub says the login is this member's: that beats every claim and every mapping.

    `known` is what is said of the login, of the member, and of the account under another login:
    all of it ends but the link itself. A newer proof beats an older one. Doing it twice ends
    nothing more.
    """
    link = Claim(login, member_id, LinkState.CONFIRMED, PROVEN)
    others = {c for c in known if (c.login, c.member_id) != (login, member_id)}
    return Proof(link, tuple(sorted(others, key=lambda c: (c.login, c.member_id))))


def resolve_claims(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    """Block whatever is disputed; the order stays, and doing it twice changes nothing.

    Two people who claim one login block each other; a claim on a login confirmed for somebody
    else is blocked. A confirmed link is never touched. A block stays after the rival has gone:
    only an admin lifts it.
    """
    listed = tuple(claims)
    return tuple(_resolved(claim, listed) for claim in listed)


def _resolved(claim: Claim, claims: tuple[Claim, ...]) -> Claim:
    rivals = (c for c in claims if c.login == claim.login and c.member_id != claim.member_id)
    if claim.state is LinkState.CLAIMED and any(rivals):
        return replace(claim, state=LinkState.BLOCKED)
    return claim
