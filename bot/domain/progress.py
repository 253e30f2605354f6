"""How far a run is, and how long it may still take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.runs import Run, RunStep, State

# What is over sooner needs no estimate, and one made earlier would jump about.
_TOO_EARLY = timedelta(seconds=10)
_WORTH_SAYING = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the step under way is: `done` of `total`, and how long it may still take.

    `left` is None where nobody can tell, or it is not worth saying.
    """

    done: int
    total: int
    left: timedelta | None

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return min(1.0, self.done / self.total)


def current_step(run: Run, steps: Sequence[RunStep]) -> RunStep | None:
    """The step that is under way, or that the run ended in; None before it has begun."""
    return next((step for step in steps if step.position == run.position), None)


def progress(run: Run, steps: Sequence[RunStep], *, now: datetime) -> Progress | None:
    """How far the step under way is; None where it does not say, or the run is over."""
    step = current_step(run, steps)
    if step is None or not run.state.is_active or not step.total:
        return None
    return Progress(step.done, step.total, _left(step, now))


def _left(step: RunStep, now: datetime) -> timedelta | None:
    """As long as the rest takes at the pace of all that is done so far."""
    if step.started_at is None or step.state is not State.RUNNING or not step.total:
        return None
    taken, rest = now - step.started_at, step.total - step.done
    if step.done <= 0 or rest <= 0 or taken < _TOO_EARLY:
        return None
    left = taken * (rest / step.done)
    return left if left >= _WORTH_SAYING else None
