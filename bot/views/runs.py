"""Runs in Slack: a message that shows how one goes, the list of them, all about one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from bot.domain.progress import progress
from bot.domain.runs import Run, RunDetail, RunStep, State, Trigger
from bot.ports.github import CredentialState
from bot.views.blocks import (
    Block,
    Element,
    Message,
    View,
    actions,
    button,
    confirm,
    context,
    divider,
    header,
    message,
    note,
    notice,
    section,
)
from bot.views.progress import exact, progress_line
from bot.views.texts import escaped, moment, one_line, shortened

_MARKS = {
    State.PENDING: ":hourglass_flowing_sand:",
    State.RUNNING: ":arrows_counterclockwise:",
    State.RETRYING: ":hourglass_flowing_sand:",
    State.SUCCEEDED: ":white_check_mark:",
    State.FAILED: ":x:",
    State.CANCELLED: ":no_entry_sign:",
    State.NO_WORK: ":heavy_minus_sign:",
}
_TASKS = {
    State.PENDING: "pending",
    State.RUNNING: "in_progress",
    State.RETRYING: "in_progress",
    State.SUCCEEDED: "complete",
    State.NO_WORK: "complete",
    State.FAILED: "error",
    State.CANCELLED: "pending",
}
_BY = {
    Trigger.CRON: "as planned",
    Trigger.WEBHOOK: "because of news from outside",
    Trigger.PERSON: "because somebody asked for it",
}
# Kinds of runs that start others, whoever started them.
_AFTER = {"github.discover": "after looking through GitHub"}
_CREDENTIALS = {
    CredentialState.VALID: "which is good",
    CredentialState.EXPIRES_SOON: "which is good, but ends soon",
    CredentialState.SCOPE_MISSING: "which lacks a permission",
    CredentialState.SUSPENDED: "which is suspended",
    CredentialState.REVOKED: "which is not accepted any more",
    CredentialState.MISSING: "which is not connected",
}
_LONGEST_COUNTS = 8


@dataclass(frozen=True, slots=True)
class RunView:
    """A run as it stands at `now`; `title` names its kind, times are said in `timezone`."""

    title: str
    detail: RunDetail
    now: datetime
    timezone: str = "UTC"

    @property
    def run(self) -> Run:
        return self.detail.run


def run_message(view: RunView) -> Message:
    """How a run goes: a card for each step, a bar, and what can be done about it."""
    run = view.run
    blocks = [section(f"*{_title(view)}* · {_state(run)}")]
    blocks += [_plan(view)] if view.detail.steps else []
    shown = progress(run, view.detail.steps, now=view.now)
    blocks += [context(progress_line(shown))] if shown is not None else []
    said = _said(run)
    blocks += [section(said)] if said else []
    blocks.append(context(_times(view)))
    blocks.append(actions(f"run:{run.run_id}", *_buttons(run)))
    return message(f"{_title(view)}: {_state(run)}", blocks)


def _title(view: RunView) -> str:
    return f"{escaped(view.title)}, run {view.run.run_id}"


def _state(run: Run) -> str:
    """Where the run stands, in a few words."""
    if run.skipped:
        return "skipped"
    if run.cancel_asked:
        return "being cancelled"
    match run.state:
        case State.PENDING:
            return "waits for its turn"
        case State.RUNNING:
            return "under way"
        case State.RETRYING:
            return "had to stop, and goes on by itself"
        case State.SUCCEEDED:
            return "done in part" if run.partial else "done"
        case State.FAILED:
            return "failed"
        case State.CANCELLED:
            return "cancelled"
        case State.NO_WORK:
            return "nothing to do"
        case never:
            assert_never(never)


def _mark(run: Run) -> str:
    return ":warning:" if run.partial else _MARKS[run.state]


def _words(run: Run) -> str:
    """What the run itself says, if anything."""
    return escaped(run.said, 1000, otherwise="")


def _said(run: Run) -> str:
    """What the run itself says, once it is over or had to stop."""
    if run.state in (State.PENDING, State.RUNNING) or not run.message:
        return ""
    return f"{_mark(run)} {escaped(run.message, 1000)}"


def _plan(view: RunView) -> Block:
    """All steps as cards; Slack itself says how many are done."""
    known = view.run.message if _said(view.run) else ""
    tasks = [_task(step, known) for step in view.detail.steps[:50]]
    return {"type": "plan", "title": "Steps", "tasks": tasks}


def _task(step: RunStep, known: str) -> Element:
    """A step's card; what is `known`, because the message says it below, is not said twice."""
    task: Element = {
        "task_id": step.name,
        "title": shortened(one_line(step.title), 150) or step.name,
        "status": _TASKS[step.state],
    }
    if step.message and step.message != known:
        task["details"] = _rich(step.message)
    if step.counts:
        task["output"] = _rich(_counts(step.counts))
    return task


def _counts(counts: Mapping[str, int]) -> str:
    """Say "pull requests 1,200, reviews 340"."""
    shown = list(counts.items())[:_LONGEST_COUNTS]
    return ", ".join(f"{name.replace('_', ' ')} {number:,}" for name, number in shown)


def _rich(text: str) -> Element:
    """Plain words, as cards want them."""
    words = {"type": "text", "text": shortened(one_line(text), 1000) or "…"}
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [words]}],
    }


def _times(view: RunView) -> str:
    """When it began and how long it took, and which attempt it is."""
    run = view.run
    why = _AFTER.get(run.started_by, _BY[run.trigger])
    parts = [f"Begun {moment(run.created_at, view.timezone)}, {why}"]
    if run.finished_at is not None and run.started_at is not None:
        parts.append(f"took {exact(run.finished_at - run.started_at)}")
    if run.attempt > 1:
        parts.append(f"attempt {run.attempt}")
    return " · ".join(parts)


def _buttons(run: Run) -> list[Element]:
    value = str(run.run_id)
    buttons = []
    if run.state in (State.FAILED, State.CANCELLED) and not run.skipped:
        buttons.append(button("Retry", "runs.retry", value=value, chosen=True))
    if run.state.is_active and not run.cancel_asked:
        asked = confirm(
            "Cancel this run?",
            "It stops at the next pause of its step. What is done stays, and a retry goes on there.",
            "Cancel the run",
            "Let it go on",
        )
        buttons.append(button("Cancel", "runs.cancel", value=value, danger=True, confirm=asked))
    return [*buttons, button("Details", "runs.details", value=value)]


def run_details(view: RunView) -> View:
    """Everything about a run, in a dialog."""
    run, detail = view.run, view.detail
    blocks: list[Block] = [
        header(f"{view.title}, run {run.run_id}"),
        section(f"{_mark(run)} {_state(run).capitalize()}. {_words(run)}".rstrip()),
        context(_times(view), f"Kind `{run.kind}`"),
    ]
    if run.trouble:
        blocks.append(section(f"*What went wrong*\n{escaped(run.trouble, 1000)}"))
    if run.credential:
        states = {str(state): words for state, words in _CREDENTIALS.items()}
        state = states.get(run.credential_state, "which was not looked at yet")
        blocks.append(section(f"*Uses* {escaped(run.credential)}, {state}."))
    blocks += [divider(), *(_step(step, run.message) for step in detail.steps[:30])]
    blocks += _files(view)
    blocks += [section(f"*Note* {escaped(one.text, 500)}") for one in detail.notes[:10]]
    return notice(f"Run {run.run_id}", blocks)


def _step(step: RunStep, known: str) -> Block:
    told = [f"{_MARKS[step.state]} *{escaped(step.title)}*"]
    if step.message and step.message != known:
        told.append(escaped(step.message, 500))
    if step.counts:
        told.append(escaped(_counts(step.counts), 500))
    if step.attempt > 1:
        told.append(f"attempt {step.attempt}")
    return section(" · ".join(told))


def _files(view: RunView) -> list[Block]:
    files = view.detail.artifacts[:20]
    if not files:
        return []
    lines = (f"• {escaped(one.name, 100)}, {_size(one.size)}" for one in files)
    return [
        section("*Files*\n" + "\n".join(lines)),
        context("To read them: `/api/runs` or `hunch runs show`."),
    ]


def _size(size: int) -> str:
    return f"{size:,} bytes" if size < 10_000 else f"{size // 1000:,} kB"


def run_list(runs: Sequence[Run], titles: Mapping[str, str], *, timezone: str) -> Message:
    """Answer `/copilot runs`: the latest runs, newest first."""
    if not runs:
        return note(
            "Nothing has run yet. Runs begin by themselves once GitHub is connected; `/copilot "
            "sync` starts one."
        )
    lines = [
        f"{_mark(run)} `{run.run_id}` {escaped(titles.get(run.kind, run.kind))}: "
        f"{_state(run)}, {moment(run.created_at, timezone)}"
        for run in runs
    ]
    text = "\n".join(lines)
    return message("The latest runs", [
        section(f"*The latest runs*\n{text}"),
        context("`/copilot run` with a number shows how that one goes."),
    ])  # fmt: skip


def following(run_id: int) -> Message:
    """Answer whoever wants to see how a run goes."""
    return note(f"I'll show you how run {run_id} goes, in our direct messages.")


def started(run_id: int) -> Message:
    """Answer whoever started a run, or had it go on."""
    return note(f"Run {run_id} is on its way. I'll show you how it goes, in our direct messages.")


def already_active(run_id: int) -> Message:
    """Answer whoever wants to start what is under way."""
    return note(
        f"Run {run_id} has not ended yet, and there is one at a time. I'll show you how it goes, "
        "in our direct messages."
    )
