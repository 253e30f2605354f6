"""Finds what should have happened by now, and what has been kept long enough."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.ports import Transaction
from bot.use_cases import surveys
from storage import deliveries, outbox, slots

# A job normally runs within milliseconds; what waits for longer has lost its job.
_PATIENCE = timedelta(minutes=1)
RAW_PAYLOADS = timedelta(days=30)
FINISHED_MESSAGES = timedelta(days=30)
CLOCK_SLOTS = timedelta(days=8)


async def wake_overdue(tx: Transaction, *, now: datetime) -> int:
    """Queue jobs for rows whose own jobs were lost; how many."""
    woken = await outbox.wake_overdue(tx, now=now)
    woken += await deliveries.wake_waiting(tx, before=now - _PATIENCE)
    return woken + await surveys.wake_due(tx, now=now)


async def forget(tx: Transaction, *, now: datetime) -> None:
    """Delete raw payloads and finished messages after 30 days."""
    await deliveries.forget(tx, before=now - RAW_PAYLOADS)
    await outbox.forget_finished(tx, before=now - FINISHED_MESSAGES)


async def forget_slots(tx: Transaction, *, now: datetime) -> None:
    """Delete the clock's old slots; `tx` is a routing transaction."""
    await slots.forget_slots(tx, now - CLOCK_SLOTS)
