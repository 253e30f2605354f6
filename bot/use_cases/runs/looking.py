"""What people see of runs, and what they add to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.runs import Run, RunDetail, RunId, State, Trigger, check_artifact
from bot.errors import Missing, UserError
from bot.ports import Transaction
from storage import artifacts, audits, runs, steps
from storage.artifacts import Content, NewArtifact

_LONGEST_NOTE = 2000


@dataclass(frozen=True, slots=True)
class RunPage:
    """Runs, newest first; `next_cursor` leads to older ones, "" where there are none."""

    runs: Sequence[Run]
    next_cursor: str = ""


async def list_runs(
    tx: Transaction,
    *,
    kind: str = "",
    states: Sequence[State] = (),
    trigger: Trigger | None = None,
    since: datetime | None = None,
    cursor: str = "",
    limit: int = 20,
) -> RunPage:
    """The workspace's runs that pass the filters, newest first; `since`: those made from then on.

    Runs that start meanwhile move nothing: a cursor always goes on after the run it came with.
    Raises UserError for a cursor that is none.
    """
    before = _before(cursor)
    found = await runs.listed(
        tx,
        kind=kind,
        states=states,
        trigger=trigger,
        since=since,
        before=before,
        limit=limit + 1,
    )
    page = found[:limit]
    return RunPage(page, str(page[-1].run_id) if len(found) > limit else "")


def _before(cursor: str) -> int | None:
    if not cursor:
        return None
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        raise UserError("This is not a cursor from an earlier page. Begin with the first page.")
    return int(cursor)


async def get_run(tx: Transaction, run_id: RunId) -> RunDetail:
    """A run with its steps, artifacts and notes. Raises Missing where there is none."""
    run = await runs.get(tx, run_id)
    if run is None:
        raise missing(run_id)
    return RunDetail(
        run,
        await steps.of_run(tx, run_id),
        await artifacts.of_run(tx, run_id),
        await artifacts.notes_of_run(tx, run_id),
    )


async def read_artifact(tx: Transaction, run_id: RunId, artifact_id: int) -> Content:
    """An artifact's content. Raises Missing where there is none, or no longer."""
    found = await artifacts.read(tx, run_id, artifact_id)
    if found is None:
        raise missing_artifact(run_id, artifact_id)
    return found


async def attach_note(tx: Transaction, run_id: RunId, text: str, *, by: str, now: datetime) -> int:
    """Add a person's note; its id. Raises UserError for an empty or a very long one."""
    await _must_exist(tx, run_id)
    said = text.strip()
    if not said or len(said) > _LONGEST_NOTE:
        raise UserError(f"A note has between 1 and {_LONGEST_NOTE:,} characters. Shorten it.")
    note_id = await artifacts.add_note(tx, run_id, said, author=by, now=now)
    await audits.add(tx, "run.note_added", actor=by, subject=str(run_id), now=now)
    return note_id


async def attach_artifact(
    tx: Transaction,
    run_id: RunId,
    name: str,
    media_type: str,
    body: bytes,
    *,
    by: str,
    now: datetime,
) -> int:
    """Add a person's artifact; its id. Raises UserError where it cannot be kept."""
    await _must_exist(tx, run_id)
    check_artifact(name, media_type, len(body))
    new = NewArtifact(run_id, "", name, media_type, body, by)
    artifact_id = await artifacts.keep(tx, new, now=now)
    await audits.add(tx, "run.artifact_added", actor=by, subject=str(run_id), now=now)
    return artifact_id


async def _must_exist(tx: Transaction, run_id: RunId) -> None:
    if await runs.lock(tx, run_id) is None:
        raise missing(run_id)


def missing(run_id: RunId) -> Missing:
    return Missing(f"There is no run {run_id} here. List the runs to see which there are.")


def missing_artifact(run_id: RunId, artifact_id: int) -> Missing:
    return Missing(
        f"Run {run_id} has no artifact {artifact_id}: it never had, or its time is over. "
        "List the run's artifacts to see what there is."
    )
