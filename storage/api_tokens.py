"""Tokens for the operators' API: their digests, their use, and what was answered to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.domain.api_tokens import Access, ApiToken
from bot.ports import Row, Transaction

_ADD = """
    INSERT INTO api_tokens (workspace_id, name, access, digest, created_at, expires_at, busy_until)
         VALUES ($1, $2, $3, $4, $5, $6, $5)
      RETURNING token_id
"""
_SET_DIGEST = "UPDATE api_tokens SET digest = $3 WHERE workspace_id = $1 AND token_id = $2"
_LIST = """
    SELECT token_id, name, access, created_at, expires_at, revoked_at, last_used_at
      FROM api_tokens WHERE workspace_id = $1 ORDER BY token_id
"""
_GET = """
    SELECT token_id, name, access, created_at, expires_at, revoked_at, last_used_at, digest,
           busy_until
      FROM api_tokens JOIN workspace_routes USING (workspace_id)
     WHERE workspace_id = $1 AND token_id = $2 AND uninstalled_at IS NULL
"""
_REVOKE = """
    UPDATE api_tokens SET revoked_at = $3
     WHERE workspace_id = $1 AND token_id = $2 AND revoked_at IS NULL
"""
# A time that lies too far ahead was written by a clock that has been set back since.
_SPEND = """
    UPDATE api_tokens
       SET last_used_at = $3::timestamptz,
           busy_until = CASE WHEN busy_until BETWEEN $3::timestamptz
                                              AND $3::timestamptz + $5::interval
                             THEN busy_until ELSE $3::timestamptz END + $4::interval
     WHERE workspace_id = $1 AND token_id = $2
       AND NOT (busy_until > $3::timestamptz + $5::interval - $4::interval
                AND busy_until <= $3::timestamptz + $5::interval)
 RETURNING busy_until
"""
# Before the key is claimed, and in a statement of its own: it may be one of those that go.
_FORGET = "DELETE FROM api_answers WHERE workspace_id = $1 AND asked_at < $2"
_CLAIM_KEY = """
    INSERT INTO api_answers (workspace_id, token_id, idempotency_key, request_digest, asked_at)
         VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (workspace_id, token_id, idempotency_key) DO NOTHING
      RETURNING true
"""
_ANSWERED = """
    SELECT request_digest, status, body FROM api_answers
     WHERE workspace_id = $1 AND token_id = $2 AND idempotency_key = $3
"""
_KEEP_ANSWER = """
    UPDATE api_answers SET status = $4, body = $5
     WHERE workspace_id = $1 AND token_id = $2 AND idempotency_key = $3
"""


@dataclass(frozen=True, slots=True)
class KnownToken:
    """A token with what proves it, and until when its requests so far use up its rate."""

    token: ApiToken
    digest: bytes = field(repr=False)
    busy_until: datetime


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What was answered to a request with this key; `request_digest` is what it had asked."""

    request_digest: bytes
    status: int
    body: Mapping[str, Any]


async def add(
    tx: Transaction, name: str, access: Access, *, expires_at: datetime, now: datetime
) -> int:
    """Make room for a token, which nothing proves yet; its id."""
    nothing = bytes(32)
    values = (tx.workspace_id, name, access.value, nothing, now, expires_at)
    return int(await tx.fetchval(_ADD, *values))


async def set_digest(tx: Transaction, token_id: int, digest: bytes) -> None:
    """Keep what proves the token: the SHA-256 of its text."""
    await tx.execute(_SET_DIGEST, tx.workspace_id, token_id, digest)


async def list_all(tx: Transaction) -> Sequence[ApiToken]:
    """The workspace's tokens, the oldest first, those included that are good no more."""
    return [_token(row) for row in await tx.fetch(_LIST, tx.workspace_id)]


async def get(tx: Transaction, token_id: int) -> KnownToken | None:
    """The token; None where there is none, or Hunch is no longer installed."""
    row = await tx.fetchrow(_GET, tx.workspace_id, token_id)
    return None if row is None else KnownToken(_token(row), row["digest"], row["busy_until"])


async def revoke(tx: Transaction, token_id: int, *, now: datetime) -> bool:
    """End a token; False when there is none, or it had been."""
    return await tx.execute(_REVOKE, tx.workspace_id, token_id, now) == "UPDATE 1"


async def spend(
    tx: Transaction, token_id: int, *, pace: timedelta, within: timedelta, now: datetime
) -> datetime | None:
    """Count one request, `pace` apart on average, as many at once as fit into `within`.

    Until when the requests so far use up the rate; None: this one is too many.
    """
    found: datetime | None = await tx.fetchval(_SPEND, tx.workspace_id, token_id, now, pace, within)
    return found


async def claim_key(
    tx: Transaction,
    token_id: int,
    key: str,
    request_digest: bytes,
    *,
    forget_before: datetime,
    now: datetime,
) -> KeptAnswer | None:
    """Take an idempotency key for this transaction's request; whoever comes second waits here.

    None: it is ours. Otherwise what was answered to the first. Whatever was asked before
    `forget_before` is forgotten first.
    """
    ws = tx.workspace_id
    await tx.execute(_FORGET, ws, forget_before)
    if await tx.fetchval(_CLAIM_KEY, ws, token_id, key, request_digest, now):
        return None
    row = await tx.fetchrow(_ANSWERED, ws, token_id, key)
    # It was there a moment ago, and only what is much older is forgotten.
    assert row is not None
    return KeptAnswer(**row)


async def keep_answer(
    tx: Transaction, token_id: int, key: str, status: int, body: Mapping[str, Any]
) -> None:
    await tx.execute(_KEEP_ANSWER, tx.workspace_id, token_id, key, status, body)


def _token(row: Row) -> ApiToken:
    return ApiToken(
        token_id=row["token_id"],
        name=row["name"],
        access=Access(row["access"]),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
        last_used_at=row["last_used_at"],
    )
