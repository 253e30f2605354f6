"""How a worker takes up a step, says how far it is, and leaves it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.runs import (
    MOST_FAULTS,
    Hold,
    Leaving,
    Plan,
    RunId,
    State,
    Trigger,
    check_artifact,
)
from bot.errors import Retryable, Superseded
from bot.ports import Transaction
from bot.ports.github import CredentialCheck
from bot.use_cases.runs.starts import go_on_later
from storage import artifacts, audits, runs, steps
from storage.artifacts import NewArtifact
from storage.runs import Taken
from storage.steps import Left

# A worker of another version may know the kind.
_ELSEWHERE_S = 5.0


@dataclass(frozen=True, slots=True)
class Begun:
    """A step to be done now, under `hold`, that broke `faults` times in a row before.

    `unchecked`: the credential has not been looked at since the run was started or retried.
    """

    hold: Hold
    kind: str
    params: Mapping[str, Any]
    input: Any
    attempt: int
    faults: int
    trigger: Trigger
    unchecked: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """The run ended instead, in this state."""

    kind: str
    state: State
    skipped: bool = False


async def begin(
    tx: Transaction, run_id: RunId, turn: int, plans: Mapping[str, Plan], *, now: datetime
) -> Begun | Ended | None:
    """Take up a run's next step; None when this turn has passed and there is nothing to do.

    Whoever had taken it up before can commit nothing from here on.
    """
    taken = await runs.take(tx, run_id, turn)
    if taken is None:
        return None
    plan = plans.get(taken.kind)
    if plan is None:
        raise Retryable(f"no pipeline {taken.kind} here", after_s=_ELSEWHERE_S)
    ended = await _end_unbegun(tx, run_id, taken, plan, now=now)
    return ended or await _take_up(tx, run_id, taken, plan, now=now)


async def _end_unbegun(
    tx: Transaction, run_id: RunId, taken: Taken, plan: Plan, *, now: datetime
) -> Ended | None:
    if taken.cancel_asked:
        return await _end(tx, run_id, taken, State.CANCELLED, "Cancelled.", now=now)
    due_at = taken.slot or taken.created_at
    scheduled = taken.trigger is Trigger.CRON and taken.started_at is None
    if scheduled and plan.window is not None and now > due_at + plan.window:
        hours = f"{plan.window.total_seconds() / 3600:g} h"
        message = f"Skipped: it could not begin within {hours}; the next one comes as planned."
        return await _end(tx, run_id, taken, State.CANCELLED, message, skipped=True, now=now)
    return None


async def _take_up(
    tx: Transaction, run_id: RunId, taken: Taken, plan: Plan, *, now: datetime
) -> Begun | Ended:
    if taken.started_at is None:
        await steps.lay_out(tx, run_id, plan.steps, params=taken.params)
    step = await steps.begin(tx, run_id, taken.position, broken_off=taken.held, now=now)
    if step is None or [step.name] != [n for n, _ in plan.steps[taken.position :][:1]]:
        message = "Hunch was updated, and this run's steps are no longer the same. Restart it."
        return await _end(tx, run_id, taken, State.FAILED, message, now=now)
    if step.faults >= MOST_FAULTS:
        message = (
            f"It broke off {step.faults} times at the same point. Look into the log, then retry."
        )
        return await _end(tx, run_id, taken, State.FAILED, message, now=now)
    fence = await runs.begin(tx, run_id, now=now)
    return Begun(
        hold=Hold(run_id, taken.position, step.name, fence),
        kind=taken.kind,
        params=taken.params,
        input=step.input,
        attempt=step.attempt,
        faults=step.faults,
        trigger=taken.trigger,
        unchecked=not taken.credential_state,
    )


async def _end(
    tx: Transaction,
    run_id: RunId,
    taken: Taken,
    state: State,
    message: str,
    *,
    skipped: bool = False,
    now: datetime,
) -> Ended:
    error = message if state is State.FAILED else ""
    await runs.end(tx, run_id, state, message=message, error=error, skipped=skipped, now=now)
    await steps.end(tx, run_id, taken.position, state, message=message, error=error, now=now)
    return Ended(taken.kind, state, skipped)


async def hold(tx: Transaction, held: Hold) -> None:
    """Keep the run for the transaction. Raises Superseded when somebody else has it."""
    if not await runs.is_held(tx, held):
        raise Superseded(f"run {held.run_id} has been taken over")


async def report(
    tx: Transaction,
    held: Hold,
    *,
    done: int,
    total: int | None,
    counts: Mapping[str, int],
    message: str,
) -> None:
    await steps.report(tx, held, done=done, total=total, counts=counts, message=message)


async def keep_artifact(
    tx: Transaction, held: Hold, name: str, media_type: str, body: bytes, *, now: datetime
) -> None:
    """Keep a step's output. Raises UserError where it cannot be kept."""
    check_artifact(name, media_type, len(body))
    new = NewArtifact(held.run_id, held.step, name, media_type, body, "")
    await artifacts.keep(tx, new, now=now)


async def note_credential(
    tx: Transaction, held: Hold, check: CredentialCheck, *, now: datetime
) -> None:
    """Write down which credential the run is about to use, and what the look at it has shown."""
    await runs.note_credential(tx, held.run_id, check.name, check.state)
    await audits.add(
        tx,
        "run.credential_checked",
        actor="hunch",
        subject=str(held.run_id),
        now=now,
        details={"state": check.state},
    )


async def leave(tx: Transaction, held: Hold, how: Leaving, *, now: datetime) -> Left:
    """Leave a step and queue what follows, together. Raises Superseded when it is not ours."""
    left = await steps.leave(tx, held, how, now=now)
    if left is None:
        raise Superseded(f"run {held.run_id} has been taken over")
    if left.state.is_active:
        at = how.due_at if how.due_at > now else None
        go_on_later(tx, held.run_id, left.turn, at=at)
    if how.step_state is State.NO_WORK:
        await steps.close_rest(tx, held)
    return left
