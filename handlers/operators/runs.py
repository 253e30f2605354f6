"""`/api/runs…`: what each operation does, one use case each."""

from __future__ import annotations

from typing import Any, assert_never
from urllib.parse import quote

from bot.domain.runs import RunId, Trigger, check_artifact
from bot.errors import UserError
from bot.ports import Transaction
from bot.use_cases import runs
from bot.use_cases.runs import AlreadyActive, Started
from handlers.operators.models import (
    ArtifactList,
    ArtifactPath,
    ArtifactQuery,
    ArtifactShown,
    NewNote,
    RunDetailShown,
    RunList,
    RunPath,
    RunsQuery,
    StepList,
    shown_artifact,
    shown_detail,
    shown_note,
    shown_run,
    shown_step,
)
from handlers.operators.operations import Asked, Given, Nothing, Upload
from handlers.problems import Problem


async def list_runs(tx: Transaction, asked: Asked[Nothing, RunsQuery, None]) -> Given:
    query = asked.query
    page = await runs.list_runs(
        tx,
        kind=query.kind or "",
        states=[query.state] if query.state is not None else [],
        trigger=query.trigger,
        since=query.since,
        cursor=query.cursor or "",
        limit=query.limit,
    )
    listed = [shown_run(run) for run in page.runs]
    return Given(RunList(runs=listed, next_cursor=page.next_cursor or None))


async def show_run(tx: Transaction, asked: Asked[RunPath, Nothing, None]) -> Given:
    return Given(await _detail(tx, RunId(asked.path.run_id)))


async def list_steps(tx: Transaction, asked: Asked[RunPath, Nothing, None]) -> Given:
    detail = await runs.get_run(tx, RunId(asked.path.run_id))
    return Given(StepList(steps=[shown_step(step) for step in detail.steps]))


async def list_artifacts(tx: Transaction, asked: Asked[RunPath, Nothing, None]) -> Given:
    detail = await runs.get_run(tx, RunId(asked.path.run_id))
    return Given(ArtifactList(artifacts=[shown_artifact(one) for one in detail.artifacts]))


async def show_artifact(tx: Transaction, asked: Asked[ArtifactPath, Nothing, None]) -> Given:
    run_id, artifact_id = RunId(asked.path.run_id), asked.path.artifact_id
    return Given(await _artifact(tx, run_id, artifact_id))


async def read_artifact(tx: Transaction, asked: Asked[ArtifactPath, Nothing, None]) -> Given:
    """The bytes as a file, whatever they are: nothing that opens it shall take it for a page."""
    run_id, artifact_id = RunId(asked.path.run_id), asked.path.artifact_id
    shown = await _artifact(tx, run_id, artifact_id)
    content = await runs.read_artifact(tx, run_id, artifact_id)
    headers = {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(shown.name, safe='')}",
        "ETag": f'"{shown.sha256}"',
        "X-Content-Type-Options": "nosniff",
    }
    return Given(content.body, headers)


async def start_run(tx: Transaction, asked: Asked[Nothing, Nothing, Any]) -> Given:
    found = await runs.start(
        tx,
        asked.body.kind,
        asked.body.params,
        trigger=Trigger.PERSON,
        by=asked.token.actor,
        now=asked.now,
    )
    return await _started(tx, found)


async def retry_run(tx: Transaction, asked: Asked[RunPath, Nothing, None]) -> Given:
    by, now = asked.token.actor, asked.now
    return await _started(tx, await runs.retry(tx, RunId(asked.path.run_id), by=by, now=now))


async def restart_run(tx: Transaction, asked: Asked[RunPath, Nothing, None]) -> Given:
    by, now = asked.token.actor, asked.now
    return await _started(tx, await runs.restart(tx, RunId(asked.path.run_id), by=by, now=now))


async def cancel_run(tx: Transaction, asked: Asked[RunPath, Nothing, None]) -> Given:
    run_id = RunId(asked.path.run_id)
    await runs.cancel(tx, run_id, by=asked.token.actor, now=asked.now)
    return Given(await _detail(tx, run_id), _location(run_id))


async def add_note(tx: Transaction, asked: Asked[RunPath, Nothing, NewNote]) -> Given:
    run_id, by = RunId(asked.path.run_id), asked.token.actor
    note_id = await runs.attach_note(tx, run_id, asked.body.text, by=by, now=asked.now)
    detail = await runs.get_run(tx, run_id)
    return Given(next(shown_note(note) for note in detail.notes if note.note_id == note_id))


async def add_artifact(tx: Transaction, asked: Asked[RunPath, ArtifactQuery, Upload]) -> Given:
    run_id, sent = RunId(asked.path.run_id), asked.body
    try:
        check_artifact(asked.query.name, sent.media_type, len(sent.body))
    except UserError as error:
        raise Problem(422, str(error), reason="misfit") from error
    artifact_id = await runs.attach_artifact(
        tx,
        run_id,
        asked.query.name,
        sent.media_type,
        sent.body,
        by=asked.token.actor,
        now=asked.now,
    )
    location = {"Location": f"/api/runs/{run_id}/artifacts/{artifact_id}"}
    return Given(await _artifact(tx, run_id, artifact_id), location)


async def _started(tx: Transaction, found: Started | AlreadyActive) -> Given:
    match found:
        case Started(run_id):
            return Given(await _detail(tx, run_id), _location(run_id))
        case AlreadyActive(run_id):
            raise UserError(
                f"Run {run_id} of this kind has not ended yet, and there is at most one at a time. "
                "Wait until it has, or cancel it."
            )
        case never:
            assert_never(never)


async def _detail(tx: Transaction, run_id: RunId) -> RunDetailShown:
    return shown_detail(await runs.get_run(tx, run_id))


async def _artifact(tx: Transaction, run_id: RunId, artifact_id: int) -> ArtifactShown:
    """An artifact without its content. Raises Missing where there is none."""
    detail = await runs.get_run(tx, run_id)
    found = next((one for one in detail.artifacts if one.artifact_id == artifact_id), None)
    if found is None:
        raise runs.missing_artifact(run_id, artifact_id)
    return shown_artifact(found)


def _location(run_id: RunId) -> dict[str, str]:
    return {"Location": f"/api/runs/{run_id}"}
