"""The steps of runs: what each was given, how far it is, what it gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.runs import Hold, Leaving, RunId, RunStep, State
from bot.ports import Transaction

_LAY_OUT = """
    INSERT INTO steps (workspace_id, run_id, position, name, title, state, input)
         SELECT $1, $2, s.ord - 1, s.name, s.title, 'pending', CASE WHEN s.ord = 1 THEN $5::jsonb END
           FROM unnest($3::text[], $4::text[]) WITH ORDINALITY AS s (name, title, ord)
    ON CONFLICT DO NOTHING
"""
_BEGIN = """
    UPDATE steps s
       SET state = 'running',
           attempt = s.attempt + CASE WHEN s.state = 'running' AND NOT $4 THEN 0 ELSE 1 END,
           faults = s.faults + CASE WHEN $4 THEN 1 ELSE 0 END,
           input = coalesce(s.input, (
               SELECT b.output FROM steps b
                WHERE b.workspace_id = $1 AND b.run_id = $2 AND b.position = $3 - 1)),
           started_at = coalesce(s.started_at, $5), finished_at = NULL
     WHERE s.workspace_id = $1 AND s.run_id = $2 AND s.position = $3
 RETURNING s.name, s.input, s.attempt, s.faults
"""
_REPORT = """
    UPDATE steps SET done = $4, total = coalesce($5, total), counts = counts || $6,
                     message = CASE WHEN $7 = '' THEN message ELSE $7 END,
                     faults = CASE WHEN $4 > done THEN 0 ELSE faults END
     WHERE workspace_id = $1 AND run_id = $2 AND position = $3
"""
# One statement for both rows: a run and its step leave together, or not at all.
_LEAVE = """
    WITH run AS (
        UPDATE runs
           SET state = CASE WHEN cancel_asked AND $7 THEN 'cancelled' ELSE $4 END,
               position = coalesce($8, position), turn = turn + 1, held = false, due_at = $6,
               partial = partial OR $14, message = $12, error = $13,
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
               message = CASE WHEN $12 = '' THEN message ELSE $12 END, error = $13, partial = $14,
               faults = CASE WHEN $15 THEN faults + 1
                             WHEN $5 = 'running' THEN 0 ELSE faults END,
               finished_at = CASE WHEN $5 IN ('running', 'retrying') AND run.state <> 'cancelled'
                                  THEN NULL ELSE $16 END
          FROM run
         WHERE s.workspace_id = $1 AND s.run_id = $2 AND s.position = $3
    )
    SELECT turn, state FROM run
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
class Begun:
    """A step that has just been taken up; `faults` counts how often in a row it broke off."""

    name: str
    input: Any
    attempt: int
    faults: int


@dataclass(frozen=True, slots=True)
class Left:
    """How a run stands after its step was left, and its next turn."""

    state: State
    turn: int


async def lay_out(
    tx: Transaction, run_id: RunId, plan: Sequence[tuple[str, str]], *, params: Mapping[str, Any]
) -> None:
    """Write down what there is to do; again, it changes nothing."""
    names, titles = [name for name, _ in plan], [title for _, title in plan]
    await tx.execute(_LAY_OUT, tx.workspace_id, run_id, names, titles, params)


async def begin(
    tx: Transaction, run_id: RunId, position: int, *, broken_off: bool, now: datetime
) -> Begun | None:
    """Take a step up; `broken_off`: whoever had it last never said how it went."""
    row = await tx.fetchrow(_BEGIN, tx.workspace_id, run_id, position, broken_off, now)
    return None if row is None else Begun(**row)


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
