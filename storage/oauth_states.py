"""Who is on the way through Slack's or GitHub's pages: each state is good once, for a while, in one browser."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.ports import Transaction

# Those that nobody came back with go when the next one comes.
_ISSUE = """
    WITH forgotten AS (DELETE FROM oauth_states WHERE expires_at < $8)
    INSERT INTO oauth_states (state_digest, browser_digest, purpose, wanted_id, slack_user_id,
                              installation_id, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_CONSUME = """
    DELETE FROM oauth_states WHERE state_digest = $1 AND browser_digest = $2 AND purpose = $3
 RETURNING wanted_id, expires_at, slack_user_id, installation_id
"""
_LOOK = """
    SELECT wanted_id, expires_at, slack_user_id, installation_id FROM oauth_states
     WHERE state_digest = $1 AND browser_digest = $2 AND purpose = $3
"""


@dataclass(frozen=True, slots=True)
class Issued:
    """A state that was issued: for which workspace ("": any), and until when (aware UTC).

    On the way to GitHub it also says who set out, and which installation they want connected.
    """

    wanted_id: str
    expires_at: datetime
    slack_user_id: str = ""
    installation_id: int | None = None


async def issue(
    tx: Transaction,
    state_digest: bytes,
    browser_digest: bytes,
    issued: Issued,
    *,
    purpose: str,
    now: datetime,
) -> None:
    """Keep a new state, and forget those that are over."""
    await tx.execute(
        _ISSUE,
        state_digest,
        browser_digest,
        purpose,
        issued.wanted_id,
        issued.slack_user_id,
        issued.installation_id,
        issued.expires_at,
        now,
    )


async def look(
    tx: Transaction, state_digest: bytes, browser_digest: bytes, *, purpose: str
) -> Issued | None:
    """A state that stays good."""
    row = await tx.fetchrow(_LOOK, state_digest, browser_digest, purpose)
    return None if row is None else Issued(**row)


async def consume(
    tx: Transaction, state_digest: bytes, browser_digest: bytes, *, purpose: str
) -> Issued | None:
    """Take a state away; of two at once one gets it.

    None: unknown, used, another browser's, or issued for something else.
    """
    row = await tx.fetchrow(_CONSUME, state_digest, browser_digest, purpose)
    return None if row is None else Issued(**row)
