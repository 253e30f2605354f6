"""Who is on the way through Slack's page: each state is good once, for a while, in one browser."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.ports import Transaction

# Those that nobody came back with go when the next one comes.
_ISSUE = """
    WITH forgotten AS (DELETE FROM oauth_states WHERE expires_at < $5)
    INSERT INTO oauth_states (state_digest, browser_digest, wanted_id, expires_at)
         VALUES ($1, $2, $3, $4)
"""
_CONSUME = """
    DELETE FROM oauth_states WHERE state_digest = $1 AND browser_digest = $2
 RETURNING wanted_id, expires_at
"""


@dataclass(frozen=True, slots=True)
class Issued:
    """A state that was issued: for which workspace ("": any), and until when (aware UTC)."""

    wanted_id: str
    expires_at: datetime


async def issue(
    tx: Transaction, state_digest: bytes, browser_digest: bytes, issued: Issued, *, now: datetime
) -> None:
    """Keep a new state, and forget those that are over."""
    await tx.execute(_ISSUE, state_digest, browser_digest, issued.wanted_id, issued.expires_at, now)


async def consume(tx: Transaction, state_digest: bytes, browser_digest: bytes) -> Issued | None:
    """Take a state away; of two at once one gets it. None: unknown, used, or another browser's."""
    row = await tx.fetchrow(_CONSUME, state_digest, browser_digest)
    return None if row is None else Issued(**row)
