"""What the clock's fan-outs over all workspaces came to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.runs import FanOut
from bot.ports import Transaction

_BEGIN = """
    INSERT INTO fan_outs (kind, slot, began_at) VALUES ($1, $2, $3)
    ON CONFLICT (kind, slot) DO NOTHING
"""
_END = """
    UPDATE fan_outs SET finished_at = $3, dispatched = $4, skipped = $5
     WHERE kind = $1 AND slot = $2
"""
_LATEST = """
    SELECT kind, slot, began_at, finished_at, dispatched, skipped
      FROM fan_outs ORDER BY slot DESC, kind LIMIT $1
"""
_FORGET = "DELETE FROM fan_outs WHERE slot < $1"


async def begin(tx: Transaction, kind: str, slot: datetime, *, now: datetime) -> None:
    """Write down that it has begun, once. `tx` is a routing transaction."""
    await tx.execute(_BEGIN, kind, slot, now)


async def end(
    tx: Transaction, kind: str, slot: datetime, *, dispatched: int, skipped: int, now: datetime
) -> None:
    await tx.execute(_END, kind, slot, now, dispatched, skipped)


async def latest(tx: Transaction, *, limit: int) -> Sequence[FanOut]:
    """The latest ones, newest first; `tx` is a routing transaction."""
    return [FanOut(**row) for row in await tx.fetch(_LATEST, limit)]


async def forget(tx: Transaction, before: datetime) -> None:
    await tx.execute(_FORGET, before)
