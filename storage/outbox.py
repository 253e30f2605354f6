"""What Slack should show: rows written with the decision, sent in order, once.

A row is `pending` until a worker leases it (`sending`), then `sent`. An outcome we cannot tell is
`unclear` until it is settled; what Slack refuses for good, or what we cannot settle, is `parked`
with its reason. Rows of one lane (a channel) are sent in the order they were written.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.ports import Effect, Job, Posted, Reply, Row, Show, ShowHome, Transaction

SEND = "outbox.send"

_SHOW = """
    WITH wanted AS (
        INSERT INTO messages (workspace_id, message_key, digest) VALUES ($1, $2, $3)
            ON CONFLICT (workspace_id, message_key) DO UPDATE SET digest = EXCLUDED.digest
                  WHERE messages.digest <> EXCLUDED.digest
         RETURNING message_key
    )
    INSERT INTO outbox (workspace_id, op, target, lane, effect_key, payload, response_url, due_at,
                        created_at)
         SELECT $1, 'show', $4, $4, message_key, $5, $6, $7, $7 FROM wanted
    ON CONFLICT (workspace_id, effect_key) WHERE state = 'pending'
      DO UPDATE SET payload = EXCLUDED.payload,
                    response_url = coalesce(EXCLUDED.response_url, outbox.response_url)
      RETURNING outbox_id, due_at
"""
_HOME = """
    INSERT INTO outbox (workspace_id, op, target, lane, effect_key, payload, due_at, created_at)
         VALUES ($1, 'home', $2, $3, $3, $4, $5, $5)
    ON CONFLICT (workspace_id, effect_key) WHERE state = 'pending'
      DO UPDATE SET payload = EXCLUDED.payload
      RETURNING outbox_id, due_at
"""
_REPLY = """
    INSERT INTO outbox (workspace_id, op, target, lane, effect_key, payload, response_url, due_at,
                        created_at)
         VALUES ($1, 'reply', $2, $3, $3, $4, $5, $6, $6)
    ON CONFLICT (workspace_id, effect_key) WHERE op = 'reply' DO NOTHING
      RETURNING outbox_id, due_at
"""
_LOCK = """
    SELECT o.outbox_id, o.op, o.target, o.lane, o.effect_key, o.payload, o.response_url, o.state,
           o.attempt, o.failures, o.budgeted, o.due_at, o.lease_until, o.tried_at, o.reason, o.created_at,
           m.channel, m.ts
      FROM outbox o
      LEFT JOIN messages m ON m.workspace_id = o.workspace_id AND m.message_key = o.effect_key
     WHERE o.workspace_id = $1 AND o.outbox_id = $2
       FOR UPDATE OF o
"""
_IS_FIRST = """
    SELECT NOT EXISTS (
        SELECT FROM outbox
         WHERE workspace_id = $1 AND lane = $2 AND outbox_id < $3
           AND state IN ('pending', 'sending', 'unclear'))
"""
_LEASE = """
    UPDATE outbox SET state = 'sending', attempt = attempt + 1, lease_until = $3, tried_at = $4
     WHERE workspace_id = $1 AND outbox_id = $2
"""
_POSTPONE = """
    UPDATE outbox SET state = $4, due_at = $5, failures = failures + $6, budgeted = $7, reason = $8
     WHERE workspace_id = $1 AND outbox_id = $2 AND attempt = $3
       AND state IN ('pending', 'sending', 'unclear')
 RETURNING due_at
"""
_FINISH = """
    UPDATE outbox SET state = $4, reason = $5, finished_at = $6, lease_until = NULL
     WHERE workspace_id = $1 AND outbox_id = $2 AND attempt = $3
       AND state IN ('sending', 'unclear')
 RETURNING lane
"""
_PLACE = "UPDATE messages SET channel = $3, ts = $4 WHERE workspace_id = $1 AND message_key = $2"
_NEXT = """
    SELECT outbox_id, due_at FROM outbox
     WHERE workspace_id = $1 AND lane = $2 AND outbox_id > $3
       AND state IN ('pending', 'sending', 'unclear')
     ORDER BY outbox_id LIMIT 1
"""
_OVERDUE = """
    SELECT outbox_id FROM outbox
     WHERE workspace_id = $1
       AND ((state IN ('pending', 'unclear') AND due_at < $2)
            OR (state = 'sending' AND lease_until < $2))
     ORDER BY outbox_id LIMIT 1000
"""
_PARKED = """
    SELECT outbox_id, op, target, reason, finished_at FROM outbox
     WHERE workspace_id = $1 AND state = 'parked' ORDER BY outbox_id DESC LIMIT $2
"""
_FORGET = """
    DELETE FROM outbox WHERE workspace_id = $1 AND finished_at < $2
"""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One row, locked by the transaction that read it, with where its message stands in Slack."""

    outbox_id: int
    op: str
    target: str
    lane: str
    effect_key: str
    payload: Mapping[str, Any]
    response_url: str | None
    state: str
    attempt: int
    failures: int
    budgeted: bool
    due_at: datetime
    lease_until: datetime | None
    tried_at: datetime | None
    reason: str | None
    created_at: datetime
    channel: str | None
    ts: str | None

    @property
    def posted(self) -> Posted | None:
        return Posted(self.channel, self.ts) if self.channel and self.ts else None


@dataclass(frozen=True, slots=True)
class Parked:
    """A message that could not be sent, for the admin."""

    outbox_id: int
    op: str
    target: str
    reason: str
    finished_at: datetime


async def put(tx: Transaction, effect: Effect, *, now: datetime) -> None:
    """Remember what Slack should show and queue its sending; content already shown is skipped."""
    row = await _store(tx, effect, now)
    if row is not None:
        _queue(tx, row["outbox_id"], row["due_at"], why="put")


async def _store(tx: Transaction, effect: Effect, now: datetime) -> Row | None:
    ws = tx.workspace_id
    match effect:
        case Show(key, target, payload, response_url):
            digest = _digest(payload)
            return await tx.fetchrow(_SHOW, ws, key, digest, target, payload, response_url, now)
        case ShowHome(target, view):
            return await tx.fetchrow(_HOME, ws, target, f"home:{target}", view, now)
        case Reply(key, target, payload, response_url):
            lane = f"reply:{key}"
            return await tx.fetchrow(_REPLY, ws, target, lane, payload, response_url, now)


def _digest(payload: Mapping[str, Any]) -> bytes:
    return hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).digest()


def _queue(tx: Transaction, outbox_id: int, run_at: datetime | None, *, why: str) -> None:
    # `why` is part of the key: a job that is just ending must not swallow the wake-up of the next.
    key = f"{SEND}:{tx.workspace_id}:{outbox_id}:{why}"
    tx.enqueue(Job(SEND, tx.workspace_id, str(outbox_id), key, run_at))


async def lock(tx: Transaction, outbox_id: int) -> OutboxRow | None:
    """The row, locked until the end of the transaction; waits for whoever is replacing it."""
    row = await tx.fetchrow(_LOCK, tx.workspace_id, outbox_id)
    return None if row is None else OutboxRow(**row)


async def is_first(tx: Transaction, row: OutboxRow) -> bool:
    """Whether nothing earlier in the row's lane is still to be sent."""
    return bool(await tx.fetchval(_IS_FIRST, tx.workspace_id, row.lane, row.outbox_id))


async def lease(tx: Transaction, row: OutboxRow, *, until: datetime, now: datetime) -> int:
    """Take the row for sending; returns the attempt's number, the fence of all that follows."""
    await tx.execute(_LEASE, tx.workspace_id, row.outbox_id, until, now)
    return row.attempt + 1


async def postpone(
    tx: Transaction,
    row: OutboxRow,
    attempt: int,
    *,
    until: datetime,
    now: datetime,
    state: str = "pending",
    failed: bool = False,
    budgeted: bool = False,
    reason: str | None = None,
) -> bool:
    """Try again at `until`; False when another worker has taken the row meanwhile."""
    due_at = await tx.fetchval(
        _POSTPONE,
        tx.workspace_id,
        row.outbox_id,
        attempt,
        state,
        until,
        int(failed),
        budgeted,
        reason,
    )
    if due_at is not None:
        _queue(tx, row.outbox_id, due_at, why=f"again:{now.timestamp()}")
    return due_at is not None


async def finish(
    tx: Transaction,
    row: OutboxRow,
    attempt: int,
    *,
    now: datetime,
    posted: Posted | None = None,
    parked: str | None = None,
) -> bool:
    """Close the row and wake the next one in its lane; False when the attempt is not the last."""
    state = "sent" if parked is None else "parked"
    lane = await tx.fetchval(_FINISH, tx.workspace_id, row.outbox_id, attempt, state, parked, now)
    if lane is None:
        return False
    if posted is not None:
        await tx.execute(_PLACE, tx.workspace_id, row.effect_key, posted.channel, posted.ts)
    following = await tx.fetchrow(_NEXT, tx.workspace_id, lane, row.outbox_id)
    if following is not None:
        _queue(tx, following["outbox_id"], following["due_at"], why=f"after:{row.outbox_id}")
    return True


async def wake_overdue(tx: Transaction, *, now: datetime) -> int:
    """Queue every row whose time came a while ago: the net under lost jobs and dead workers."""
    rows = await tx.fetch(_OVERDUE, tx.workspace_id, now - timedelta(seconds=5))
    for row in rows:
        _queue(tx, row["outbox_id"], None, why="sweep")
    return len(rows)


async def parked(tx: Transaction, *, limit: int = 10) -> Sequence[Parked]:
    """The newest messages that could not be sent."""
    return [Parked(**row) for row in await tx.fetch(_PARKED, tx.workspace_id, limit)]


async def forget_finished(tx: Transaction, *, before: datetime) -> str:
    """Delete what was finished before a time."""
    return await tx.execute(_FORGET, tx.workspace_id, before)
