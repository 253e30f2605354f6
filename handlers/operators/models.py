"""What the API takes and gives; requests are held against these, and the document shows them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    create_model,
)

from bot.domain import runs
from bot.domain.runs import State, Trigger

_LARGEST_ID = 2**63 - 1
# Beyond them lie times that PostgreSQL or Python cannot tell in UTC, and no run of ours.
_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_DIGITS = re.compile(r"[0-9]{1,19}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt].+")


def _digits(value: object) -> object:
    """Numbers in addresses are written in plain digits: no sign, no spaces, no point."""
    if isinstance(value, str) and not _DIGITS.fullmatch(value):
        raise ValueError("must be a whole number, in digits")
    return value


def _written_out(value: object) -> object:
    """Times are written as RFC 3339 has them: a bare number is none."""
    if isinstance(value, str) and not _TIME.fullmatch(value):
        raise ValueError("must be a time such as 2026-11-20T12:00:00Z")
    return value


def _within_reason(at: datetime) -> datetime:
    return min(max(at, _FIRST), _LAST)


_Since = Annotated[AwareDatetime, BeforeValidator(_written_out), AfterValidator(_within_reason)]
_IN_DIGITS = BeforeValidator(_digits)
Id = Annotated[int, Field(ge=1, le=_LARGEST_ID), _IN_DIGITS]
# PostgreSQL cannot keep a NUL.
Text = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00]*$")]
Kind = Annotated[str, Field(pattern=r"^[a-z_.]{1,60}$")]


class Model(BaseModel):
    """Takes and gives exactly what it says."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class RunPath(Model):
    run_id: Id


class ArtifactPath(RunPath):
    artifact_id: Id


class RunsQuery(Model):
    """Which runs to list; the newest first."""

    kind: Kind | None = None
    state: State | None = None
    trigger: Trigger | None = None
    since: _Since | None = None
    limit: Annotated[int, Field(ge=1, le=100), _IN_DIGITS] = 20
    cursor: Annotated[str, Field(pattern=r"^[0-9]{1,19}$")] | None = None


class ArtifactQuery(Model):
    """What an artifact that is sent is called."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_ .()+-]{0,199}$")]


class NewNote(Model):
    text: Text


class Credential(Model):
    """What the run used outside, and what the look at it before the work has shown."""

    name: str
    state: str


class RunShown(Model):
    """One execution of a pipeline. `message` and `error` are for people."""

    model_config = ConfigDict(title="Run")

    id: int
    kind: str
    params: dict[str, Any]
    state: State
    trigger: Trigger
    started_by: str
    attempt: int
    partial: bool
    skipped: bool
    cancel_asked: bool
    message: str
    error: str
    credential: Credential | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    restart_of: int | None


class RunList(Model):
    """`next_cursor` leads to the page that follows; null: this was the last."""

    runs: list[RunShown]
    next_cursor: str | None


class StepShown(Model):
    """One stage of a run; `done` of `total`, null where nobody knows how many there are."""

    model_config = ConfigDict(title="Step")

    name: str
    title: str
    state: State
    attempt: int
    partial: bool
    done: int
    total: int | None
    counts: dict[str, int]
    message: str
    error: str
    started_at: datetime | None
    finished_at: datetime | None


class StepList(Model):
    steps: list[StepShown]


class ArtifactShown(Model):
    """A stored output; `sha256` in hexadecimal digits, `step` is "" for what was attached."""

    model_config = ConfigDict(title="Artifact")

    id: int
    name: str
    media_type: str
    size: int
    sha256: str
    step: str
    added_by: str
    created_at: datetime


class ArtifactList(Model):
    artifacts: list[ArtifactShown]


class NoteShown(Model):
    """What somebody wrote about a run."""

    model_config = ConfigDict(title="Note")

    id: int
    author: str
    text: str
    written_at: datetime


class RunDetailShown(RunShown):
    """A run with its steps, its artifacts and its notes."""

    model_config = ConfigDict(title="RunDetail")

    steps: list[StepShown]
    artifacts: list[ArtifactShown]
    notes: list[NoteShown]


class PipelineShown(Model):
    """A kind of run that can be started."""

    model_config = ConfigDict(title="Pipeline")

    kind: str
    title: str
    steps: list[str]


class PipelineList(Model):
    pipelines: list[PipelineShown]


def starting(kinds: Mapping[str, type[BaseModel]]) -> TypeAdapter[Any]:
    """What starts a run: a kind, with the parameters that its pipeline takes."""
    models = [_start_of(kind, takes) for kind, takes in sorted(kinds.items())]
    if len(models) == 1:
        return TypeAdapter(models[0])
    whole: Any = models[0]
    for model in models[1:]:
        whole = whole | model
    return TypeAdapter(Annotated[whole, Field(discriminator="kind")])


def _start_of(kind: str, takes: type[BaseModel]) -> type[BaseModel]:
    name = "Start_" + kind.replace(".", "_")
    needed = any(field.is_required() for field in takes.model_fields.values())
    params: Any = (takes, ...) if needed else (takes, Field(default_factory=takes))
    named: Any = (Literal[kind], ...)
    made: type[BaseModel] = create_model(name, __base__=Model, kind=named, params=params)
    return made


def shown_run(run: runs.Run) -> RunShown:
    return RunShown(**_run(run))


def shown_detail(detail: runs.RunDetail) -> RunDetailShown:
    return RunDetailShown(
        **_run(detail.run),
        steps=[shown_step(step) for step in detail.steps],
        artifacts=[shown_artifact(artifact) for artifact in detail.artifacts],
        notes=[shown_note(note) for note in detail.notes],
    )


def _run(run: runs.Run) -> dict[str, Any]:
    held = Credential(name=run.credential, state=run.credential_state) if run.credential else None
    return {
        "id": run.run_id,
        "kind": run.kind,
        "params": dict(run.params),
        "state": run.state,
        "trigger": run.trigger,
        "started_by": run.started_by,
        "attempt": run.attempt,
        "partial": run.partial,
        "skipped": run.skipped,
        "cancel_asked": run.cancel_asked,
        "message": run.said,
        "error": run.error,
        "credential": held,
        "created_at": run.created_at,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "restart_of": run.restart_of,
    }


def shown_step(step: runs.RunStep) -> StepShown:
    return StepShown(
        name=step.name,
        title=step.title,
        state=step.state,
        attempt=step.attempt,
        partial=step.partial,
        done=step.done,
        total=step.total,
        counts=dict(step.counts),
        message=step.message,
        error=step.error,
        started_at=step.started_at,
        finished_at=step.finished_at,
    )


def shown_artifact(artifact: runs.Artifact) -> ArtifactShown:
    return ArtifactShown(
        id=artifact.artifact_id,
        name=artifact.name,
        media_type=artifact.media_type,
        size=artifact.size,
        sha256=artifact.sha256,
        step=artifact.step,
        added_by=artifact.added_by,
        created_at=artifact.created_at,
    )


def shown_note(note: runs.Note) -> NoteShown:
    return NoteShown(
        id=note.note_id, author=note.author, text=note.text, written_at=note.written_at
    )
