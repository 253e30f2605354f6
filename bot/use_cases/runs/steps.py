"""How a worker takes up a step, says how far it is, and leaves it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.ids import WorkspaceId
from bot.domain.runs import (
    CHANGED,
    Hold,
    Leaving,
    Plan,
    RunId,
    State,
    Trigger,
    check_artifact,
)
from bot.errors import Retryable, Superseded
from bot.ports import Database, Transaction
from bot.ports.github import CredentialCheck
from bot.use_cases.runs.starts import go_on_later
from storage import artifacts, audits, runs, steps
from storage.artifacts import NewArtifact
from storage.steps import Left, Plans, Taken, Verdict

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
    message: str
    skipped: bool = False

    @property
    def error(self) -> str:
        return self.message if self.state is State.FAILED else ""


async def begin(
    db: Database,
    workspace_id: WorkspaceId,
    run_id: RunId,
    turn: int,
    plans: Plans,
    *,
    now: datetime,
) -> Begun | Ended | None:
    """Take up a run's next step; None when this turn has passed and there is nothing to do.

    Whoever had taken it up before can commit nothing from here on. Raises Retryable where nobody
    here knows the kind: a worker of another version may.
    """
    taken = await steps.begin(db, workspace_id, run_id, turn, plans, now=now)
    if taken is None:
        return None
    match taken.verdict:
        case Verdict.BEGUN:
            return _begun(run_id, taken)
        case Verdict.UNKNOWN:
            raise Retryable(f"no pipeline {taken.kind} here", after_s=_ELSEWHERE_S)
        case _:
            how = _how_it_ends(taken, plans.by_kind[taken.kind])
    async with db.transaction(workspace_id, name="end_run") as tx:
        if not await runs.is_next(tx, run_id, turn):
            return None
        await runs.end(
            tx, run_id, how.state, message=how.message, error=how.error, skipped=how.skipped,
            now=now,
        )  # fmt: skip
        await steps.end(
            tx, run_id, taken.place, how.state, message=how.message, error=how.error, now=now
        )
    return how


def _begun(run_id: RunId, taken: Taken) -> Begun:
    return Begun(
        hold=Hold(run_id, taken.place, taken.step, taken.fence),
        kind=taken.kind,
        params=taken.params,
        input=taken.input,
        attempt=taken.attempt,
        faults=taken.faults,
        trigger=taken.trigger,
        unchecked=taken.unchecked,
    )


def _how_it_ends(taken: Taken, plan: Plan) -> Ended:
    """For a run that is not gone on with."""
    if taken.verdict is Verdict.CANCELLED:
        return Ended(taken.kind, State.CANCELLED, "Cancelled.")
    if taken.verdict is Verdict.TOO_LATE and plan.window is not None:
        hours = f"{plan.window.total_seconds() / 3600:g} h"
        message = f"Skipped: it could not begin within {hours}; the next one comes as planned."
        return Ended(taken.kind, State.CANCELLED, message, skipped=True)
    if taken.verdict is Verdict.BROKEN:
        message = (
            f"It broke off {taken.faults} times at the same point. Look into the log, then retry."
        )
        return Ended(taken.kind, State.FAILED, message)
    return Ended(taken.kind, State.FAILED, CHANGED)


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
