"""What Hunch counts about its own work, for Prometheus; docs/metrics.md explains every number.

Each process has a registry of its own and answers for itself. Labels come from closed sets (doors,
jobs, methods): never a workspace, a person or a key, so that the number of series stays small.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from typing import Protocol

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import Metric
from prometheus_client.exposition import choose_encoder

_QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3, 10)
_SLOW = (0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60)
_WAITS = (0.005, 0.025, 0.1, 0.5, 1, 5, 30, 120, 600, 3600)


class Source(Protocol):
    """Numbers that are read when they are asked for."""

    def collect(self) -> Iterable[Metric]: ...


class Metrics:
    """All instruments of one process."""

    def __init__(self) -> None:
        # A second series for each first one, which nobody here asks for.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library is half typed
        self.registry = registry = CollectorRegistry(auto_describe=False)
        ProcessCollector(registry=registry)
        GCCollector(registry=registry)
        build = Info("hunch_build", "Which Hunch this is.", registry=registry)
        build.info({"version": version("hunch"), "python": platform.python_version()})
        self._make_requests()
        self._make_jobs()
        self._make_runs()
        self._make_slack()
        self._make_github()
        self._make_database()
        self.loop_lag = Gauge(
            "hunch_event_loop_lag_seconds",
            "How late the event loop was at its last look.",
            registry=registry,
        )

    def _histogram(
        self, name: str, promise: str, labels: Sequence[str], buckets: Sequence[float]
    ) -> Histogram:
        return Histogram(name, promise, labels, buckets=buckets, registry=self.registry)

    def _counter(self, name: str, promise: str, labels: Sequence[str] = ()) -> Counter:
        return Counter(name, promise, labels, registry=self.registry)

    def _make_requests(self) -> None:
        self.requests = self._histogram(
            "hunch_request_seconds",
            "From a request's arrival to its answer.",
            ("door", "kind", "outcome"),
            _QUICK,
        )
        self.refusals = self._counter(
            "hunch_refusals_total", "Requests turned away, by reason.", ("door", "reason")
        )
        self.socket_greetings = self._counter(
            "hunch_socket_greetings_total", "How often Slack said hello: connects and reconnects."
        )
        self.sockets_stuck = self._counter(
            "hunch_sockets_stuck_total", "Socket clients that hung and were replaced."
        )

    def _make_jobs(self) -> None:
        self.jobs = self._histogram(
            "hunch_job_seconds", "One attempt at a job.", ("entrypoint", "outcome"), _SLOW
        )
        self.job_waits = self._histogram(
            "hunch_job_wait_seconds",
            "From the moment a job was due to its start.",
            ("entrypoint",),
            _WAITS,
        )
        self.slots = self._counter(
            "hunch_clock_slots_total", "Slots of the clock that were fired here.", ("schedule",)
        )

    def _make_runs(self) -> None:
        self.runs = self._counter(
            "hunch_runs_total", "Runs that ended here, by how.", ("kind", "outcome")
        )
        self.steps = self._histogram(
            "hunch_step_seconds",
            "One step of a run, taken up once.",
            ("kind", "step", "outcome"),
            _WAITS,
        )
        self.fan_outs = self._histogram(
            "hunch_fan_out_seconds",
            "A schedule's starting of its runs in all workspaces.",
            ("kind",),
            _SLOW,
        )
        self.dispatches = self._counter(
            "hunch_dispatches_total",
            "Workspaces in which a schedule was to start a run.",
            ("kind", "outcome"),
        )

    def _make_slack(self) -> None:
        self.slack_calls = self._histogram(
            "hunch_slack_call_seconds", "One call to Slack.", ("method", "outcome"), _SLOW
        )
        self.slack_waits = self._counter(
            "hunch_slack_asked_to_wait_seconds_total",
            "Seconds that Slack's rate limits asked us to wait.",
            ("method",),
        )

    def _make_github(self) -> None:
        self.github_calls = self._histogram(
            "hunch_github_call_seconds", "One request to GitHub.", ("method", "outcome"), _SLOW
        )
        self.github_waits = self._counter(
            "hunch_github_asked_to_wait_seconds_total",
            "Seconds that GitHub's limits asked us to wait.",
            ("method",),
        )

    def _make_database(self) -> None:
        self.transactions = self._histogram(
            "hunch_transaction_seconds",
            "One transaction, the wait for its connection included.",
            ("name", "outcome"),
            _QUICK,
        )
        self.pool_waits = self._histogram(
            "hunch_database_wait_seconds",
            "Waiting for a connection from the pool.",
            (),
            _QUICK,
        )

    @contextmanager
    def showing(self, source: Source) -> Iterator[None]:
        """Collect `source` as well, for as long as the block runs."""
        self.registry.register(source)
        try:
            yield
        finally:
            self.registry.unregister(source)

    def page(self, accept: str) -> tuple[bytes, str]:
        """Everything as text in the form the `Accept` header asks for, with its content type."""
        encode, content_type = choose_encoder(accept)
        return encode(self.registry), content_type
