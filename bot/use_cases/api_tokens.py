"""Tokens for the operators' API: made, listed, revoked, and looked at with every request.

A token is shown once. Only its SHA-256 is kept: it is long and random, so that nobody finds it by
trying, and a slow hash would only slow down ourselves.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from math import ceil
from typing import Any

from bot.domain.api_tokens import BURST, PACE, Access, ApiToken, claimed, left, written
from bot.domain.ids import WorkspaceId
from bot.errors import UserError
from bot.ports import Database, Transaction
from bot.views.texts import one_line, shortened
from storage import api_tokens, audits
from storage.api_tokens import KeptAnswer, KnownToken

_BYTES = 32
_WINDOW = BURST * PACE
_LONGEST_NAME = 60
_ANSWERS_LIVE = timedelta(days=1)
LONGEST_DAYS = 366


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token as it was just made; `text` is shown once and kept nowhere."""

    token: ApiToken
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Admitted:
    """The request may go on; `requests_left` may come at once after it."""

    workspace_id: WorkspaceId
    token: ApiToken
    requests_left: int


@dataclass(frozen=True, slots=True)
class TooFast:
    """The token asks more often than it may; the next request fits in after `retry_after_s`."""

    retry_after_s: int


@dataclass(frozen=True, slots=True)
class Expired:
    """The token was good until then."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Revoked:
    """Somebody ended the token."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """None of ours, mistyped, or of a workspace that left."""


@dataclass(frozen=True, slots=True)
class OtherRequest:
    """The idempotency key was used before, for something else."""


Admission = Admitted | TooFast | Expired | Revoked | Unknown


async def add(tx: Transaction, name: str, access: Access, *, days: int, now: datetime) -> NewToken:
    """Make a token that is good for some days, audited. Raises UserError for a name or a time
    that makes no sense, and where Hunch is not installed."""
    clean = shortened(one_line(name), _LONGEST_NAME)
    if not clean:
        raise UserError("--name: say what the token is for, for example --name nightly-report.")
    if not 1 <= days <= LONGEST_DAYS:
        raise UserError(f"--days: must be between 1 and {LONGEST_DAYS}.")
    expires_at = now + timedelta(days=days)
    token_id = await api_tokens.add(tx, clean, access, expires_at=expires_at, now=now)
    text = written(tx.workspace_id, token_id, secrets.token_urlsafe(_BYTES))
    await api_tokens.set_digest(tx, token_id, _digest(text))
    token = ApiToken(token_id, clean, access, now, expires_at)
    details = {"access": access.value, "days": days}
    await audits.add(
        tx, "api_token.added", actor="operator", subject=token.actor, now=now, details=details
    )
    return NewToken(token, text)


async def list_all(tx: Transaction) -> Sequence[ApiToken]:
    """The workspace's tokens without their secrets, the oldest first."""
    return await api_tokens.list_all(tx)


async def revoke(tx: Transaction, token_id: int, *, now: datetime) -> None:
    """End a token at once, audited; twice changes nothing. Raises UserError if there is none."""
    known = {token.token_id: token for token in await api_tokens.list_all(tx)}
    if token_id not in known:
        raise UserError(f"There is no token {token_id}. `hunch tokens list` shows them all.")
    if await api_tokens.revoke(tx, token_id, now=now):
        subject = known[token_id].actor
        await audits.add(tx, "api_token.revoked", actor="operator", subject=subject, now=now)


async def admit(db: Database, text: str, *, now: datetime) -> Admission:
    """Who bears this token, and whether they may ask right now; the request is counted."""
    claim = claimed(text)
    if claim is None:
        return Unknown()
    async with db.transaction(claim.workspace_id, name="admit_token") as tx:
        known = await api_tokens.get(tx, claim.token_id)
        # Compared in any case, so that the time taken tells nobody which tokens there are.
        proof = known.digest if known is not None else bytes(32)
        if not hmac.compare_digest(_digest(text), proof) or known is None:
            return Unknown()
        return _ended(known.token, now) or await _spend(tx, known, now=now)


def _ended(token: ApiToken, now: datetime) -> Expired | Revoked | None:
    if token.revoked_at is not None:
        return Revoked()
    return Expired(token.expires_at) if now >= token.expires_at else None


async def _spend(tx: Transaction, known: KnownToken, *, now: datetime) -> Admitted | TooFast:
    token = known.token
    spent = await api_tokens.spend(tx, token.token_id, pace=PACE, within=_WINDOW, now=now)
    if spent is None:
        wait = known.busy_until + PACE - _WINDOW - now
        return TooFast(max(1, ceil(wait.total_seconds())))
    return Admitted(tx.workspace_id, token, left(spent, now))


async def recall(
    tx: Transaction, token: ApiToken, key: str, request_digest: bytes, *, now: datetime
) -> KeptAnswer | OtherRequest | None:
    """What was answered to this very request within a day; None if it is the first.

    Then the key is this transaction's: who repeats the request meanwhile waits for its end.
    """
    kept = await api_tokens.claim_key(
        tx, token.token_id, key, request_digest, forget_before=now - _ANSWERS_LIVE, now=now
    )
    if kept is not None and not hmac.compare_digest(kept.request_digest, request_digest):
        return OtherRequest()
    return kept


async def keep_answer(
    tx: Transaction, token: ApiToken, key: str, status: int, body: Mapping[str, Any]
) -> None:
    """Remember the answer to the request that has this key."""
    await api_tokens.keep_answer(tx, token.token_id, key, status, body)


def _digest(text: str) -> bytes:
    return sha256(text.encode()).digest()
