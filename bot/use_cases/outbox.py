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
from storage.outbox import FARTHEST, OutboxRow
from storage.slack_budgets import Limit

# With the pauses below some hours: Slack's bad days pass, a message that breaks Slack does not.
GIVE_UP_AFTER = 100
# Wide enough for a clock that is some minutes wrong.
_HISTORY_AROUND = timedelta(minutes=5)
_CLOCKS_DIFFER = timedelta(minutes=1)
_RESPONSE_URL_LIVES = timedelta(minutes=25)
_LONGEST_PAUSE_S = 300.0
_NEVER_CLEARED_UP = "uncertain: nobody can tell whether its first version arrived"
# The workspace has to connect again; that is no fault of the message, which waits.
_SIGNED_OUT = frozenset(
    {
        "account_inactive",
        "invalid_auth",
        "not_authed",
        "not_installed",
        "secret_locked",
        "token_expired",
        "token_revoked",
    }
)

# Slack's tiers, a little under their bursts (docs.slack.dev, rate limits).
_POSTS = Limit("chat.postMessage", per_minute=300, burst=50)
_POSTS_IN_CHANNEL = Limit("chat.postMessage", per_minute=60, burst=2.9)
_UPDATES = Limit("chat.update", per_minute=50, burst=18)
_HOMES = Limit("views.publish", per_minute=100, burst=28)
_HISTORY = Limit("conversations.history", per_minute=50, burst=1)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long we wait for Slack and for one another.

    A request begins within `begin` of its lease and is given up after `request`; Slack may be busy
    with it for `landing` more. A lease outlives all three, so that whoever takes over is alone.
    """

    begin: timedelta = timedelta(seconds=15)
    request: timedelta = timedelta(seconds=10)
    landing: timedelta = timedelta(seconds=5)
    lease: timedelta = timedelta(seconds=40)

    def __post_init__(self) -> None:
        if self.begin + self.request + self.landing >= self.lease:
            raise ValueError("a lease must outlive its request")

    def times(self, factor: float) -> Patience:
        """All of it shorter or longer; for tests, which cannot wait that long."""
        spans = (self.begin, self.request, self.landing, self.lease)
        return Patience(*(span * factor for span in spans))


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


@dataclass(frozen=True, slots=True)
class Later:
    """The row's turn has come but not its time: look again after so many seconds."""

    after_s: float


async def claim(
    tx: Transaction, outbox_id: int, *, patience: Patience, now: datetime
) -> Claim | Later | None:
    """Lease the first row of this one's lane if its time has come.

    None: nothing to do; whoever finishes the rows before this one wakes it.
    """
    row = await outbox.lock_head(tx, outbox_id)
    if row is None:
        return None
    wait = _wait(row, patience, now)
    if wait > timedelta():
        return Later(wait.total_seconds()) if row.outbox_id == outbox_id else None
    if row.state == "sending":
        await _take_over(tx, row, patience, now=now)
        return None
    return await _lease(tx, row, patience, now=now)


def _wait(row: OutboxRow, patience: Patience, now: datetime) -> timedelta:
    """How long nobody may touch the row; a time that lies too far ahead is a clock set back."""
    if row.state == "sending":
        until, farthest = row.lease_until or now, patience.lease
    else:
        until, farthest = row.due_at, FARTHEST
    wait = until - now
    return wait if wait <= farthest + _CLOCKS_DIFFER else timedelta()


async def _take_over(tx: Transaction, row: OutboxRow, patience: Patience, *, now: datetime) -> None:
    """Its worker died or froze; whether its request landed is settled, not guessed.

    Waits once more, from now on: a lease is also over for one that was asleep with the machine.
    """
    if row.op == "reply":
        await outbox.finish(tx, row, row.attempt, now=now, parked="uncertain: worker lost")
        return
    posting = row.op == "show" and row.posted is None
    await outbox.postpone(
        tx,
        row,
        row.attempt,
        until=now + patience.request + patience.landing,
        state="unclear" if posting else "pending",
        reason="worker lost",
        now=now,
    )


async def _lease(
    tx: Transaction, row: OutboxRow, patience: Patience, *, now: datetime
) -> Claim | None:
    if row.attempt and row.op != "reply" and row.state == "pending":
        row = await outbox.absorb(tx, row)
    way = _way(row, now)
    if way is None:
        # Leased for a moment, because only an attempt can close a row.
        attempt = await outbox.lease(tx, row, until=now, posting_at=None)
        await outbox.finish(tx, row, attempt, now=now, parked=_NEVER_CLEARED_UP)
        return None
    goes_at = await _budget(tx, row, way, now=now)
    if goes_at > now:
        await _wait_for_budget(tx, row, goes_at, now=now)
        return None
    posting_at = now if way is Way.POST else None
    attempt = await outbox.lease(tx, row, until=now + patience.lease, posting_at=posting_at)
    return Claim(row, way, attempt, now + patience.begin)


async def _wait_for_budget(
    tx: Transaction, row: OutboxRow, goes_at: datetime, *, now: datetime
) -> None:
    await outbox.postpone(
        tx,
        row,
        row.attempt,
        until=goes_at,
        now=now,
        state=row.state,
        budgeted=True,
        reason=row.reason,
    )


def _way(row: OutboxRow, now: datetime) -> Way | None:
    """None: the message may be there or not, and there is no way left to reach it."""
    if row.op == "home":
        return Way.HOME
    if row.op == "reply":
        return Way.REPLY
    if row.state == "unclear":
        return Way.SETTLE
    fresh = now - row.created_at < _RESPONSE_URL_LIVES and row.failures == 0
    if row.response_url and fresh and (row.posted or row.uncertain):
        return Way.REPLACE
    if row.posted:
        return Way.UPDATE
    if row.uncertain:
        return None
    return Way.POST if row.gap is None else Way.SETTLE


def _limits(row: OutboxRow, way: Way) -> list[Limit]:
    """The limits that a call counts against, the method's own first."""
    in_channel = Limit(
        _POSTS_IN_CHANNEL.method,
        _POSTS_IN_CHANNEL.per_minute,
        _POSTS_IN_CHANNEL.burst,
        scope=row.target,
    )
    return {
        Way.POST: [_POSTS, in_channel],
        Way.UPDATE: [_UPDATES],
        Way.HOME: [_HOMES],
        Way.SETTLE: [_HISTORY],
    }.get(way, [])


async def _budget(tx: Transaction, row: OutboxRow, way: Way, *, now: datetime) -> datetime:
    """When the call may go; a place reserved before counts unless Slack has said to wait."""
    limits = _limits(row, way)
    if not limits:
        return now
    if row.budgeted and not await slack_budgets.is_held(tx, limits[0], now=now):
        return now
    return await slack_budgets.reserve(tx, limits, now=now)


async def sent(tx: Transaction, claim: Claim, posted: Posted | None, *, now: datetime) -> bool:
    """Close the row; False when the attempt had been taken over.

    What was found from before a restore may show something else by now: it is then updated.
    """
    if claim.row.gap is not None and claim.way is Way.SETTLE and posted is not None:
        await outbox.close_gap(tx, claim.row, posted)
        return await outbox.postpone(tx, claim.row, claim.attempt, until=now, now=now)
    return await outbox.finish(tx, claim.row, claim.attempt, now=now, posted=posted)


async def refused(tx: Transaction, claim: Claim, reason: str, *, now: datetime) -> bool:
    """Slack refuses for good: park it for the admin, and let the lane go on."""
    if reason in _SIGNED_OUT:
        # For as long as it takes somebody to connect again, a weekend included.
        until = now + timedelta(seconds=_LONGEST_PAUSE_S)
        return await _again(tx, claim, reason, until=until, now=now, failed=False)
    if claim.way is Way.REPLACE:
        # The quick way is closed; the usual one is not.
        return await _again(tx, claim, reason, until=now, now=now)
    if claim.way is Way.SETTLE:
        reason = f"uncertain, and the history cannot be read: {reason}"
    return await _park(tx, claim, reason, now=now)


async def _park(tx: Transaction, claim: Claim, reason: str, *, now: datetime) -> bool:
    settling = claim.way is Way.SETTLE
    return await outbox.finish(
        tx, claim.row, claim.attempt, now=now, parked=reason, uncertain=settling
    )


async def put_off(
    tx: Transaction, claim: Claim, reason: str, *, after_s: float | None = None, now: datetime
) -> bool:
    """Nothing happened: try again when Slack says, or with growing pauses."""
    if after_s is None:
        return await _again(tx, claim, reason, until=now + _pause(claim.row.failures), now=now)
    until = now + min(timedelta(seconds=after_s), FARTHEST)
    for limit in _limits(claim.row, claim.way)[:1]:
        await slack_budgets.hold(tx, limit, until=until)
    # Patience costs nothing, but a history that is never readable must not block its lane.
    return await _again(tx, claim, reason, until=until, now=now, failed=claim.way is Way.SETTLE)


async def _again(
    tx: Transaction,
    claim: Claim,
    reason: str,
    *,
    until: datetime,
    now: datetime,
    state: str | None = None,
    failed: bool = True,
) -> bool:
    if failed and claim.row.failures + 1 >= GIVE_UP_AFTER:
        return await _park(tx, claim, f"gave up: {reason}", now=now)
    settling = claim.way is Way.SETTLE
    return await outbox.postpone(
        tx,
        claim.row,
        claim.attempt,
        until=until,
        state=state or ("unclear" if settling else "pending"),
        failed=failed,
        reason=reason,
        now=now,
    )


async def unclear(
    tx: Transaction, claim: Claim, reason: str, *, patience: Patience, now: datetime
) -> bool:
    """The request may have landed: nothing follows until it can no longer land.

    A post is then looked for, an update repeated; a reply, which can be neither, is parked.
    """
    if claim.way is Way.REPLY:
        return await _park(tx, claim, f"uncertain: {reason}", now=now)
    until = now + max(patience.landing, _pause(claim.row.failures))
    if claim.way is not Way.POST:
        return await _again(tx, claim, reason, until=until, now=now)
    # Not given up here: whether it is there comes first.
    return await outbox.postpone(
        tx,
        claim.row,
        claim.attempt,
        until=now + patience.landing,
        state="unclear",
        failed=True,
        reason=reason,
        now=now,
    )


async def not_there(tx: Transaction, claim: Claim, *, now: datetime) -> bool:
    """The history shows that the post never landed: post it again, with growing pauses."""
    row = claim.row
    if row.failures >= GIVE_UP_AFTER:
        reason = f"gave up: {row.reason}"
        return await outbox.finish(tx, row, claim.attempt, now=now, parked=reason)
    until = now + _pause(row.failures)
    if row.gap is not None:
        await outbox.close_gap(tx, row, None)
    return await outbox.postpone(
        tx, row, claim.attempt, until=until, reason=f"not posted: {row.reason}"[:200], now=now
    )


def look_between(row: OutboxRow) -> tuple[datetime, datetime]:
    """The part of the history in which the row's message is, if it was posted."""
    tried_at = row.tried_at or row.created_at
    since, until = row.gap or (tried_at, tried_at)
    return min(since, tried_at) - _HISTORY_AROUND, max(until, tried_at) + _HISTORY_AROUND


def _pause(failures: int) -> timedelta:
    """Exponential with full jitter, at least a moment."""
    ceiling = min(_LONGEST_PAUSE_S, 2.0 ** min(failures + 1, 10))
    return timedelta(seconds=random.uniform(0.1, ceiling))  # nosec B311
