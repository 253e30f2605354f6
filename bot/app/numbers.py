"""The numbers that are in the database rather than in this process, read when Prometheus asks.

Every process tells the same ones, so alerts take their maximum. They are read at most every five
seconds and for three at most; while the database is away they are missing, and
`hunch_database_up` says why. Row-level security lets no login see all workspaces at once: the queue
belongs to no workspace, and for the outbox a function visits one workspace after another and
returns sums (storage/migrations/0006_backlogs.pre.sql). No second login that sees everything has to
exist for it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily, Metric

from bot import log
from bot.app.keyrings import count_locked
from bot.app.services import Services
from bot.errors import DatabaseAway
from handlers.sockets import SocketDoor
from jobs.engine import QueueSize, queue_sizes
from storage.backlogs import Backlog, sum_backlogs
from storage.database import DRIVER_ERRORS, translated
from storage.hooks import Ways, sum_connections
from storage.slots import last_slot

_FRESH_S = 5.0
_PATIENCE_S = 3.0
_log = log.get("app.numbers")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the database said at one moment."""

    queue: Sequence[QueueSize]
    backlog: Backlog
    oldest_due_s: float
    clock_s: float | None
    locked: int
    ways: Ways


class Numbers:
    """A source of `bot.metrics.Metrics`; call `refresh` before it is collected."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._pool = services.store.pool
        self._lock = asyncio.Lock()
        self._asked_at = -_FRESH_S
        self.seen: Snapshot | None = None

    async def refresh(self) -> Snapshot | None:
        """Ask the database again unless it was asked a moment ago; None while it is away."""
        async with self._lock:
            if time.monotonic() - self._asked_at >= _FRESH_S:
                self.seen = await self._ask()
                self._asked_at = time.monotonic() - (_FRESH_S - 1.0 if self.seen is None else 0.0)
            return self.seen

    async def _ask(self) -> Snapshot | None:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                return await self._read()
        except (*DRIVER_ERRORS, DatabaseAway) as error:
            ours = error if isinstance(error, DatabaseAway) else translated(error)
            advice = getattr(ours, "advice", DatabaseAway.advice)
            _log.warning("numbers.missing", error=type(error).__name__, advice=advice)
            return None

    async def _read(self) -> Snapshot:
        async with self._pool.acquire() as connection:
            queue = await queue_sizes(connection)
            backlog = await sum_backlogs(connection)
            slot = await last_slot(connection, "sweep")
            ways = await sum_connections(connection)
        # A key file that has come back is seen here as well.
        self._services.keys.refresh()
        locked = await count_locked(self._services.keys, self._services.store)
        due_s = self._age_s(backlog.oldest_due_at) or 0.0
        return Snapshot(queue, backlog, due_s, self._age_s(slot), locked.get("secrets", 0), ways)

    def _age_s(self, moment: datetime | None) -> float | None:
        if moment is None:
            return None
        return max(0.0, (self._services.now() - moment).total_seconds())

    def collect(self) -> Iterator[Metric]:
        yield _gauge(
            "hunch_database_up", "Whether the database answered.", float(self.seen is not None)
        )
        yield from self._pool_sizes()
        if self.seen is not None:
            yield from _of_queue(self.seen.queue)
            yield from _of_backlog(self.seen)
            yield _of_ways(self.seen.ways)

    def _pool_sizes(self) -> Iterator[Metric]:
        idle = self._pool.get_idle_size()
        family = GaugeMetricFamily(
            "hunch_database_connections", "This process's connections.", labels=["state"]
        )
        family.add_metric(["idle"], idle)
        family.add_metric(["in_use"], self._pool.get_size() - idle)
        yield family
        yield _gauge(
            "hunch_database_connections_max",
            "How many connections there may be.",
            self._pool.get_max_size(),
        )


class SocketState:
    """Whether Slack's socket is open, for processes that have one."""

    def __init__(self, door: SocketDoor) -> None:
        self._door = door

    def collect(self) -> Iterator[Metric]:
        yield _gauge(
            "hunch_socket_connected", "Whether Slack's socket is open.", float(self._door.is_open)
        )


def _of_queue(queue: Sequence[QueueSize]) -> Iterator[Metric]:
    jobs = GaugeMetricFamily("hunch_jobs", "Jobs in the queue.", labels=["entrypoint", "state"])
    oldest = GaugeMetricFamily(
        "hunch_jobs_oldest_waiting_seconds",
        "How long the job has been due that waits longest.",
        labels=["entrypoint"],
    )
    for size in queue:
        for state in ("waiting", "deferred", "running", "failed"):
            jobs.add_metric([size.entrypoint, state], getattr(size, state))
        oldest.add_metric([size.entrypoint], size.oldest_waiting_s)
    yield jobs
    yield oldest


def _of_backlog(seen: Snapshot) -> Iterator[Metric]:
    backlog = seen.backlog
    rows = GaugeMetricFamily("hunch_outbox_rows", "What is to be sent.", labels=["state"])
    for state in ("pending", "sending", "unclear", "parked"):
        rows.add_metric([state], getattr(backlog, state))
    yield rows
    yield _gauge(
        "hunch_outbox_oldest_due_seconds",
        "How long the message has been due that waits longest.",
        seen.oldest_due_s,
    )
    yield _gauge(
        "hunch_deliveries_unreadable",
        "Deliveries that could not be understood.",
        backlog.unreadable,
    )
    yield _gauge("hunch_workspaces", "Workspaces that have Hunch.", backlog.workspaces)
    yield _gauge(
        "hunch_workspaces_disconnected",
        "Those whose token Slack takes no longer.",
        backlog.disconnected,
    )
    yield _gauge("hunch_secrets_locked", "Secrets that no key here opens.", seen.locked)
    if seen.clock_s is not None:
        yield _gauge(
            "hunch_clock_last_slot_age_seconds",
            "How long ago the latest slot of the clock was, wherever it was fired.",
            seen.clock_s,
        )


def _of_ways(ways: Ways) -> Metric:
    family = GaugeMetricFamily(
        "hunch_github_connections", "Connections to GitHub.", labels=["state"]
    )
    family.add_metric(["working"], ways.working)
    family.add_metric(["troubled"], ways.troubled)
    return family


def _gauge(name: str, promise: str, value: float) -> Metric:
    return GaugeMetricFamily(name, promise, value)
