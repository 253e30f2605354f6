"""What Slack should show: rows written with the decision, sent in order, once.

A row is `pending` until a worker leases it (`sending`), then `sent`. An outcome we cannot tell is
`unclear` until it is settled; what Slack refuses for good, or what we cannot settle, is `parked`
with its reason. Rows of one lane (a channel) are sent in the order they were written: only a
lane's first open row, its head, is ever touched. A row that was never tried is replaced by newer
content of the same message; one that was tried takes the newer content over when it is tried again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, assert_never

from bot.ports import Effect, Job, Posted, Reply, Row, Show, ShowHome, Transaction

SEND = "outbox.send"
OVERDUE_AFTER = timedelta(seconds=5)
# What is ready goes out before more is made ready: Slack's pace is the bottleneck of a burst, and
# keeps one workspace from filling the queue.
_FIRST = 2
# Nothing is leased or put off for longer.
FARTHEST = timedelta(hours=1)

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
    ON CONFLICT (workspace_id, effect_key) WHERE state = 'pending' AND attempt = 0
      DO UPDATE SET payload = EXCLUDED.payload,
                    response_url = coalesce(EXCLUDED.response_url, outbox.response_url)
      RETURNING outbox_id, due_at, xmax = 0 AS is_new
"""
_HOME = """
    INSERT INTO outbox (workspace_id, op, target, lane, effect_key, payload, due_at, created_at)
         VALUES ($1, 'home', $2, $3, $3, $4, $5, $5)
    ON CONFLICT (workspace_id, effect_key) WHERE state = 'pending' AND attempt = 0
      DO UPDATE SET payload = EXCLUDED.payload
      RETURNING outbox_id, due_at, xmax = 0 AS is_new
"""
_REPLY = """
    INSERT INTO outbox (workspace_id, op, target, lane, effect_key, payload, response_url, due_at,
                        created_at)
         VALUES ($1, 'reply', $2, $3, $3, $4, $5, $6, $6)
    ON CONFLICT (workspace_id, effect_key) WHERE op = 'reply' DO NOTHING
      RETURNING outbox_id, due_at, true AS is_new
"""
# Waits for whoever is finishing the head and then goes on to the next row: a wake-up that comes
# while the head is being finished finds its row, not a head that is just leaving.
_LOCK_HEAD = """
    SELECT outbox_id, op, target, lane, effect_key, payload, response_url, state, attempt, failures,
           budgeted, due_at, lease_until, tried_at, reason, created_at
      FROM outbox
     WHERE workspace_id = $1
       AND lane = (SELECT lane FROM outbox WHERE workspace_id = $1 AND outbox_id = $2)
       AND state IN ('pending', 'sending', 'unclear')
     ORDER BY outbox_id LIMIT 1
       FOR UPDATE
"""
_WHERE_IS = """
    SELECT channel, ts, uncertain, gap_from, gap_until FROM messages
     WHERE workspace_id = $1 AND message_key = $2
"""
_SHOWN = """
    SELECT message_key FROM messages
     WHERE workspace_id = $1 AND starts_with(message_key, $2) ORDER BY message_key
"""
_CLOSE_GAP = """
    UPDATE messages SET gap_from = NULL, gap_until = NULL, channel = $3, ts = $4
     WHERE workspace_id = $1 AND message_key = $2
"""
_ABSORB = """
    WITH newer AS (
        DELETE FROM outbox
         WHERE workspace_id = $1 AND effect_key = $2 AND state = 'pending' AND attempt = 0
     RETURNING payload, response_url
    )
    UPDATE outbox o
       SET payload = newer.payload, response_url = coalesce(newer.response_url, o.response_url)
      FROM newer
     WHERE o.workspace_id = $1 AND o.outbox_id = $3
 RETURNING o.payload, o.response_url
"""
_LEASE = """
    UPDATE outbox SET state = 'sending', attempt = attempt + 1, lease_until = $3,
                      tried_at = coalesce($4, tried_at)
     WHERE workspace_id = $1 AND outbox_id = $2
"""
_POSTPONE = """
    UPDATE outbox SET state = $4, due_at = $5, failures = failures + $6, budgeted = $7, reason = $8
     WHERE workspace_id = $1 AND outbox_id = $2 AND attempt = $3
       AND state IN ('pending', 'sending', 'unclear')
 RETURNING due_at
"""
# Closes the row, remembers where its message is, and names the next one of its lane.
_FINISH = """
    WITH finished AS (
        UPDATE outbox SET state = $4, reason = $5, finished_at = $6, lease_until = NULL
         WHERE workspace_id = $1 AND outbox_id = $2 AND attempt = $3
           AND state IN ('sending', 'unclear')
     RETURNING lane, effect_key
    ), placed AS (
        UPDATE messages SET channel = $7, ts = $8, uncertain = false
          FROM finished
         WHERE workspace_id = $1 AND message_key = finished.effect_key AND $7::text IS NOT NULL
    )
    SELECT following.outbox_id, following.due_at
      FROM finished
      LEFT JOIN LATERAL (
            SELECT outbox_id, due_at FROM outbox
             WHERE workspace_id = $1 AND lane = finished.lane AND outbox_id > $2
               AND state IN ('pending', 'sending', 'unclear')
             ORDER BY outbox_id LIMIT 1) AS following ON true
"""
_DOUBT = "UPDATE messages SET uncertain = true WHERE workspace_id = $1 AND message_key = $2"
# Only heads: behind one that waits for good reason thousands may wait. A lease or a time that lies
# too far ahead was given by a clock that has been set back since.
_OVERDUE = """
    SELECT outbox_id
      FROM (SELECT DISTINCT ON (lane) outbox_id, state, attempt, budgeted, due_at, lease_until
              FROM outbox
             WHERE workspace_id = $1 AND state IN ('pending', 'sending', 'unclear')
             ORDER BY lane, outbox_id) AS head
     WHERE CASE state
               WHEN 'sending' THEN lease_until < $2 OR lease_until > $3
               ELSE due_at < $2 OR due_at > $3
           END
     ORDER BY due_at LIMIT 1000
"""
# Only what was tried says why it waits: the heads.
_WAITS_FOR_KEY = """
    SELECT EXISTS (SELECT true FROM outbox
                    WHERE workspace_id = $1 AND state IN ('pending', 'unclear')
                      AND reason = 'secret_locked' AND due_at > $2)
"""
_BRING_FORWARD = """
    UPDATE outbox SET due_at = $2
     WHERE workspace_id = $1 AND state IN ('pending', 'unclear')
       AND reason = 'secret_locked' AND due_at > $2
 RETURNING outbox_id
"""
_PARKED = """
    SELECT outbox_id, op, target, reason, finished_at
      FROM (SELECT DISTINCT ON (effect_key) outbox_id, op, target, reason, finished_at
              FROM outbox
             WHERE workspace_id = $1 AND state = 'parked'
             ORDER BY effect_key, outbox_id DESC) AS newest
     ORDER BY outbox_id DESC LIMIT $2
"""
_FORGET = """
    WITH gone AS (
        DELETE FROM outbox
         WHERE workspace_id = $1 AND outbox_id IN (
               SELECT outbox_id FROM outbox
                WHERE workspace_id = $1 AND finished_at < $2 ORDER BY finished_at LIMIT $3)
     RETURNING true
    )
    SELECT count(*) FROM gone
"""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One row, locked by the transaction that read it, with where its message stands in Slack.

    `uncertain`: the message may or may not be there, and nobody will ever know. `gap`: from when
    until when it may have been posted by a Hunch whose database was lost since (a restore).
    """

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
    posted: Posted | None = None
    uncertain: bool = False
    gap: tuple[datetime, datetime] | None = None


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
    # A row that waits already has its job, or the row before it will wake it.
    if row is not None and row["is_new"]:
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
        case never:
            assert_never(never)


def _digest(payload: Mapping[str, Any]) -> bytes:
    return hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).digest()


def _queue(tx: Transaction, outbox_id: int, run_at: datetime | None, *, why: str) -> None:
    # `why` is part of the key: a job that is just ending must not swallow the wake-up of the next.
    key = f"{SEND}:{tx.workspace_id}:{outbox_id}:{why}"
    tx.enqueue(Job(SEND, tx.workspace_id, str(outbox_id), key, run_at, priority=_FIRST))


async def lock_head(tx: Transaction, outbox_id: int) -> OutboxRow | None:
    """The first open row of this row's lane, locked until the end of the transaction.

    None when nothing in the lane is open. Waits for whoever is replacing or finishing a row.
    """
    found = await tx.fetchrow(_LOCK_HEAD, tx.workspace_id, outbox_id)
    if found is None:
        return None
    row = OutboxRow(**found)
    # A second statement: what was placed while the first one waited is not seen by the first.
    return await _placed(tx, row) if row.op == "show" else row


async def _placed(tx: Transaction, row: OutboxRow) -> OutboxRow:
    place = await tx.fetchrow(_WHERE_IS, tx.workspace_id, row.effect_key)
    assert place is not None, "put() writes both"
    there = place["channel"] is not None
    posted = Posted(place["channel"], place["ts"]) if there else None
    gap = None if place["gap_from"] is None else (place["gap_from"], place["gap_until"])
    return replace(row, posted=posted, uncertain=place["uncertain"], gap=gap)


async def shown(tx: Transaction, beginning: str) -> Sequence[str]:
    """The keys that begin so of messages that were shown, or are about to be."""
    rows = await tx.fetch(_SHOWN, tx.workspace_id, beginning)
    return [row["message_key"] for row in rows]


async def close_gap(tx: Transaction, row: OutboxRow, posted: Posted | None) -> None:
    """The message was looked for: it is there, or (None) it may be posted like any other."""
    channel, ts = (posted.channel, posted.ts) if posted is not None else (None, None)
    await tx.execute(_CLOSE_GAP, tx.workspace_id, row.effect_key, channel, ts)


async def absorb(tx: Transaction, row: OutboxRow) -> OutboxRow:
    """The row with the newest content that waits behind it for the same message."""
    newer = await tx.fetchrow(_ABSORB, tx.workspace_id, row.effect_key, row.outbox_id)
    if newer is None:
        return row
    return replace(row, payload=newer["payload"], response_url=newer["response_url"])


async def lease(
    tx: Transaction, row: OutboxRow, *, until: datetime, posting_at: datetime | None
) -> int:
    """Take the row for sending; returns the attempt's number, the fence of all that follows.

    `posting_at` is the time if this attempt posts a new message.
    """
    await tx.execute(_LEASE, tx.workspace_id, row.outbox_id, until, posting_at)
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
    uncertain: bool = False,
) -> bool:
    """Close the row and wake the next one in its lane; False when the attempt is not the last.

    `uncertain`: its message may be there all the same; it is never posted again.
    """
    state = "sent" if parked is None else "parked"
    channel, ts = (posted.channel, posted.ts) if posted is not None else (None, None)
    following = await tx.fetchrow(
        _FINISH, tx.workspace_id, row.outbox_id, attempt, state, parked, now, channel, ts
    )
    if following is None:
        return False
    if uncertain:
        await tx.execute(_DOUBT, tx.workspace_id, row.effect_key)
    if following["outbox_id"] is not None:
        _queue(tx, following["outbox_id"], following["due_at"], why=f"after:{row.outbox_id}")
    return True


async def wake_overdue(tx: Transaction, *, now: datetime) -> int:
    """Queue every lane whose time came a while ago: the net under lost jobs and dead workers."""
    late, early = now - OVERDUE_AFTER, now + 2 * FARTHEST
    rows = await tx.fetch(_OVERDUE, tx.workspace_id, late, early)
    for row in rows:
        _queue(tx, row["outbox_id"], None, why="sweep")
    return len(rows)


async def waits_for_key(tx: Transaction, *, now: datetime) -> bool:
    """Whether anything waits because no key opened the token, with its time yet to come."""
    return bool(await tx.fetchval(_WAITS_FOR_KEY, tx.workspace_id, now))


async def wake_locked(tx: Transaction, *, now: datetime) -> int:
    """Queue what waits for the key at once: it is back."""
    rows = await tx.fetch(_BRING_FORWARD, tx.workspace_id, now)
    for row in rows:
        _queue(tx, row["outbox_id"], None, why="unlocked")
    return len(rows)


async def parked(tx: Transaction, *, limit: int = 10) -> Sequence[Parked]:
    """The newest messages that could not be sent, each once."""
    return [Parked(**row) for row in await tx.fetch(_PARKED, tx.workspace_id, limit)]


async def forget_finished(tx: Transaction, *, before: datetime, limit: int) -> int:
    """Delete what was finished before a time, at most `limit` rows; how many."""
    return int(await tx.fetchval(_FORGET, tx.workspace_id, before, limit))
