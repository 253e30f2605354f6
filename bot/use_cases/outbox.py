"""Decides what may be sent now, and what an attempt's outcome means for the row.

A row is leased before the request leaves us and closed after the answer; between the two lies the
only moment in which a crash can leave an outcome open. Everything but a first post may simply be
repeated. A first post is looked for in Slack's history before it is posted again.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.ports import Posted, Transaction
from storage import outbox, slack_budgets
from storage.outbox import OutboxRow
from storage.slack_budgets import Limit

LEASE = timedelta(seconds=40)
# A request that has not begun by then does not begin: it could land after the lease.
SEND_WITHIN = timedelta(seconds=15)
# How long Slack may still be busy with a request that we have given up on.
STILL_LANDING = timedelta(seconds=5)
GIVE_UP_AFTER = 20
_SETTLE_FROM_HISTORY = timedelta(seconds=60)
_RESPONSE_URL_LIVES = timedelta(minutes=25)
_LONGEST_PAUSE_S = 300.0

# Slack's tiers, a little under their bursts (docs.slack.dev, rate limits).
_POSTS = Limit("chat.postMessage", per_minute=300, burst=50)
_POSTS_IN_CHANNEL = Limit("chat.postMessage", per_minute=60, burst=1)
_UPDATES = Limit("chat.update", per_minute=50, burst=18)
_HOMES = Limit("views.publish", per_minute=100, burst=28)
_HISTORY = Limit("conversations.history", per_minute=50, burst=1)


class Way(StrEnum):
    """How a row reaches Slack."""

    POST = "post"
    UPDATE = "update"
    REPLACE = "replace"
    HOME = "home"
    REPLY = "reply"
    SETTLE = "settle"


@dataclass(frozen=True, slots=True)
class Claim:
    """A leased row: this attempt alone may close it, and may send until `send_before`."""

    row: OutboxRow
    way: Way
    attempt: int
    send_before: datetime


async def claim(tx: Transaction, outbox_id: int, *, now: datetime) -> Claim | None:
    """Lease the row if its turn and time have come; None: somebody else will wake it."""
    row = await outbox.lock(tx, outbox_id)
    if row is None or row.state in ("sent", "parked"):
        return None
    if row.state == "sending":
        if row.lease_until is None or row.lease_until <= now:
            await _take_over(tx, row, now=now)
        return None
    if row.due_at > now:
        await _again(tx, row, row.due_at, budgeted=row.budgeted, now=now)
        return None
    if not await outbox.is_first(tx, row):
        return None
    return await _lease(tx, row, now=now)


async def _take_over(tx: Transaction, row: OutboxRow, *, now: datetime) -> None:
    """Its worker died or froze; whether its request landed is settled, not guessed."""
    way = _way(row, now)
    if way is Way.REPLY:
        await outbox.finish(tx, row, row.attempt, now=now, parked="uncertain: worker lost")
        return
    state = "unclear" if way is Way.POST else "pending"
    await outbox.postpone(
        tx, row, row.attempt, until=now, state=state, reason="worker lost", now=now
    )


async def _lease(tx: Transaction, row: OutboxRow, *, now: datetime) -> Claim | None:
    way = _way(row, now)
    goes_at = now if row.budgeted else await _budget(tx, row, way, now=now)
    if goes_at > now:
        await _again(tx, row, goes_at, budgeted=True, now=now)
        return None
    attempt = await outbox.lease(tx, row, until=now + LEASE, now=now)
    return Claim(row, way, attempt, now + SEND_WITHIN)


async def _again(
    tx: Transaction, row: OutboxRow, until: datetime, *, budgeted: bool, now: datetime
) -> None:
    await outbox.postpone(
        tx,
        row,
        row.attempt,
        until=until,
        now=now,
        state=row.state,
        budgeted=budgeted,
        reason=row.reason,
    )


def _way(row: OutboxRow, now: datetime) -> Way:
    if row.op == "home":
        return Way.HOME
    if row.state == "unclear":
        return Way.SETTLE
    if row.op == "reply":
        return Way.REPLY
    if row.posted is None:
        return Way.POST
    fresh = now - row.created_at < _RESPONSE_URL_LIVES
    return Way.REPLACE if row.response_url and fresh and row.failures == 0 else Way.UPDATE


async def _budget(tx: Transaction, row: OutboxRow, way: Way, *, now: datetime) -> datetime:
    limits = {
        Way.POST: [_POSTS, _in_channel(row)],
        Way.UPDATE: [_UPDATES],
        Way.HOME: [_HOMES],
        Way.SETTLE: [_HISTORY],
    }.get(way)
    return await slack_budgets.reserve(tx, limits, now=now) if limits else now


def _in_channel(row: OutboxRow) -> Limit:
    limit = _POSTS_IN_CHANNEL
    return Limit(limit.method, limit.per_minute, limit.burst, scope=row.target)


async def sent(tx: Transaction, claim: Claim, posted: Posted | None, *, now: datetime) -> bool:
    """Close the row; False when the attempt had been taken over."""
    return await outbox.finish(tx, claim.row, claim.attempt, now=now, posted=posted)


async def refused(tx: Transaction, claim: Claim, reason: str, *, now: datetime) -> bool:
    """Slack refuses for good: park it for the admin, and let the lane go on."""
    return await outbox.finish(tx, claim.row, claim.attempt, now=now, parked=reason)


async def put_off(
    tx: Transaction, claim: Claim, reason: str, *, after_s: float | None, now: datetime
) -> bool:
    """Nothing happened: try again when Slack says, or with growing pauses."""
    if after_s is not None:
        until = now + timedelta(seconds=after_s)
        await _hold(tx, claim.way, until)
    elif claim.row.failures + 1 >= GIVE_UP_AFTER:
        return await refused(tx, claim, f"gave up: {reason}", now=now)
    else:
        until = now + _pause(claim.row.failures)
    state = "unclear" if claim.way is Way.SETTLE else "pending"
    return await outbox.postpone(
        tx,
        claim.row,
        claim.attempt,
        until=until,
        state=state,
        failed=after_s is None,
        reason=reason,
        now=now,
    )


async def unclear(tx: Transaction, claim: Claim, reason: str, *, now: datetime) -> bool:
    """The request may have landed: a post is looked for once it can no longer land."""
    if claim.way is Way.REPLY:
        return await refused(tx, claim, f"uncertain: {reason}", now=now)
    if claim.way is not Way.POST:
        return await put_off(tx, claim, reason, after_s=None, now=now)
    return await outbox.postpone(
        tx,
        claim.row,
        claim.attempt,
        until=now + STILL_LANDING,
        state="unclear",
        failed=True,
        reason=reason,
        now=now,
    )


async def not_there(tx: Transaction, claim: Claim, *, now: datetime) -> bool:
    """The history shows that the post never landed: post it again."""
    return await outbox.postpone(
        tx, claim.row, claim.attempt, until=now, reason="not posted", now=now
    )


def look_since(row: OutboxRow) -> datetime:
    """From when on the history must be read to find the row's message."""
    return (row.tried_at or row.created_at) - _SETTLE_FROM_HISTORY


async def _hold(tx: Transaction, way: Way, until: datetime) -> None:
    limit = {
        Way.POST: _POSTS,
        Way.UPDATE: _UPDATES,
        Way.HOME: _HOMES,
        Way.SETTLE: _HISTORY,
    }.get(way)
    if limit is not None:
        await slack_budgets.hold(tx, limit, until=until)


def _pause(failures: int) -> timedelta:
    """Exponential with full jitter, at least a moment."""
    ceiling = min(_LONGEST_PAUSE_S, 2.0 ** min(failures + 1, 10))
    return timedelta(seconds=random.uniform(0.1, ceiling))  # nosec B311
