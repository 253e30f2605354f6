"""Runs and their steps: the states they go through, and what may follow what.

A run is one execution of a pipeline, a step one stage of it. Runs and steps share their states.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NewType

from bot.domain.ids import WorkspaceId
from bot.errors import UserError

RunId = NewType("RunId", int)

MOST_FAULTS = 5
"""How often a step may break, or cost its worker's life, without getting on meanwhile."""
LARGEST_ARTIFACT = 10_000_000
"""In bytes; the text of an artifact that is refused names it."""
LONGEST_LINE = 500
CHANGED = "Hunch was updated, and this run's steps are no longer the same. Restart it."
"""What is said where a run was begun by a version whose steps, or their inputs, were others."""

_SECRETS = re.compile(
    r"gh[pousr]_\w+|github_pat_\w+|xox[a-z]-[\w-]+|xapp-[\w-]+|eyJ[\w-]+\.[\w-]+\.[\w-]+"
    r"|(?<=://)[^/\s@]+@|(?i:(?<=bearer )|(?<=token ))\S{8,}"
)
_NAME = re.compile(r"[\w][\w .()+-]{0,199}")
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+(; ?charset=[a-z0-9-]+)?")


class State(StrEnum):
    """Where a run or a step stands."""

    PENDING = "pending"
    RUNNING = "running"
    RETRYING = "retrying"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    NO_WORK = "no_work"

    @property
    def is_active(self) -> bool:
        """Whether there is more to come by itself."""
        return self in (State.PENDING, State.RUNNING, State.RETRYING)


class Trigger(StrEnum):
    """What made a run start."""

    CRON = "cron"
    WEBHOOK = "webhook"
    PERSON = "person"


class Event(StrEnum):
    """What can happen to a run."""

    BEGIN = "begin"
    GO_ON = "go_on"
    POSTPONE = "postpone"
    SUCCEED = "succeed"
    FIND_NOTHING = "find_nothing"
    FAIL = "fail"
    CANCEL = "cancel"
    RETRY = "retry"


_AT_WORK = {
    Event.BEGIN: State.RUNNING,
    Event.GO_ON: State.RUNNING,
    Event.POSTPONE: State.RETRYING,
    Event.SUCCEED: State.SUCCEEDED,
    Event.FIND_NOTHING: State.NO_WORK,
    Event.FAIL: State.FAILED,
    Event.CANCEL: State.CANCELLED,
}
_WAITING = {
    Event.BEGIN: State.RUNNING,
    Event.FAIL: State.FAILED,
    Event.CANCEL: State.CANCELLED,
}
_TRANSITIONS: Mapping[State, Mapping[Event, State]] = {
    State.PENDING: _WAITING,
    State.RETRYING: _WAITING,
    State.RUNNING: _AT_WORK,
    State.FAILED: {Event.RETRY: State.PENDING},
    State.CANCELLED: {Event.RETRY: State.PENDING},
    State.SUCCEEDED: {},
    State.NO_WORK: {},
}


def after(state: State, event: Event) -> State | None:
    """The state that follows; None: that cannot happen to a run in this state."""
    return _TRANSITIONS[state].get(event)


def pause_before(attempt: int) -> timedelta:
    """How long a step waits that broke, from its first attempt (1) on: 1, 2, 4, 8 … 300 seconds."""
    return timedelta(seconds=min(300, 2 ** min(attempt - 1, 9)))


def one_line(text: str) -> str:
    """The text on one line of at most 500 characters, with what looks like a secret left out."""
    line = _SECRETS.sub("[hidden]", " ".join(text.split()))
    return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…"


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a pipeline. Times are aware UTC.

    `attempt` counts from 1 and grows with each retry. `partial`: it succeeded, but not with all it
    was to do. `skipped`: it was never begun, and `message` says why. `cancel_asked` as long as the
    step that is under way has not come to its end. `credential` names what it used outside, ""
    for nothing; `credential_state` is what the look at it before the work has shown.
    """

    workspace_id: WorkspaceId
    run_id: RunId
    kind: str
    params: Mapping[str, Any] = field(repr=False)
    trigger: Trigger
    started_by: str
    state: State
    attempt: int
    position: int
    partial: bool
    skipped: bool
    cancel_asked: bool
    message: str
    error: str
    credential: str
    credential_state: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    restart_of: RunId | None

    @property
    def said(self) -> str:
        """What it says for people; why it has waited is no news once it has gone on."""
        return "" if self.state is State.RUNNING and self.error else self.message

    @property
    def trouble(self) -> str:
        """What went wrong for good, where `said` does not say so already."""
        return "" if self.state.is_active or self.error == self.message else self.error


@dataclass(frozen=True, slots=True)
class RunStep:
    """One stage of a run.

    `attempt` counts how often it was begun; a long step that goes on page after page is on its
    first. `done` of `total` (None: unknown) and `counts` are what it has reported so far.
    """

    position: int
    name: str
    title: str
    state: State
    attempt: int
    partial: bool
    done: int
    total: int | None
    counts: Mapping[str, int]
    message: str
    error: str
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Artifact:
    """A stored output of a run, without its content; `sha256` in hexadecimal digits.

    `step` is the name of the step that kept it, "" for what a person attached.
    """

    artifact_id: int
    name: str
    media_type: str
    size: int
    sha256: str
    step: str
    added_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Note:
    """What a person wrote about a run."""

    note_id: int
    author: str
    text: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class RunDetail:
    """A run with all that belongs to it; `steps` is empty until it has begun."""

    run: Run
    steps: Sequence[RunStep]
    artifacts: Sequence[Artifact]
    notes: Sequence[Note]


def check_artifact(name: str, media_type: str, size: int) -> None:
    """Raise UserError for what cannot be kept as an artifact."""
    if _NAME.fullmatch(name) is None:
        raise UserError(
            "An artifact's name is a plain file name of up to 200 characters, without slashes. "
            "Rename it and try again."
        )
    if _MEDIA_TYPE.fullmatch(media_type) is None:
        raise UserError(
            "An artifact's media type looks like text/plain or application/json. Correct it and "
            "try again."
        )
    if size > LARGEST_ARTIFACT:
        raise UserError(
            f"{name} has {size:,} bytes, and an artifact may have {LARGEST_ARTIFACT:,}. "
            "Shorten it, or attach it in parts."
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run of a kind goes through: its steps' names and titles, in order."""

    kind: str
    steps: Sequence[tuple[str, str]]
    window: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """One worker's hold of a run: good as long as nobody else has taken the step up.

    `fence` is another with each taking up; what is done under an older one cannot be committed.
    """

    run_id: RunId
    position: int
    step: str
    fence: int


@dataclass(frozen=True, slots=True)
class Leaving:
    """How a worker leaves a step, and the run with it.

    `goes_on`: more is to come by itself, from `due_at` on, so a wish to cancel is granted now.
    `next_input` replaces the step's own; `finished` closes the step.
    """

    run_state: State
    step_state: State
    due_at: datetime
    goes_on: bool = False
    position: int | None = None
    next_input: Any = None
    output: Any = None
    counts: Mapping[str, int] | None = None
    message: str = ""
    error: str = ""
    partial: bool = False
    fault: bool = False


@dataclass(frozen=True, slots=True)
class FanOut:
    """One slot of a schedule that starts a run in every workspace, and what it came to.

    `skipped` counts the workspaces where a run should have started and could not; `finished_at` is
    None while it is under way.
    """

    kind: str
    slot: datetime
    began_at: datetime
    finished_at: datetime | None
    dispatched: int
    skipped: int


_FIXES = {
    "revoked": "GitHub takes the credential no longer. Connect GitHub again in my Home tab, then retry.",
    "suspended": "The GitHub App is suspended. Unsuspend it on GitHub, then retry.",
    "scope_missing": "The credential lacks a permission. Grant it on GitHub, then retry.",
    "not_found": "GitHub shows it to us no longer. Check the repositories in my Home tab, then retry.",
    "gone": "GitHub shows it to us no longer. Check the repositories in my Home tab, then retry.",
}


def fix_for(reason: str) -> str:
    """What to do about a refusal for good, in a line for people."""
    return _FIXES.get(reason) or f"It was refused: {one_line(reason)}. Mend that, then retry."
