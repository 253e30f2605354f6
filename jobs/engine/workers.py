"""A worker: takes jobs as they come, runs their handlers, and gives nothing up silently."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import cast

import structlog
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Job as PickedJob

from bot.domain.ids import WorkspaceId
from bot.errors import Conflict, DatabaseAway, Permanent, Retryable
from bot.watch import Watch, Watched, outcome_of
from jobs.engine.lines import Connect, Line
from jobs.engine.picks import Picks, workspace_of
from jobs.engine.schema import CHANNEL

log = structlog.get_logger(__name__)

_HOME_S = 2.0


@dataclass(frozen=True, slots=True)
class QueuedJob:
    """A job as its handler sees it; `attempt` counts from 1."""

    entrypoint: str
    workspace_id: WorkspaceId
    ref: str
    attempt: int


Handler = Callable[[QueuedJob], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When a job that raised runs again: exponential backoff with full jitter, in seconds.

    `faults` is how many times a job may fail before it is given up. Waiting that an outside
    service asked for (Retryable), an absent database (DatabaseAway) or a row that somebody else
    holds (Conflict) is no fault.
    """

    faults: int = 8
    base_s: float = 1.0
    cap_s: float = 300.0

    def delay_s(self, attempt: int) -> float:
        """Somewhere between nothing and `base_s` doubled with each attempt (from 1)."""
        ceiling = min(self.cap_s, self.base_s * 2.0 ** min(attempt, 30))
        return random.uniform(0, ceiling)  # nosec B311


class GaveUp(Exception):
    """What the engine keeps of a failed job: the kind of error; its text goes to the log only."""


@dataclass
class Worker:
    """Runs jobs of the given entrypoints until told to stop; any number of workers share a queue.

    `connect` opens a connection of the worker's own. A job whose worker has shown no sign of life
    for `lease_s` is taken by another. At most `room` jobs run at once, and at most `room_each` of
    one workspace (by default three quarters, so that a quarter is always there for the others).
    On stop, running jobs have `drain_s` to finish; the rest go back into the queue.
    """

    connect: Connect
    handlers: Mapping[str, Handler]
    retry: RetryPolicy = RetryPolicy()
    lease_s: float = 12.0
    poll_s: float = 0.2
    drain_s: float = 10.0
    room: int = 40
    room_each: int | None = None
    batch: int = 10
    watch: Watch = field(default_factory=Watch)
    _running: set[asyncio.Task[object]] = field(default_factory=set, init=False)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then drain. Survives PostgreSQL going away and coming back."""
        while not stop.is_set():
            line = Line(self.connect)
            try:
                await self._shift(line, stop)
            except DatabaseAway as away:
                log.warning("worker.left_without_database", advice=away.advice)
                await _pause(stop)
            except Exception:
                log.exception("worker.stumbled")
                await _pause(stop)
            finally:
                await line.close()

    async def _shift(self, line: Line, stop: asyncio.Event) -> None:
        manager = self._manager(line)
        work = asyncio.create_task(self._work(manager))
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
            _close_the_door(line, manager)
            await asyncio.wait({work}, timeout=self.drain_s)
        finally:
            _close_the_door(line, manager)
            stopped.cancel()
            await self._wind_up(work)
        if work.done() and not work.cancelled():
            await work

    async def _wind_up(self, work: asyncio.Task[None]) -> None:
        """Send running handlers home; what they leave is free for others at once."""
        for task in list(self._running):
            task.cancel()
        if not work.done():
            await asyncio.wait({work}, timeout=_HOME_S)
        if not work.done():
            log.error("worker.abandoned", jobs=len(self._running))
            work.cancel()
            await asyncio.wait({work}, timeout=_HOME_S)

    async def _work(self, manager: QueueManager) -> None:
        await manager.run(
            dequeue_timeout=timedelta(seconds=self.poll_s),
            batch_size=self.batch,
            heartbeat_timeout=timedelta(seconds=self.lease_s),
            log_aggregation_interval=timedelta(0),
        )

    def _manager(self, line: Line) -> QueueManager:
        room_each = self.room_each or max(1, self.room * 3 // 4)
        picks = Picks(line, room=self.room, room_each=room_each)
        manager = QueueManager(picks, channel=CHANNEL)
        for name, handler in self.handlers.items():
            manager.entrypoint(name, accepts_context=False, on_failure="hold")(
                partial(self._handle, picks, handler)
            )
        return manager

    async def _handle(self, picks: Picks, handler: Handler, job: PickedJob) -> None:
        task = cast("asyncio.Task[object]", asyncio.current_task())
        self._running.add(task)
        try:
            with self._watched(job) as watched:
                await self._attempt(handler, job, watched)
        finally:
            self._running.discard(task)
            picks.leave(job)

    def _watched(self, job: PickedJob) -> Watched:
        """Measured, and named in whatever is logged meanwhile."""
        waited_s = (job.updated - job.execute_after).total_seconds()
        return self.watch.job(
            job.entrypoint,
            waited_s=max(0.0, waited_s),
            traceparent=str((job.headers or {}).get("traceparent", "")) or None,
        )

    async def _attempt(self, handler: Handler, job: PickedJob, watched: Watched) -> None:
        """Run `handler`; translate what it raises into "later" or "never again"."""
        watched.tell(**_fields(job))
        watched.tell_trace()
        faults = _faults(job)
        if faults >= self.retry.faults:
            watched.outcome = "gave_up"
            log.error("job.failed", reason="its workers keep dying", **_fields(job))
            raise GaveUp("its workers keep dying")
        try:
            await handler(_seen(job))
            log.debug("job.done")
        except (Retryable, DatabaseAway, Conflict) as error:
            watched.outcome = outcome_of(error)
            raise self._later(job, error) from None
        except Exception as error:
            watched.outcome = "failed"
            job.headers = {**(job.headers or {}), "faults": faults + 1}
            if isinstance(error, Permanent) or faults + 1 >= self.retry.faults:
                watched.outcome = "gave_up"
                log.exception("job.failed", **_fields(job))
                raise GaveUp(type(error).__name__) from None
            raise self._later(job, error, exc_info=True) from None

    def _later(self, job: PickedJob, error: Exception, *, exc_info: bool = False) -> RetryRequested:
        asked_s = error.after_s if isinstance(error, Retryable) else None
        delay_s = self.retry.delay_s(job.attempts + 1) if asked_s is None else asked_s
        kind = type(error).__name__
        # Asked to wait is everyday life, a fault is news.
        tell = log.debug if isinstance(error, Retryable) else log.warning
        tell(
            "job.postponed",
            error=kind,
            delay_s=round(delay_s, 3),
            exc_info=exc_info,
            **_fields(job),
        )
        return RetryRequested(timedelta(seconds=delay_s), kind)


async def _pause(stop: asyncio.Event) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), timeout=1.0)


def _close_the_door(line: Line, manager: QueueManager) -> None:
    line.stopping = True
    manager.shutdown.set()


def _faults(job: PickedJob) -> int:
    return int(str((job.headers or {}).get("faults", 0)))


def _seen(job: PickedJob) -> QueuedJob:
    return QueuedJob(
        entrypoint=job.entrypoint,
        workspace_id=WorkspaceId(workspace_of(job)),
        ref=(job.payload or b"").decode(),
        attempt=job.attempts + 1,
    )


def _fields(job: PickedJob) -> dict[str, str | int]:
    seen = _seen(job)
    return {
        "job_id": job.id,
        "entrypoint": seen.entrypoint,
        "workspace_id": seen.workspace_id,
        "ref": seen.ref,
        "attempt": seen.attempt,
    }
