"""The clock: turns schedules into jobs, one for each slot, however many replicas run.

It only queues. Every replica fires every slot; the first to write the slot down queues the job, in
the same transaction. On start the last slot that is due is fired again, in case nobody was there.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.events import EVENT_JOB_SUBMITTED, JobSubmissionEvent
from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from bot.domain.ids import WorkspaceId
from bot.errors import Conflict, DatabaseAway
from bot.ports import Clock, Database, Job
from storage.slots import claim_slot

log = structlog.get_logger(__name__)

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_FARTHEST_BACK = timedelta(days=800)
_CATCH_UP = 24


class _FirstOfTwo(CronTrigger):  # type: ignore[misc]
    """A cron trigger that fires once when the clocks go back over a fixed hour."""

    def __init__(self, fields: Mapping[str, str | int], timezone: str) -> None:
        super().__init__(**fields, timezone=timezone)
        self._fixed_hour = "*" not in str(fields.get("hour", "*"))

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime | None:
        slot: datetime | None = super().get_next_fire_time(previous, now)
        while self._fixed_hour and slot is not None and slot.fold:
            slot = super().get_next_fire_time(slot, slot)
        return slot


@dataclass(frozen=True, slots=True)
class Schedule:
    """When to queue a job for `entrypoint`: by cron fields (in `timezone`) or at an interval.

    `cron` takes APScheduler's field names. Intervals count from a fixed moment, so that all
    replicas agree on the slots; they are whole seconds. A local hour that the clocks skip fires
    an hour later; one that they repeat fires the first time only. A change of the schedule shows
    after a restart.
    """

    name: str
    entrypoint: str
    cron: Mapping[str, str | int] | None = None
    every: timedelta | None = None
    timezone: str = "UTC"

    def __post_init__(self) -> None:
        if (self.cron is None) == (self.every is None):
            raise ValueError(f"schedule {self.name}: give either cron or every")

    def trigger(self) -> BaseTrigger:
        if self.every is not None:
            return IntervalTrigger(seconds=self.every.total_seconds(), start_date=_EPOCH)
        return _FirstOfTwo(self.cron or {}, self.timezone)


@dataclass(frozen=True, slots=True)
class Slot:
    """One moment (aware UTC) at which a schedule is due."""

    schedule: Schedule
    at: datetime

    @property
    def job(self) -> Job:
        """The job to queue; its `ref` is the slot in ISO format."""
        stamp = self.at.strftime("%Y-%m-%dT%H:%M:%S" if self.at.second else "%Y-%m-%dT%H:%M")
        name = self.schedule.name
        return Job(
            self.schedule.entrypoint,
            WorkspaceId(""),
            ref=self.at.isoformat(),
            key=f"cron:{name}:{stamp}",
        )


Fire = Callable[[Slot], Awaitable[None]]


def fire_once(database: Database) -> Fire:
    """Queue a slot's job unless the slot was taken before, by whichever replica."""

    async def fire(slot: Slot) -> None:
        async with database.routing(name="fire_slot") as tx:
            if await claim_slot(tx, slot.schedule.name, slot.at):
                tx.enqueue(slot.job)

    return fire


def last_due(schedule: Schedule, now: datetime) -> datetime | None:
    """The latest slot not after `now`, or None when there was none in two years."""
    trigger = schedule.trigger()
    back = timedelta(minutes=1)
    while back < _FARTHEST_BACK:
        slot = _next(trigger, now - back)
        if slot is not None and slot <= now:
            return _latest(trigger, slot, now)
        back *= 2
    return None


def _next(trigger: BaseTrigger, after: datetime) -> datetime | None:
    slot: datetime | None = trigger.get_next_fire_time(None, after)
    return None if slot is None else slot.astimezone(UTC)


def _latest(trigger: BaseTrigger, slot: datetime, now: datetime) -> datetime:
    while True:
        following = _next(trigger, slot + timedelta(microseconds=1))
        if following is None or following > now:
            return slot
        slot = following


class Ticker:
    """Fires the slots of `schedules` as they become due, in order, until told to stop.

    `fire` may see a slot more than once (other replicas, a restart, a clock set back) and must
    make it one effect. While the database is away slots wait. If the clock jumps forward, or the
    process was frozen, the slots jumped over are fired too (the newest 24 of each schedule).

    `clock` may be ahead of the real time by `ahead()`; call `catch_up` when that has grown.
    """

    def __init__(
        self,
        schedules: Sequence[Schedule],
        fire: Fire,
        *,
        clock: Clock,
        ahead: Callable[[], timedelta] = timedelta,
        pulse_s: float = 10.0,
    ) -> None:
        self._schedules = {schedule.name: schedule for schedule in schedules}
        if len(self._schedules) != len(schedules):
            raise ValueError("two schedules share a name")
        self._fire = fire
        self._clock = clock
        self._ahead = ahead
        self._pulse_s = pulse_s
        self._due: asyncio.Queue[Slot | None] = asyncio.Queue()
        self._scheduler: AsyncIOScheduler | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Fire until `stop` is set; slots already due are fired first if the database is there."""
        scheduler = self._scheduler = self._new_scheduler()
        scheduler.start()
        # After the start, so that no slot falls between the last due one and the first to come.
        for slot in self._last_slots():
            self._due.put_nowait(slot)
        try:
            async with asyncio.TaskGroup() as group:
                helpers = [group.create_task(self._pulse(scheduler))]
                helpers.append(group.create_task(self._end(stop)))
                await self._deliver_all(stop)
                for helper in helpers:
                    helper.cancel()
        finally:
            scheduler.shutdown()

    async def catch_up(self) -> None:
        """The clock has jumped ahead: fire the last slot of each schedule, then go on from there.

        Raises DatabaseAway or Conflict; the slots then come with the next pulse or jump.
        """
        for job in self._scheduler.get_jobs() if self._scheduler is not None else ():
            job.modify(next_run_time=job.trigger.get_next_fire_time(None, self._real_now()))
        for slot in self._last_slots():
            await self._fire(slot)

    def _real_now(self) -> datetime:
        return self._clock.now() - self._ahead()

    def _new_scheduler(self) -> AsyncIOScheduler:
        # The job itself does nothing and runs inline: what counts is the event with its slots.
        # "misfire" and "coalesce" would drop slots, and so would a job still running.
        scheduler = AsyncIOScheduler(
            timezone=UTC,
            executors={"default": DebugExecutor()},
            job_defaults={"misfire_grace_time": None, "coalesce": False},
        )
        scheduler.add_listener(self._submitted, EVENT_JOB_SUBMITTED)
        for schedule in self._schedules.values():
            trigger = _Ahead(schedule.trigger(), self._ahead)
            scheduler.add_job(_nothing, trigger, id=schedule.name)
        return scheduler

    def _submitted(self, event: JobSubmissionEvent) -> None:
        for at in event.scheduled_run_times[-_CATCH_UP:]:
            slot_at = at.astimezone(UTC) + self._ahead()
            self._due.put_nowait(Slot(self._schedules[event.job_id], slot_at))

    def _last_slots(self) -> list[Slot]:
        now = self._clock.now()
        found = [(schedule, last_due(schedule, now)) for schedule in self._schedules.values()]
        return [Slot(schedule, at) for schedule, at in found if at is not None]

    async def _pulse(self, scheduler: AsyncIOScheduler) -> None:
        """Notice a clock that was set: the scheduler's timer counts seconds, not the time of day."""
        seen = self._real_now()
        while True:
            await asyncio.sleep(self._pulse_s)
            now = self._real_now()
            if now < seen:
                _look_again(scheduler, now)
            seen = now
            scheduler.wakeup()

    async def _end(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._due.put_nowait(None)

    async def _deliver_all(self, stop: asyncio.Event) -> None:
        while (slot := await self._due.get()) is not None:
            await self._deliver(slot, stop)

    async def _deliver(self, slot: Slot, stop: asyncio.Event) -> None:
        pause_s = 0.1
        while True:
            try:
                await self._fire(slot)
                return
            except (DatabaseAway, Conflict) as error:
                log.warning(
                    "clock.waiting", schedule=slot.schedule.name, error=type(error).__name__
                )
            with suppress(TimeoutError):
                spread_s = random.uniform(0.5, 1.0) * pause_s  # nosec B311
                await asyncio.wait_for(stop.wait(), spread_s)
            if stop.is_set():
                return
            pause_s = min(pause_s * 2, 5.0)


class _Ahead(BaseTrigger):  # type: ignore[misc]
    """A trigger of a clock that is ahead, told in the real time that the scheduler lives in."""

    def __init__(self, trigger: BaseTrigger, ahead: Callable[[], timedelta]) -> None:
        self._trigger = trigger
        self._ahead = ahead

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime | None:
        ahead = self._ahead()
        before = None if previous is None else previous + ahead
        slot: datetime | None = self._trigger.get_next_fire_time(before, now + ahead)
        return None if slot is None else slot.astimezone(UTC) - ahead


def _look_again(scheduler: AsyncIOScheduler, now: datetime) -> None:
    """After the clock was set back: let slots come that it had jumped over when it was ahead."""
    for job in scheduler.get_jobs():
        if job.next_run_time is not None:
            slot = job.trigger.get_next_fire_time(None, now)
            job.modify(next_run_time=min(slot, job.next_run_time))


def _nothing() -> None:
    """What APScheduler runs; the slot is taken from the event of its submission."""
