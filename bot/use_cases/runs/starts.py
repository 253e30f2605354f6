"""Starts runs: at most one of a kind is active in a workspace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import BaseModel

from bot.domain.runs import RunId, Trigger
from bot.ports import Job, Transaction
from storage import audits, runs
from storage.runs import STEP, NewRun

_FIRST_TURN = 1
# A job normally runs within milliseconds; a run that waits for longer has lost its job.
_PATIENCE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Started:
    run_id: RunId


@dataclass(frozen=True, slots=True)
class AlreadyActive:
    """Another run of this kind has not ended yet; at most one at a time."""

    run_id: RunId


async def start(
    tx: Transaction,
    kind: str,
    params: BaseModel,
    *,
    trigger: Trigger,
    by: str,
    now: datetime,
) -> Started | AlreadyActive:
    """Start a run with the transaction, unless one of its kind is active.

    `by` is the opaque id of who wants it: a member's, a token's, a schedule's name. What a person
    starts is audited.
    """
    new = NewRun(kind, params.model_dump(mode="json"), trigger, by)
    found = await start_new(tx, new, now=now)
    if isinstance(found, Started) and trigger is Trigger.PERSON:
        await audits.add(tx, "run.started", actor=by, subject=str(found.run_id), now=now)
    return found


async def start_new(tx: Transaction, new: NewRun, *, now: datetime) -> Started | AlreadyActive:
    """Start what `new` describes, unless one of its kind is active."""
    await runs.alone(tx, new.kind)
    active = await runs.active(tx, new.kind)
    if active is not None:
        return AlreadyActive(active)
    run_id = await runs.add(tx, new, now=now)
    go_on_later(tx, run_id, _FIRST_TURN, urgent=new.trigger is Trigger.PERSON)
    return Started(run_id)


def go_on_later(
    tx: Transaction,
    run_id: RunId,
    turn: int,
    *,
    at: datetime | None = None,
    urgent: bool = False,
) -> None:
    """Queue a run's next turn; what nobody has asked for stands behind what people wait for."""
    ref = f"{run_id}:{turn}"
    key = f"{STEP}:{tx.workspace_id}:{ref}"
    priority = 0 if urgent else -1
    tx.enqueue(Job(STEP, tx.workspace_id, ref, key, run_at=at, priority=priority))


async def wake_lost(tx: Transaction, *, now: datetime) -> int:
    """Queue the runs again whose jobs were lost; how many were looked at.

    Nothing happens to those whose job is still there, waiting or at work.
    """
    lost = await runs.lost(tx, before=now - _PATIENCE)
    for run_id, turn in lost:
        go_on_later(tx, run_id, turn)
    return len(lost)
