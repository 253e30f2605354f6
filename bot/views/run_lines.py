"""Runs in the terminal: a line for each, or all about one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.domain.progress import current_step, progress
from bot.domain.runs import FanOut, Run, RunDetail, RunStep, State
from bot.views.progress import exact, progress_line

_MARKS = {
    State.PENDING: "·",
    State.RUNNING: "▸",
    State.RETRYING: "↻",
    State.SUCCEEDED: "✓",
    State.FAILED: "✗",
    State.CANCELLED: "-",
    State.NO_WORK: "✓",
}
_WHEN = "%Y-%m-%d %H:%M"


def state_of(run: Run) -> str:
    """Where the run stands, in a word or two."""
    if run.skipped:
        return "skipped"
    if run.cancel_asked:
        return "cancelling"
    if run.state is State.SUCCEEDED and run.partial:
        return "partial"
    return run.state.value.replace("_", " ")


def run_line(run: Run) -> str:
    """One run on one line."""
    told = run.said or run.trouble
    start = f"{run.run_id:>6}  {state_of(run):<10}  {run.created_at:{_WHEN}}  {run.kind:<22}"
    return f"{start}  {told}".rstrip()


def fan_out_line(one: FanOut) -> str:
    """One start of a schedule's runs, in all workspaces."""
    start = f"{one.slot:{_WHEN}}  {one.kind:<22}"
    if one.finished_at is None:
        return f"{start}  under way, or broken off"
    took_s = (one.finished_at - one.began_at).total_seconds()
    return f"{start}  dispatched {one.dispatched}, skipped {one.skipped}, in {took_s:.1f} s"


def run_lines(detail: RunDetail, *, now: datetime) -> str:
    """All about one run: how it went, its steps, what it left behind."""
    return "\n".join(_lines(detail, now))


def _lines(detail: RunDetail, now: datetime) -> Iterator[str]:
    run = detail.run
    yield f"Run {run.run_id}, {run.kind}: {state_of(run)}, attempt {run.attempt}"
    yield f"  begun {run.created_at:{_WHEN}} UTC by {run.started_by} ({run.trigger}){_took(run)}"
    if run.credential:
        yield f"  used {run.credential}: {run.credential_state or 'not looked at yet'}"
    yield from (f"  {told}" for told in (run.said, run.trouble) if told)
    yield from (_step(step) for step in detail.steps)
    shown = progress(run, detail.steps, now=now)
    if shown is not None:
        yield f"  {progress_line(shown)}"
    for file in detail.artifacts:
        yield f"  file {file.artifact_id}: {file.name}, {file.size:,} bytes, {file.media_type}"
    for note in detail.notes:
        yield f"  note by {note.author}, {note.written_at:{_WHEN}}: {note.text}"


def _took(run: Run) -> str:
    if run.started_at is None or run.finished_at is None:
        return ""
    return f", took {exact(run.finished_at - run.started_at)}"


def _step(step: RunStep) -> str:
    counts = ", ".join(f"{name.replace('_', ' ')} {n:,}" for name, n in step.counts.items())
    told = " · ".join(part for part in (step.message, counts) if part)
    return f"  {_MARKS[step.state]} {step.title}{f': {told}' if told else ''}"


def watch_line(detail: RunDetail, *, now: datetime) -> str:
    """How a run goes just now, on one line."""
    run = detail.run
    step, shown = current_step(run, detail.steps), progress(run, detail.steps, now=now)
    named = step.title if step is not None and run.state.is_active else state_of(run)
    told = progress_line(shown) if shown is not None else (step.message if step else "")
    if run.state is State.RETRYING:
        told = run.said
    return f"{named}: {told}" if told else named
