"""Finds what should have happened by now, and what has been kept long enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.ids import WorkspaceId
from bot.ports import Job, Transaction
from bot.use_cases import facts, runs, surveys
from bot.use_cases.runs import follows
from storage import artifacts, audits, deliveries, fan_outs, outbox, slots
from storage import runs as run_rows

# A job normally runs within milliseconds; what waits for longer has lost its job.
_PATIENCE = timedelta(minutes=1)
FORGET = "housekeeping.forget_workspace"
BATCH = 1000
# Behind whatever people wait for.
_LAST = -1
CLOCK_SLOTS = timedelta(days=8)
FAN_OUTS = timedelta(days=90)


async def wake_overdue(tx: Transaction, *, now: datetime) -> int:
    """Queue jobs for rows whose own jobs were lost; how many."""
    woken = await outbox.wake_overdue(tx, now=now)
    woken += await deliveries.wake_waiting(tx, before=now - _PATIENCE)
    woken += await follows.wake_overdue(tx, now=now)
    woken += await runs.wake_lost(tx, now=now)
    woken += await facts.wake_if_stale(tx)
    return woken + await surveys.wake_due(tx, now=now)


async def waits_for_key(tx: Transaction, *, now: datetime) -> bool:
    """Whether messages wait because no key opened the token they are sent with."""
    return await outbox.waits_for_key(tx, now=now)


async def wake_locked(tx: Transaction, *, now: datetime) -> int:
    """Queue the messages that waited for the key, which is back; how many."""
    return await outbox.wake_locked(tx, now=now)


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long what has had its time is kept: raw webhooks, sent messages, what runs left behind,
    the audit trail. Runs themselves tell which credential was used, and stay as long as the trail.
    """

    payloads: timedelta = timedelta(days=30)
    messages: timedelta = timedelta(days=30)
    artifacts: timedelta = timedelta(days=90)
    audits: timedelta = timedelta(days=400)


def forget_later(tx: Transaction, workspace_ids: Sequence[WorkspaceId], *, slot: str) -> None:
    """Queue a job for each workspace; `slot` tells one round from the next."""
    for workspace_id in workspace_ids:
        key = f"{FORGET}:{workspace_id}:{slot}"
        tx.enqueue(Job(FORGET, workspace_id, slot, key, priority=_LAST))


async def forget(tx: Transaction, *, keeping: Keeping, now: datetime) -> bool:
    """Delete a batch of what is old enough; whether there may be more."""
    counts = (
        await deliveries.forget(tx, before=now - keeping.payloads, limit=BATCH),
        await outbox.forget_finished(tx, before=now - keeping.messages, limit=BATCH),
        await artifacts.forget(tx, before=now - keeping.artifacts, limit=BATCH),
        await run_rows.forget(tx, before=now - keeping.audits, limit=BATCH),
        await artifacts.forget_contents(tx, limit=BATCH),
        await audits.forget(tx, before=now - keeping.audits, limit=BATCH),
    )
    return max(counts) == BATCH


async def forget_slots(tx: Transaction, *, now: datetime) -> None:
    """Delete the clock's old slots and fan-outs; `tx` is a routing transaction."""
    await slots.forget_slots(tx, now - CLOCK_SLOTS)
    await fan_outs.forget(tx, now - FAN_OUTS)
