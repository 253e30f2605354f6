"""Takes in what arrives from outside: stored and queued before anybody is told it arrived."""

from __future__ import annotations

from datetime import datetime

from bot.domain.ids import WorkspaceId
from bot.ports import Database, Transaction
from storage import deliveries
from storage.deliveries import Delivery


async def accept(
    db: Database,
    workspace_id: WorkspaceId,
    *,
    source: str,
    delivery_id: str,
    event: str,
    body: bytes,
    now: datetime,
) -> str:
    """Store a verified delivery; `new`, `again` (an earlier try had failed) or `known`.

    Raises DatabaseAway: then nothing was stored and the sender must not be answered 2xx.
    """
    delivery = Delivery(source, delivery_id, event, body, now)
    return await deliveries.store(db, workspace_id, delivery, name=f"{source}_delivery")


async def take(tx: Transaction, source: str, delivery_id: str) -> Delivery | None:
    """The delivery, locked, if it still has to be processed."""
    return await deliveries.lock(tx, source, delivery_id)


async def mark_done(tx: Transaction, delivery: Delivery, *, now: datetime) -> None:
    await deliveries.done(tx, delivery, now=now)


async def mark_failed(tx: Transaction, source: str, delivery_id: str, reason: str) -> None:
    """It cannot be processed as it is: a redelivery will be looked at again."""
    await deliveries.failed(tx, source, delivery_id, reason)
