"""The steps of runs: what each was given, how far it is, what it gave."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.domain.ids import WorkspaceId
from bot.domain.runs import (
    MOST_FAULTS,
    Hold,
    Leaving,
    Plan,
    RunId,
    RunStep,
    State,
    Trigger,
)
from bot.ports import Database, Transaction

_BEGIN = """
    SELECT verdict, kind, params, trigger, place, step, input, attempt, faults, fence, unchecked
      FROM begin_step($1, $2, $3, $4::text::jsonb, $5, $6)
"""
_REPORT = """
    UPDATE steps SET done = $4, total = coalesce($5, total), counts = counts || $6,
                     message = CASE WHEN $7 = '' THEN message ELSE $7 END,
                     faults = CASE WHEN $4 > done THEN 0 ELSE faults END
     WHERE workspace_id = $1 AND run_id = $2 AND position = $3
"""
# One statement for both rows: a run and its step leave together, or not at all. Nobody outside is
# told anything by this, so the commit does not wait for the disk: after a power cut the step would
# be done again, as after the death of its worker. Jobs are announced under a lock of the whole
# database, which the wait for the disk would hold. Why it waits is said by the run alone: its step's
# words are how far it is.
_LEAVE = """
    WITH run AS (
        UPDATE runs
           SET state = CASE WHEN cancel_asked AND $7 THEN 'cancelled' ELSE $4 END,
               position = coalesce($8, position), turn = turn + 1, held = false, due_at = $6,
               partial = partial OR $14,
               message = CASE WHEN cancel_asked AND $7 THEN 'Cancelled.' ELSE $12 END,
               error = CASE WHEN cancel_asked AND $7 THEN '' ELSE $13 END,
               finished_at = CASE WHEN $7 AND NOT cancel_asked THEN NULL ELSE $16::timestamptz END,
               cancel_asked = false
         WHERE workspace_id = $1 AND run_id = $2 AND fence = $17 AND held
     RETURNING turn, state
    ), step AS (
        UPDATE steps s
           SET state = CASE WHEN run.state = 'cancelled' AND $5 IN ('running', 'retrying')
                            THEN 'cancelled' ELSE $5 END,
               input = coalesce($9, input), output = coalesce($10, output),
               counts = counts || coalesce($11, '{}'::jsonb),
               message = CASE WHEN $12 = '' OR $5 = 'retrying' THEN message ELSE $12 END,
               error = $13, partial = $14,
               faults = CASE WHEN $15 THEN faults + 1
                             WHEN $5 = 'running' THEN 0 ELSE faults END,
               finished_at = CASE WHEN $5 IN ('running', 'retrying') AND run.state <> 'cancelled'
                                  THEN NULL ELSE $16 END
          FROM run
         WHERE s.workspace_id = $1 AND s.run_id = $2 AND s.position = $3
    )
    SELECT turn, state, set_config('synchronous_commit', 'off', true) FROM run
"""
_CLOSE_REST = """
    UPDATE steps SET state = 'no_work'
     WHERE workspace_id = $1 AND run_id = $2 AND position > $3 AND state = 'pending'
"""
_END = """
    UPDATE steps SET state = $4, error = $5, message = $6, finished_at = $7
     WHERE workspace_id = $1 AND run_id = $2 AND position = $3
"""
_AGAIN = """
    UPDATE steps SET state = 'pending', faults = 0, error = '', started_at = NULL,
                     finished_at = NULL
     WHERE workspace_id = $1 AND run_id = $2 AND position = $3
"""
_OF_RUN = """
    SELECT position, name, title, state, attempt, partial, done, total, counts, message, error,
           started_at, finished_at
      FROM steps WHERE workspace_id = $1 AND run_id = $2 ORDER BY position
"""


@dataclass(frozen=True, slots=True)
class Plans:
    """What a worker knows to do, by kind, and put as `begin_step` takes it."""

    by_kind: Mapping[str, Plan]
    told: str


class Verdict(StrEnum):
    """What became of the wish to take a step up."""

    BEGUN = "begun"
    PASSED = "passed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"
    TOO_LATE = "too_late"
    CHANGED = "changed"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that has been taken up, if the verdict is that; otherwise only what was known by then.

    `faults` counts how often in a row it broke, or broke off.
    """

    verdict: Verdict
    kind: str
    params: Mapping[str, Any]
    trigger: Trigger
    place: int
    step: str
    input: Any
    attempt: int
    faults: int
    fence: int
    unchecked: bool


@dataclass(frozen=True, slots=True)
class Left:
    """How a run stands after its step was left, and its next turn."""

    state: State
    turn: int


async def begin(
    db: Database,
    workspace_id: WorkspaceId,
    run_id: RunId,
    turn: int,
    plans: Plans,
    *,
    now: datetime,
) -> Taken | None:
    """Take up the step that is next in this turn, as a transaction of its own; None: it has passed."""
    row = await db.call(
        _BEGIN, workspace_id, run_id, turn, plans.told, MOST_FAULTS, now, name="begin_step"
    )
    if row is None or row["verdict"] == Verdict.PASSED:
        return None
    verdict, trigger = Verdict(row["verdict"]), Trigger(row["trigger"])
    return Taken(**{**row, "verdict": verdict, "trigger": trigger})


def plans_of(plans: Sequence[Plan]) -> Plans:
    """Raises ValueError where two are of a kind."""
    by_kind = {plan.kind: plan for plan in plans}
    if len(by_kind) != len(plans):
        raise ValueError("two pipelines share a kind")
    return Plans(by_kind, json.dumps({kind: _told(plan) for kind, plan in by_kind.items()}))


def _told(plan: Plan) -> dict[str, Any]:
    window_s = None if plan.window is None else plan.window.total_seconds()
    return {"steps": list(plan.steps), "window_s": window_s}


async def report(
    tx: Transaction,
    hold: Hold,
    *,
    done: int,
    total: int | None,
    counts: Mapping[str, int],
    message: str,
) -> None:
    """How far it is; counts not named stay as they are."""
    await tx.execute(
        _REPORT, tx.workspace_id, hold.run_id, hold.position, done, total, dict(counts), message
    )


async def leave(tx: Transaction, hold: Hold, how: Leaving, *, now: datetime) -> Left | None:
    """Leave the step and give up the hold; None when it was no longer good."""
    row = await tx.fetchrow(
        _LEAVE,
        tx.workspace_id,
        hold.run_id,
        hold.position,
        how.run_state,
        how.step_state,
        how.due_at,
        how.goes_on,
        how.position,
        how.next_input,
        how.output,
        how.counts,
        how.message,
        how.error,
        how.partial,
        how.fault,
        now,
        hold.fence,
    )
    return None if row is None else Left(State(row["state"]), row["turn"])


async def close_rest(tx: Transaction, hold: Hold) -> None:
    """There is nothing to do for the steps behind this one."""
    await tx.execute(_CLOSE_REST, tx.workspace_id, hold.run_id, hold.position)


async def end(
    tx: Transaction,
    run_id: RunId,
    position: int,
    state: State,
    *,
    message: str,
    error: str = "",
    now: datetime,
) -> None:
    """End a step that nobody is at work on; none is there before the run has begun."""
    await tx.execute(_END, tx.workspace_id, run_id, position, state, error, message, now)


async def begin_again(tx: Transaction, run_id: RunId, position: int) -> None:
    """Let a step that ended badly wait for its turn, with the input it had."""
    await tx.execute(_AGAIN, tx.workspace_id, run_id, position)


async def of_run(tx: Transaction, run_id: RunId) -> list[RunStep]:
    """All steps, in order; none before the run has begun."""
    rows = await tx.fetch(_OF_RUN, tx.workspace_id, run_id)
    return [RunStep(**{**row, "state": State(row["state"])}) for row in rows]
