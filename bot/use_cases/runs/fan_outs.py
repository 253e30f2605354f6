"""How the clock starts a run in every workspace, and what it says about it afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel

from bot.domain.runs import FanOut, Trigger
from bot.ports import Transaction
from bot.use_cases.runs.starts import Started, start_new
from storage import fan_outs, runs
from storage.runs import NewRun

_TOO_LATE = "Skipped: Hunch came to it too late; the next one comes as planned."


async def begin_fan_out(tx: Transaction, kind: str, slot: datetime, *, now: datetime) -> None:
    """Note, once, that a slot's fan-out is under way. `tx` is a routing transaction."""
    await fan_outs.begin(tx, kind, slot, now=now)


async def dispatch(
    tx: Transaction, kind: str, params: BaseModel, *, slot: datetime, too_late: bool, now: datetime
) -> bool:
    """Start the workspace's run of a slot, once; False where it was skipped, which a row then says."""
    await runs.alone(tx, kind)
    known = await runs.of_slot(tx, kind, slot)
    if known is not None:
        return not known[1]
    if too_late:
        await runs.add_skipped(tx, kind, by=kind, slot=slot, message=_TOO_LATE, now=now)
        return False
    new = NewRun(kind, params.model_dump(mode="json"), Trigger.CRON, kind, slot=slot)
    found = await start_new(tx, new, now=now)
    if isinstance(found, Started):
        return True
    message = f"Skipped: the one before, run {found.run_id}, had not ended yet."
    await runs.add_skipped(tx, kind, by=kind, slot=slot, message=message, now=now)
    return False


async def end_fan_out(
    tx: Transaction, kind: str, slot: datetime, *, dispatched: int, skipped: int, now: datetime
) -> None:
    """Note what it came to. `tx` is a routing transaction."""
    await fan_outs.end(tx, kind, slot, dispatched=dispatched, skipped=skipped, now=now)


async def latest_fan_outs(tx: Transaction, *, limit: int = 20) -> Sequence[FanOut]:
    """The latest ones, newest first. `tx` is a routing transaction."""
    return await fan_outs.latest(tx, limit=limit)
