"""Lets somebody set out for Slack's or GitHub's pages, and knows them again when they come back."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from bot.domain.ids import SlackUserId, WorkspaceId
from bot.domain.installs import STATE_LIVES
from bot.ports import Database, Transaction
from storage import oauth_states
from storage.oauth_states import Issued

# Long enough that nobody guesses one.
_BYTES = 32


class Purpose(StrEnum):
    """What somebody set out for: a state is good for that alone."""

    SLACK = "slack"
    GITHUB_APP = "github_app"
    GITHUB_LINK = "github_link"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What to take along: `state` in the address, `browser` in a cookie."""

    state: str
    browser: str


@dataclass(frozen=True, slots=True)
class Errand:
    """Who set out for GitHub, from which workspace, and which installation they want connected."""

    workspace_id: WorkspaceId
    slack_user_id: SlackUserId
    installation_id: int | None = None


@dataclass(frozen=True, slots=True)
class Returned:
    """They are back in time; `wanted_id` is the workspace they set out for, "" for any."""

    wanted_id: str


@dataclass(frozen=True, slots=True)
class OnErrand:
    """They came in time, on this errand."""

    errand: Errand


@dataclass(frozen=True, slots=True)
class Late:
    """They are back, but it took too long."""


@dataclass(frozen=True, slots=True)
class Stranger:
    """Nobody set out with this state in this browser, or they are back already."""


async def set_out(db: Database, *, wanted_id: str = "", browser: str = "", now: datetime) -> Ticket:
    """Issue a state; only its fingerprint is kept. A browser that has a cookie keeps it, so that
    two pages can be open at once."""
    ticket = Ticket(secrets.token_urlsafe(_BYTES), browser or secrets.token_urlsafe(_BYTES))
    issued = Issued(wanted_id, now + STATE_LIVES)
    async with db.routing(name="set_out") as tx:
        await oauth_states.issue(tx, *_digests(ticket), issued, purpose=Purpose.SLACK, now=now)
    return ticket


async def come_back(db: Database, ticket: Ticket, *, now: datetime) -> Returned | Late | Stranger:
    """Consume the state: whatever happens next, it is good for nothing any more."""
    async with db.routing(name="come_back") as tx:
        issued = await oauth_states.consume(tx, *_digests(ticket), purpose=Purpose.SLACK)
    if issued is None:
        return Stranger()
    return Returned(issued.wanted_id) if now < issued.expires_at else Late()


async def invite(db: Database, errand: Errand, purpose: Purpose, *, now: datetime) -> str:
    """A state for a link in Slack, which no browser has yet; `go_to_github` takes it."""
    ticket = Ticket(secrets.token_urlsafe(_BYTES), "")
    async with db.routing(name="invite_to_github") as tx:
        await _issue(tx, ticket, errand, purpose, now=now)
    return ticket.state


async def look(
    db: Database, state: str, purpose: Purpose, *, now: datetime
) -> OnErrand | Late | Stranger:
    """Whose link this is; nothing is used up, because previews of links come here, too."""
    async with db.routing(name="look_at_errand") as tx:
        issued = await oauth_states.look(tx, *_digests(Ticket(state, "")), purpose=purpose)
    return _back(issued, now)


async def go_to_github(
    db: Database, came_by: Ticket, purpose: Purpose, *, browser: str, now: datetime
) -> Ticket | Late | Stranger:
    """Exchange the link's state for another that is good in this browser only."""
    ticket = Ticket(secrets.token_urlsafe(_BYTES), browser or secrets.token_urlsafe(_BYTES))
    async with db.routing(name="go_to_github") as tx:
        issued = await oauth_states.consume(tx, *_digests(came_by), purpose=purpose)
        if issued is None:
            return Stranger()
        if now >= issued.expires_at:
            return Late()
        await _issue(tx, ticket, _errand(issued), purpose, now=now)
    return ticket


async def go_on(
    db: Database, ticket: Ticket, errand: Errand, purpose: Purpose, *, now: datetime
) -> Ticket:
    """Another state for the same browser, to go on with the same errand."""
    following = Ticket(secrets.token_urlsafe(_BYTES), ticket.browser)
    async with db.routing(name="go_on_to_github") as tx:
        await _issue(tx, following, errand, purpose, now=now)
    return following


async def back_from_github(
    db: Database, ticket: Ticket, purpose: Purpose, *, now: datetime
) -> OnErrand | Late | Stranger:
    """Consume the state, as `come_back` does."""
    async with db.routing(name="back_from_github") as tx:
        issued = await oauth_states.consume(tx, *_digests(ticket), purpose=purpose)
    return _back(issued, now)


def _back(issued: Issued | None, now: datetime) -> OnErrand | Late | Stranger:
    if issued is None:
        return Stranger()
    return OnErrand(_errand(issued)) if now < issued.expires_at else Late()


async def _issue(
    tx: Transaction, ticket: Ticket, errand: Errand, purpose: Purpose, *, now: datetime
) -> None:
    issued = Issued(
        errand.workspace_id, now + STATE_LIVES, errand.slack_user_id, errand.installation_id
    )
    await oauth_states.issue(tx, *_digests(ticket), issued, purpose=purpose, now=now)


def _errand(issued: Issued) -> Errand:
    return Errand(
        WorkspaceId(issued.wanted_id), SlackUserId(issued.slack_user_id), issued.installation_id
    )


def _digests(ticket: Ticket) -> tuple[bytes, bytes]:
    return sha256(ticket.state.encode()).digest(), sha256(ticket.browser.encode()).digest()
