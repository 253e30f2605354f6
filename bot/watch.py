"""Watches Hunch's own work: each piece is measured, traced where that is on, and named in the log.

Seven kinds of work are watched: requests, transactions, jobs, steps of runs, calls to Slack and to
GitHub, and the clock's slots.
What comes to an end under `with` is counted by its outcome; ids go to the log and the trace, closed
words only to the metrics.
"""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import Token
from time import perf_counter
from types import TracebackType
from typing import Any

from prometheus_client import Histogram
from structlog.contextvars import bind_contextvars, reset_contextvars

from bot.errors import Conflict, DatabaseAway, HunchError, Permanent, Retryable, TooMuch, Unclear
from bot.metrics import Metrics
from bot.tracing import OpenSpan, Spans

_OUTCOMES: tuple[tuple[type[BaseException], str], ...] = (
    (Retryable, "later"),
    (Unclear, "unclear"),
    (TooMuch, "too_much"),
    (Permanent, "refused"),
    (DatabaseAway, "away"),
    (Conflict, "conflict"),
    (HunchError, "refused"),
    (CancelledError, "cancelled"),
)


class Watched:
    """One piece of work under way; set `outcome` where no error tells it."""

    __slots__ = ("_began", "_histogram", "_ids", "_name", "_parent", "_span", "_spans", "_tokens",
                 "labels", "outcome")  # fmt: skip

    def __init__(
        self,
        name: str,
        histogram: Histogram,
        labels: tuple[str, ...],
        spans: Spans | None,
        parent: str | None = None,
    ) -> None:
        self._name = name
        self._histogram = histogram
        self._spans = spans
        self._parent = parent
        self._span: OpenSpan | None = None
        self._ids: dict[str, str | int] = {}
        self._tokens: dict[str, Token[Any]] = {}
        self.labels = labels
        self.outcome = ""

    def tell(self, **ids: str | int) -> None:
        """Say what it is about, in every line logged until its end, and in the trace."""
        fresh = {name: value for name, value in ids.items() if self._ids.get(name) != value}
        self._ids |= fresh
        for name, token in bind_contextvars(**fresh).items():
            self._tokens.setdefault(name, token)

    def __enter__(self) -> Watched:
        if self._spans is not None:
            self._span = self._spans.begin(self._name, parent=self._parent)
        self._began = perf_counter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        took_s = perf_counter() - self._began
        outcome = self.outcome or outcome_of(error)
        self._histogram.labels(*self.labels, outcome).observe(took_s)
        if self._span is not None:
            attributes = {**self._ids, "outcome": outcome}
            self._span.end(attributes, failed=outcome == "failed")
        if self._tokens:
            reset_contextvars(**self._tokens)

    def tell_trace(self) -> None:
        """Let the log name the trace, where there is one."""
        if self._span is not None:
            self.tell(trace_id=self._span.trace_id)


def outcome_of(error: BaseException | None) -> str:
    """The closed word for how something ended."""
    if error is None:
        return "ok"
    return next((word for kind, word in _OUTCOMES if isinstance(error, kind)), "failed")


class Watch:
    """What every part reports to; one in each process."""

    def __init__(self, spans: Spans | None = None) -> None:
        self.metrics = Metrics()
        self.spans = spans

    def request(self, door: str, kind: str = "other") -> Watched:
        """A request from its arrival to its answer; its kind may be known only later."""
        return Watched(f"request {door}", self.metrics.requests, (door, kind), self.spans)

    def step(self, kind: str, name: str) -> Watched:
        """One step of a run, taken up once."""
        return Watched(f"step {kind}.{name}", self.metrics.steps, (kind, name), self.spans)

    def fanned_out(self, kind: str, *, dispatched: int, skipped: int, took_s: float) -> None:
        """A schedule has started its runs in all workspaces."""
        self.metrics.fan_outs.labels(kind).observe(took_s)
        self.metrics.dispatches.labels(kind, "dispatched").inc(dispatched)
        self.metrics.dispatches.labels(kind, "skipped").inc(skipped)

    def transaction(self, name: str) -> Watched:
        return Watched(f"transaction {name}", self.metrics.transactions, (name,), self.spans)

    def job(self, entrypoint: str, *, waited_s: float, traceparent: str | None) -> Watched:
        """One attempt, as part of the trace of what queued it."""
        self.metrics.job_waits.labels(entrypoint).observe(waited_s)
        return Watched(
            f"job {entrypoint}", self.metrics.jobs, (entrypoint,), self.spans, traceparent
        )

    @contextmanager
    def slack_call(self, method: str) -> Iterator[Watched]:
        """One call; what Slack asks us to wait is added up."""
        name = f"slack {method}"
        with Watched(name, self.metrics.slack_calls, (method,), self.spans) as watched:
            try:
                yield watched
            except Retryable as error:
                self.metrics.slack_waits.labels(method).inc(error.after_s or 0)
                raise

    @contextmanager
    def github_call(self, method: str) -> Iterator[Watched]:
        """One request; what GitHub asks us to wait is added up."""
        name = f"github {method}"
        with Watched(name, self.metrics.github_calls, (method,), self.spans) as watched:
            try:
                yield watched
            except Retryable as error:
                self.metrics.github_waits.labels(method).inc(error.after_s or 0)
                raise

    def fired(self, schedule: str) -> None:
        """A slot of the clock has been fired."""
        self.metrics.slots.labels(schedule).inc()

    def traceparent(self) -> str:
        """The current trace, for work that is queued now; "" where nothing is traced."""
        return self.spans.current() if self.spans is not None else ""

    async def close(self) -> None:
        if self.spans is not None:
            await self.spans.close()
