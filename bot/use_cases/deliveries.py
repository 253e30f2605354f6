"""Takes in what arrives from outside: stored and queued before anybody is told it arrived."""

from __future__ import annotations

from datetime import datetime

from bot.domain.ids import WorkspaceId
from bot.ports import Database
from storage import deliveries


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
    delivery = deliveries.Delivery(source, delivery_id, event, body, now)
    return await deliveries.store(db, workspace_id, delivery, name=f"{source}_delivery")
