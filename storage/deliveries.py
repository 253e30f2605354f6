"""What arrived from outside, kept raw until it is understood and for 30 days after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import WorkspaceId
from bot.ports import Database, Job, Transaction

PROCESS = "deliveries.process"

_STORE = "SELECT store_deliveries($1, $2, $3, $4, $5, $6)"
_LOCK = """
    SELECT source, delivery_id, event, body, received_at FROM deliveries
     WHERE workspace_id = $1 AND source = $2 AND delivery_id = $3 AND processed_at IS NULL
       FOR UPDATE
"""
_DONE = """
    UPDATE deliveries SET processed_at = $4, failure = NULL
     WHERE workspace_id = $1 AND source = $2 AND delivery_id = $3
"""
_FAILED = """
    UPDATE deliveries SET failure = $4
     WHERE workspace_id = $1 AND source = $2 AND delivery_id = $3 AND processed_at IS NULL
"""
_WAITING = """
    SELECT source, delivery_id FROM deliveries
     WHERE workspace_id = $1 AND processed_at IS NULL AND failure IS NULL AND received_at < $2
     ORDER BY received_at LIMIT 1000
"""
_HERE = """
    SELECT delivery_id FROM deliveries
     WHERE workspace_id = $1 AND source = $2 AND delivery_id = ANY ($3::text[])
"""
_FORGET = """
    WITH gone AS (
        DELETE FROM deliveries
         WHERE workspace_id = $1 AND ctid = ANY (ARRAY(
               SELECT ctid FROM deliveries WHERE workspace_id = $1 AND received_at < $2 LIMIT $3))
     RETURNING true
    )
    SELECT count(*) FROM gone
"""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event as it arrived: `body` is the raw bytes, verified before they were stored."""

    source: str
    delivery_id: str
    event: str
    body: bytes
    received_at: datetime


async def store(
    db: Database, workspace_id: WorkspaceId, delivery: Delivery, *, name: str = "delivery"
) -> str:
    """Store and queue; `new`, `again` (it had failed before) or `known`.

    Deliveries of one workspace that arrive together share a round trip and a commit.
    """
    item = (
        delivery.source,
        delivery.delivery_id,
        delivery.event,
        delivery.body,
        delivery.received_at,
    )
    return str(await db.call_together(_STORE, workspace_id, item, name=name))


async def lock(tx: Transaction, source: str, delivery_id: str) -> Delivery | None:
    """The delivery, if it still waits to be processed; locked until the transaction ends."""
    row = await tx.fetchrow(_LOCK, tx.workspace_id, source, delivery_id)
    return None if row is None else Delivery(**row)


async def done(tx: Transaction, delivery: Delivery, *, now: datetime) -> None:
    await tx.execute(_DONE, tx.workspace_id, delivery.source, delivery.delivery_id, now)


async def failed(tx: Transaction, source: str, delivery_id: str, reason: str) -> None:
    """Mark it failed: a redelivery is then processed again."""
    await tx.execute(_FAILED, tx.workspace_id, source, delivery_id, reason)


async def here(tx: Transaction, source: str, ids: Sequence[str]) -> frozenset[str]:
    """Which of these deliveries have arrived, processed or not."""
    rows = await tx.fetch(_HERE, tx.workspace_id, source, list(ids))
    return frozenset(row["delivery_id"] for row in rows)


async def wake_waiting(tx: Transaction, *, before: datetime) -> int:
    """Queue what arrived before a time and is still unprocessed."""
    rows = await tx.fetch(_WAITING, tx.workspace_id, before)
    for row in rows:
        ref = f"{row['source']}:{row['delivery_id']}"
        tx.enqueue(Job(PROCESS, tx.workspace_id, ref, f"{PROCESS}:{tx.workspace_id}:{ref}"))
    return len(rows)


async def forget(tx: Transaction, *, before: datetime, limit: int) -> int:
    """Delete what arrived before a time, at most `limit` rows; how many."""
    return int(await tx.fetchval(_FORGET, tx.workspace_id, before, limit))
