"""Which slots of the clock's schedules have been taken, so that each has one effect, ever."""

from __future__ import annotations

from datetime import datetime

import asyncpg

from bot.ports import Transaction

_CLAIM = """
    INSERT INTO cron_slots (name, slot) VALUES ($1, $2)
    ON CONFLICT (name, slot) DO NOTHING
    RETURNING true
"""
_FORGET = """
    DELETE FROM cron_slots AS old
     WHERE slot < $1
       AND EXISTS (SELECT FROM cron_slots newer
                    WHERE newer.name = old.name AND newer.slot > old.slot)
"""

_LAST = "SELECT max(slot) FROM cron_slots WHERE name = $1"


async def claim_slot(tx: Transaction, name: str, slot: datetime) -> bool:
    """Take a slot for this transaction; False when somebody has taken it before."""
    return bool(await tx.fetchval(_CLAIM, name, slot))


async def forget_slots(tx: Transaction, before: datetime) -> None:
    """Drop slots older than `before`, but never a schedule's latest: it tells what was done."""
    await tx.execute(_FORGET, before)


async def last_slot(connection: asyncpg.Connection, name: str) -> datetime | None:
    """The latest slot of a schedule that was taken, by whichever process."""
    found: datetime | None = await connection.fetchval(_LAST, name)
    return found
