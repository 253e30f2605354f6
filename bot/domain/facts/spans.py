"""When a pull request stood open and ready: neither as a draft nor closed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from bot.domain.pull_requests import TimelineEvent, Turn


class Span(NamedTuple):
    """From `start` up to `end`, both aware; `end` is later."""

    start: datetime
    end: datetime


def ready_spans(
    opened_at: datetime, turns: Iterable[TimelineEvent], *, draft: bool, until: datetime
) -> tuple[Span, ...]:
    """When it stood open and ready between its opening and `until`, in order.

    Whether it began as a draft its first turn tells; without one it has always been what it is now
    (`draft`). Turns may come in any order and more than once.
    """
    ordered = sorted(set(turns), key=lambda turn: (turn.happened_at, turn.turn))
    is_draft = _began_as_draft(ordered, draft)
    is_closed = False
    since = None if is_draft else opened_at
    spans = []
    for turn, happened_at in ordered:
        is_draft = _after(turn, is_draft, begins=Turn.DRAFTED, ends=Turn.READY)
        is_closed = _after(turn, is_closed, begins=Turn.CLOSED, ends=Turn.REOPENED)
        at = max(happened_at, opened_at)
        is_ready = not is_draft and not is_closed
        if since is not None and not is_ready:
            spans.append(Span(since, min(at, until)))
        if is_ready != (since is not None):
            since = at if is_ready else None
    if since is not None:
        spans.append(Span(since, until))
    return tuple(span for span in spans if span.start < span.end)


def _began_as_draft(turns: Sequence[TimelineEvent], draft: bool) -> bool:
    first = next((turn for turn, _ in turns if turn in (Turn.DRAFTED, Turn.READY)), None)
    return draft if first is None else first is Turn.READY


def _after(turn: Turn, was: bool, *, begins: Turn, ends: Turn) -> bool:
    return (was or turn is begins) and turn is not ends


def before(spans: Iterable[Span], at: datetime) -> tuple[Span, ...]:
    """What lies before an instant."""
    return tuple(Span(s.start, min(s.end, at)) for s in spans if s.start < at)


def from_then(spans: Iterable[Span], at: datetime) -> tuple[Span, ...]:
    """What lies after an instant."""
    return tuple(Span(max(s.start, at), s.end) for s in spans if at < s.end)


def length_s(spans: Iterable[Span]) -> int:
    """Whole seconds in all of them."""
    return sum(int((span.end - span.start).total_seconds()) for span in spans)
