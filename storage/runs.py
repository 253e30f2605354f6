"""Runs as rows: who has taken one up, what it came to, and which there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.runs import Hold, Run, RunId, State, Trigger
from bot.ports import Row, Transaction

STEP = "runs.step"

# Two that would make the same kind active wait for each other here, rather than break on the index.
_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended('runs:' || $1 || ':' || $2, 0))"
_ACTIVE = """
    SELECT run_id FROM runs
     WHERE workspace_id = $1 AND kind = $2 AND state IN ('pending', 'running', 'retrying')
"""
_OF_SLOT = """
    SELECT run_id, skipped FROM runs WHERE workspace_id = $1 AND kind = $2 AND slot = $3
"""
_ADD = """
    INSERT INTO runs (workspace_id, kind, params, trigger, started_by, slot, state, created_at,
                      due_at, restart_of)
         VALUES ($1, $2, $3, $4, $5, $6, 'pending', $7, $7, $8)
      RETURNING run_id
"""
_ADD_SKIPPED = """
    INSERT INTO runs (workspace_id, kind, params, trigger, started_by, slot, state, skipped,
                      message, created_at, due_at, finished_at)
         VALUES ($1, $2, '{}', 'cron', $3, $4, 'cancelled', true, $5, $6, $6, $6)
"""
_IS_NEXT = """
    SELECT true FROM runs
     WHERE workspace_id = $1 AND run_id = $2 AND turn = $3
       AND state IN ('pending', 'running', 'retrying')
       FOR NO KEY UPDATE
"""
_HOLD = """
    SELECT true FROM runs WHERE workspace_id = $1 AND run_id = $2 AND fence = $3 AND held
       FOR NO KEY UPDATE
"""
_END = """
    UPDATE runs
       SET state = $3, message = $4, error = $5, skipped = $6, finished_at = $7, held = false,
           cancel_asked = false, turn = turn + 1
     WHERE workspace_id = $1 AND run_id = $2
"""
_NOTE_CREDENTIAL = """
    UPDATE runs SET credential = $3, credential_state = $4 WHERE workspace_id = $1 AND run_id = $2
"""
_LOCK = """
    SELECT kind, state, skipped, held, position FROM runs
     WHERE workspace_id = $1 AND run_id = $2 FOR NO KEY UPDATE
"""
_RETRY = """
    UPDATE runs
       SET state = 'pending', attempt = attempt + 1, turn = turn + 1, held = false, due_at = $3,
           message = '', error = '', credential_state = '', cancel_asked = false,
           finished_at = NULL
     WHERE workspace_id = $1 AND run_id = $2
 RETURNING turn
"""
_ASK_TO_CANCEL = """
    UPDATE runs SET cancel_asked = true WHERE workspace_id = $1 AND run_id = $2
"""
_ASK_ALL_TO_CANCEL = """
    UPDATE runs SET cancel_asked = true
     WHERE workspace_id = $1 AND state IN ('pending', 'running', 'retrying')
"""
_LOST = """
    SELECT run_id, turn FROM runs
     WHERE workspace_id = $1 AND state IN ('pending', 'running', 'retrying') AND due_at < $2
"""
_GET = """
    SELECT workspace_id, run_id, kind, params, trigger, started_by, state, attempt, position,
           partial, skipped, cancel_asked, message, error, credential, credential_state,
           created_at, started_at, finished_at, restart_of
      FROM runs WHERE workspace_id = $1 AND run_id = $2
"""
_LIST = """
    SELECT workspace_id, run_id, kind, params, trigger, started_by, state, attempt, position,
           partial, skipped, cancel_asked, message, error, credential, credential_state,
           created_at, started_at, finished_at, restart_of
      FROM runs
     WHERE workspace_id = $1 AND ($2 = '' OR kind = $2)
       AND (cardinality($3::text[]) = 0 OR state = ANY ($3))
       AND ($4 = '' OR trigger = $4)
       AND ($5::timestamptz IS NULL OR created_at >= $5)
       AND ($6::bigint IS NULL OR run_id < $6)
  ORDER BY run_id DESC LIMIT $7
"""
_FORGET = """
    WITH gone AS (
        DELETE FROM runs
         WHERE workspace_id = $1 AND run_id IN (
               SELECT run_id FROM runs
                WHERE workspace_id = $1 AND finished_at < $2 ORDER BY run_id LIMIT $3)
     RETURNING true
    )
    SELECT count(*) FROM gone
"""


@dataclass(frozen=True, slots=True)
class Locked:
    """A run that somebody is about to steer."""

    kind: str
    state: State
    skipped: bool
    held: bool
    position: int


@dataclass(frozen=True, slots=True)
class NewRun:
    """What is to be run, and why."""

    kind: str
    params: Mapping[str, Any]
    trigger: Trigger
    started_by: str
    slot: datetime | None = None
    restart_of: RunId | None = None


async def alone(tx: Transaction, kind: str) -> None:
    """Wait for whoever else is about to make a run of this kind active."""
    await tx.execute(_ALONE, tx.workspace_id, kind)


async def active(tx: Transaction, kind: str) -> RunId | None:
    found = await tx.fetchval(_ACTIVE, tx.workspace_id, kind)
    return None if found is None else RunId(found)


async def of_slot(tx: Transaction, kind: str, slot: datetime) -> tuple[RunId, bool] | None:
    """The run of a schedule's slot and whether it was skipped; None where there is none yet."""
    row = await tx.fetchrow(_OF_SLOT, tx.workspace_id, kind, slot)
    return None if row is None else (RunId(row["run_id"]), row["skipped"])


async def add(tx: Transaction, new: NewRun, *, now: datetime) -> RunId:
    """Write down a run that waits for its first turn."""
    run_id: RunId = await tx.fetchval(
        _ADD,
        tx.workspace_id,
        new.kind,
        new.params,
        new.trigger,
        new.started_by,
        new.slot,
        now,
        new.restart_of,
    )
    return run_id


async def add_skipped(
    tx: Transaction, kind: str, *, by: str, slot: datetime, message: str, now: datetime
) -> None:
    """Write down a run that was not even begun, and why."""
    await tx.execute(_ADD_SKIPPED, tx.workspace_id, kind, by, slot, message, now)


async def is_next(tx: Transaction, run_id: RunId, turn: int) -> bool:
    """Whether the run waits for this turn; if so, it does until the transaction ends."""
    return bool(await tx.fetchval(_IS_NEXT, tx.workspace_id, run_id, turn))


async def is_held(tx: Transaction, hold: Hold) -> bool:
    """Whether the hold is still good; if so, it stays so until the transaction ends."""
    return bool(await tx.fetchval(_HOLD, tx.workspace_id, hold.run_id, hold.fence))


async def end(
    tx: Transaction,
    run_id: RunId,
    state: State,
    *,
    message: str,
    error: str = "",
    skipped: bool = False,
    now: datetime,
) -> None:
    """End a run that nobody is at work on, locked by `is_next` or `lock`."""
    await tx.execute(_END, tx.workspace_id, run_id, state, message, error, skipped, now)


async def note_credential(tx: Transaction, run_id: RunId, name: str, state: str) -> None:
    await tx.execute(_NOTE_CREDENTIAL, tx.workspace_id, run_id, name, state)


async def lock(tx: Transaction, run_id: RunId) -> Locked | None:
    """The run as it stands, and as it stays until the transaction ends."""
    row = await tx.fetchrow(_LOCK, tx.workspace_id, run_id)
    return None if row is None else Locked(**{**row, "state": State(row["state"])})


async def retry(tx: Transaction, run_id: RunId, *, now: datetime) -> int:
    """Let it wait for its next turn, which is returned."""
    return int(await tx.fetchval(_RETRY, tx.workspace_id, run_id, now))


async def ask_to_cancel(tx: Transaction, run_id: RunId) -> None:
    await tx.execute(_ASK_TO_CANCEL, tx.workspace_id, run_id)


async def ask_all_to_cancel(tx: Transaction) -> None:
    """Whatever is under way ends at its next boundary, or at its next turn."""
    await tx.execute(_ASK_ALL_TO_CANCEL, tx.workspace_id)


async def lost(tx: Transaction, *, before: datetime) -> list[tuple[RunId, int]]:
    """Runs that should have gone on by then, with their turns."""
    rows = await tx.fetch(_LOST, tx.workspace_id, before)
    return [(RunId(row["run_id"]), row["turn"]) for row in rows]


async def get(tx: Transaction, run_id: RunId) -> Run | None:
    row = await tx.fetchrow(_GET, tx.workspace_id, run_id)
    return None if row is None else _run(row)


async def listed(
    tx: Transaction,
    *,
    kind: str,
    states: Sequence[State],
    trigger: Trigger | None,
    since: datetime | None,
    before: int | None,
    limit: int,
) -> list[Run]:
    """Runs made from `since` on, with ids below `before`, newest first."""
    values = (kind, list(states), trigger or "", since, before, limit)
    rows = await tx.fetch(_LIST, tx.workspace_id, *values)
    return [_run(row) for row in rows]


async def forget(tx: Transaction, *, before: datetime, limit: int) -> int:
    """Delete runs that ended before a time, with their steps, at most `limit`; how many."""
    return int(await tx.fetchval(_FORGET, tx.workspace_id, before, limit))


def _run(row: Row) -> Run:
    return Run(**{**row, "state": State(row["state"]), "trigger": Trigger(row["trigger"])})
