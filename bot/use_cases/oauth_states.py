"""Lets somebody set out for Slack's page, and knows them again when they come back."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from bot.domain.installs import STATE_LIVES
from bot.ports import Database
from storage import oauth_states
from storage.oauth_states import Issued

# Long enough that nobody guesses one.
_BYTES = 32


@dataclass(frozen=True, slots=True)
class Ticket:
    """What to take along: `state` in the address, `browser` in a cookie."""

    state: str
    browser: str


@dataclass(frozen=True, slots=True)
class Returned:
    """They are back in time; `wanted_id` is the workspace they set out for, "" for any."""

    wanted_id: str


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
        await oauth_states.issue(tx, *_digests(ticket), issued, now=now)
    return ticket


async def come_back(db: Database, ticket: Ticket, *, now: datetime) -> Returned | Late | Stranger:
    """Consume the state: whatever happens next, it is good for nothing any more."""
    async with db.routing(name="come_back") as tx:
        issued = await oauth_states.consume(tx, *_digests(ticket))
    if issued is None:
        return Stranger()
    return Returned(issued.wanted_id) if now < issued.expires_at else Late()


def _digests(ticket: Ticket) -> tuple[bytes, bytes]:
    return sha256(ticket.state.encode()).digest(), sha256(ticket.browser.encode()).digest()
