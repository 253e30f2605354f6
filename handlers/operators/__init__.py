"""The operators' API: `/api/…`, for whoever bears a token.

`door.py` lets in, `models.py` says what fits, `runs.py` does it, `documents.py` writes it all down.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import TypeAdapter

from bot.domain.api_tokens import Access
from bot.ports import Transaction
from bot.ports.runs import RunKinds
from handlers.operators import runs
from handlers.operators.door import OperatorDoor
from handlers.operators.models import (
    ArtifactList,
    ArtifactPath,
    ArtifactQuery,
    ArtifactShown,
    NewNote,
    NoteShown,
    PipelineList,
    PipelineShown,
    RunDetailShown,
    RunList,
    RunPath,
    RunsQuery,
    StepList,
    starting,
)
from handlers.operators.operations import Asked, Given, Nothing, Operation, Work

__all__ = ["OperatorDoor", "operations"]

_RUN = "/api/runs/{run_id}"
_ARTIFACTS = f"{_RUN}/artifacts"
_ARTIFACT = f"{_ARTIFACTS}/{{artifact_id}}"


def operations(kinds: RunKinds) -> Sequence[Operation]:
    """All the API can do, with these kinds of runs to be started."""
    return [*_reading(kinds), *_starting(kinds), *_steering()]


def _reading(kinds: RunKinds) -> list[Operation]:
    read = Access.READ
    return [
        Operation("GET", "/api/pipelines", "listPipelines", "The kinds of runs that can be started",
                  read, 200, _pipelines(kinds), PipelineList),
        Operation("GET", "/api/runs", "listRuns", "Runs, newest first",
                  read, 200, runs.list_runs, RunList, query=RunsQuery),
        Operation("GET", _RUN, "showRun", "A run with all that belongs to it",
                  read, 200, runs.show_run, RunDetailShown, path=RunPath),
        Operation("GET", f"{_RUN}/steps", "listSteps", "A run's steps",
                  read, 200, runs.list_steps, StepList, path=RunPath),
        Operation("GET", _ARTIFACTS, "listArtifacts", "A run's artifacts",
                  read, 200, runs.list_artifacts, ArtifactList, path=RunPath),
        Operation("GET", _ARTIFACT, "showArtifact", "An artifact, without its content",
                  read, 200, runs.show_artifact, ArtifactShown, path=ArtifactPath),
        Operation("GET", f"{_ARTIFACT}/content", "readArtifact", "An artifact's content",
                  read, 200, runs.read_artifact, None, path=ArtifactPath),
    ]  # fmt: skip


def _starting(kinds: RunKinds) -> list[Operation]:
    """Nothing can be started where there is no pipeline."""
    if not kinds:
        return []
    body = starting({kind: one.takes for kind, one in kinds.items()})
    return [
        Operation("POST", "/api/runs", "startRun", "Start a run",
                  Access.WRITE, 202, runs.start_run, RunDetailShown, body=body),
    ]  # fmt: skip


def _steering() -> list[Operation]:
    write, note = Access.WRITE, TypeAdapter(NewNote)
    return [
        Operation("POST", f"{_RUN}/retry", "retryRun",
                  "Go on with a failed or cancelled run, from the step it ended in",
                  write, 202, runs.retry_run, RunDetailShown, path=RunPath),
        Operation("POST", f"{_RUN}/restart", "restartRun",
                  "Begin again from the first step, as a new run",
                  write, 202, runs.restart_run, RunDetailShown, path=RunPath),
        Operation("POST", f"{_RUN}/cancel", "cancelRun",
                  "End a run, at the latest when its step comes to an end or a pause",
                  write, 202, runs.cancel_run, RunDetailShown, path=RunPath),
        Operation("POST", f"{_RUN}/notes", "addNote", "Attach a note to a run",
                  write, 201, runs.add_note, NoteShown, path=RunPath, body=note),
        Operation("POST", _ARTIFACTS, "addArtifact", "Attach a file to a run",
                  write, 201, runs.add_artifact, ArtifactShown, path=RunPath,
                  query=ArtifactQuery, uploads=True),
    ]  # fmt: skip


def _pipelines(kinds: RunKinds) -> Work:
    listed = [
        PipelineShown(kind=one.kind, title=one.title, steps=list(one.steps))
        for _, one in sorted(kinds.items())
    ]

    async def list_pipelines(tx: Transaction, asked: Asked[Nothing, Nothing, None]) -> Given:
        return Given(PipelineList(pipelines=listed))

    return list_pipelines
