"""The clock: every slot has one effect, whatever happens to replicas, clocks and the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from bot.errors import DatabaseAway
from jobs.clock import Schedule, Slot, Ticker, fire_once, last_due
from jobs.engine import enqueue
from storage.database import PostgresDatabase, open_pool
from storage.slots import forget_slots
from tests.integration.engine_support import connected, shared_server, until

SLOTS_DDL = """
    CREATE SCHEMA hunch;
    CREATE TABLE hunch.cron_slots (
        name text, slot timestamptz, PRIMARY KEY (name, slot)
    );
    GRANT USAGE ON SCHEMA hunch TO hunch_app;
    GRANT SELECT, INSERT, DELETE ON hunch.cron_slots TO hunch_app;
"""
HOURLY = Schedule("sweep", "surveys.sweep", cron={"minute": 0})
NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


class Wall:
    """A wall clock that tests set."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    wall = Wall(NINE + MINUTE)

    class Datetime(datetime):
        @classmethod
        def now(cls, tz=None):
            return wall.at.astimezone(tz)

    monkeypatch.setattr("apscheduler.schedulers.base.datetime", Datetime)
    return wall


@pytest.fixture
async def url() -> str:
    server = shared_server()
    database = await server.new_engine_database()
    async with connected(server.url(database, "hunch_admin")) as owner:
        await owner.execute(SLOTS_DDL)
    return server.url(database, "hunch_app")


@pytest.fixture
async def pool(url: str) -> AsyncIterator[asyncpg.Pool]:
    async with await open_pool(url) as pool:
        yield pool


@pytest.fixture
def database(pool: asyncpg.Pool) -> PostgresDatabase:
    return PostgresDatabase(pool, enqueue)


@asynccontextmanager
async def ticking(
    fire: Callable[[Slot], Awaitable[None]], wall: Wall, *schedules: Schedule
) -> AsyncIterator[asyncio.Event]:
    ticker = Ticker(schedules or [HOURLY], fire, clock=wall, pulse_s=0.01)
    stop = asyncio.Event()
    task = asyncio.create_task(ticker.run(stop))
    try:
        yield stop
    finally:
        stop.set()
        await asyncio.wait_for(task, 20)


async def queued(pool: asyncpg.Pool) -> list[str]:
    rows = await pool.fetch("SELECT dedupe_key FROM pgqueuer.pgqueuer ORDER BY dedupe_key")
    return [row["dedupe_key"] for row in rows]


async def queues(pool: asyncpg.Pool, *slots: str) -> None:
    """Wait until exactly these slots of 23 November have a job."""
    wanted = [f"cron:sweep:2026-11-23T{slot}" for slot in slots]

    async def met() -> bool:
        return await queued(pool) == wanted

    await until(met)


async def test_a_slot_becomes_a_job_named_after_it(pool, database, wall):
    async with ticking(fire_once(database), wall):
        await queues(pool, "09:00")
    [row] = await pool.fetch("SELECT * FROM pgqueuer.pgqueuer")
    assert row["entrypoint"] == "surveys.sweep"
    assert row["payload"].decode() == "2026-11-23T09:00:00+00:00"
    assert row["headers"]["workspace_id"] == ""


async def test_slots_fire_as_their_time_comes(pool, database, wall):
    async with ticking(fire_once(database), wall):
        await queues(pool, "09:00")
        wall.at += HOUR
        await queues(pool, "09:00", "10:00")


async def test_a_restart_does_not_run_a_finished_slot_again(pool, database, wall):
    async with ticking(fire_once(database), wall):
        await queues(pool, "09:00")
    await pool.execute("DELETE FROM pgqueuer.pgqueuer")
    async with ticking(fire_once(database), wall):
        wall.at += HOUR
        await queues(pool, "10:00")


async def test_after_a_pause_the_last_slot_is_made_up_for(pool, database, wall):
    wall.at = NINE + 5 * HOUR
    async with ticking(fire_once(database), wall):
        await queues(pool, "14:00")


async def test_three_replicas_queue_each_slot_once_and_one_may_die(pool, database, wall):
    fired: list[Slot] = []

    async def fire(slot: Slot) -> None:
        await fire_once(database)(slot)
        fired.append(slot)

    async with ticking(fire, wall), ticking(fire, wall), ticking(fire, wall) as third:
        await until(lambda: len(fired) == 3)
        third.set()
        wall.at += HOUR
        await until(lambda: len(fired) >= 5)
        await queues(pool, "09:00", "10:00")
    assert await pool.fetchval("SELECT count(*) FROM pgqueuer.pgqueuer_log") == 2


async def test_slots_that_the_clock_jumps_over_are_not_lost(pool, database, wall):
    async with ticking(fire_once(database), wall):
        await queues(pool, "09:00")
        wall.at += 3 * HOUR
        await queues(pool, "09:00", "10:00", "11:00", "12:00")


async def test_a_clock_that_jumps_very_far_brings_no_flood(wall):
    fired: list[datetime] = []

    async def fire(slot: Slot) -> None:
        fired.append(slot.at)

    async with ticking(fire, wall):
        await until(lambda: len(fired) == 1)
        wall.at += 1000 * HOUR
        await until(lambda: NINE + 1000 * HOUR in fired)
    assert len(fired) == 25


async def test_a_clock_that_is_set_back_runs_nothing_twice(pool, database, wall):
    async with ticking(fire_once(database), wall):
        await queues(pool, "09:00")
        wall.at += HOUR
        await queues(pool, "09:00", "10:00")
        await pool.execute("DELETE FROM pgqueuer.pgqueuer")
        wall.at -= 2 * HOUR
        await pulses(wall)
        for _ in range(3):
            wall.at += HOUR
            await pulses(wall)
        await queues(pool, "11:00")


async def test_slots_missed_because_the_clock_was_ahead_come_when_it_is_right(pool, database, wall):
    wall.at = NINE + 3 * HOUR + MINUTE
    seen: list[datetime] = []

    async def fire(slot: Slot) -> None:
        await fire_once(database)(slot)
        seen.append(slot.at)

    over = Schedule("over", "e", cron={"year": 1999})
    async with ticking(fire, wall, HOURLY, over):
        await queues(pool, "12:00")
        wall.at = NINE + MINUTE
        await pulses(wall)
        wall.at = NINE + HOUR + MINUTE
        await queues(pool, "10:00", "12:00")
        wall.at = NINE + 3 * HOUR + MINUTE
        await until(lambda: seen.count(NINE + 3 * HOUR) == 2)
    await queues(pool, "10:00", "11:00", "12:00")


async def pulses(wall: Wall) -> None:
    """Wait until the ticker has looked at the wall clock twice."""
    looks = 0
    real = wall.now

    def counting() -> datetime:
        nonlocal looks
        looks += 1
        return real()

    wall.now = counting
    await until(lambda: looks >= 2)
    wall.now = real


async def test_while_the_database_is_away_slots_wait(wall):
    failures = [DatabaseAway("gone"), DatabaseAway("still gone")]
    fired: list[datetime] = []

    async def fire(slot: Slot) -> None:
        if failures:
            raise failures.pop()
        fired.append(slot.at)

    async with ticking(fire, wall):
        await until(lambda: not failures)
        wall.at += HOUR
        await until(lambda: len(fired) == 2)
    assert fired == [NINE, NINE + HOUR]


async def test_stopping_does_not_wait_for_the_database(wall):
    tried = asyncio.Event()

    async def fire(slot: Slot) -> None:
        tried.set()
        raise DatabaseAway("gone")

    async with ticking(fire, wall) as stop:
        await tried.wait()
        stop.set()


async def test_an_unforeseen_error_is_not_swallowed(wall):
    async def fire(slot: Slot) -> None:
        raise ZeroDivisionError

    with pytest.raises(ExceptionGroup) as caught:
        await Ticker([HOURLY], fire, clock=wall).run(asyncio.Event())
    assert caught.group_contains(ZeroDivisionError)


async def test_taken_slots_are_forgotten_but_never_the_latest(pool, database):
    for name, hours in (("a", (0, 1, 2)), ("b", (0,))):
        for hour in hours:
            await pool.execute("INSERT INTO cron_slots VALUES ($1, $2)", name, NINE + hour * HOUR)
    async with database.routing(name="sweep") as tx:
        await forget_slots(tx, before=NINE + 2 * HOUR)
    left = await pool.fetch("SELECT name, slot FROM cron_slots ORDER BY name")
    assert [tuple(row) for row in left] == [("a", NINE + 2 * HOUR), ("b", NINE)]


def slots_after(schedule: Schedule, start: datetime, count: int) -> list[str]:
    trigger, slots, after = schedule.trigger(), [], start
    for _ in range(count):
        slot = trigger.get_next_fire_time(None, after).astimezone(UTC)
        slots.append(slot.strftime("%d %H:%M"))
        after = slot + timedelta(microseconds=1)
    return slots


def test_an_hour_that_the_clocks_repeat_fires_once():
    schedule = Schedule("s", "e", cron={"hour": 2, "minute": 30}, timezone="Europe/Berlin")
    start = datetime(2026, 10, 24, 12, tzinfo=UTC)
    assert slots_after(schedule, start, 3) == ["25 00:30", "26 01:30", "27 01:30"]


def test_an_hour_that_the_clocks_skip_fires_an_hour_later():
    schedule = Schedule("s", "e", cron={"hour": 2, "minute": 30}, timezone="Europe/Berlin")
    start = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert slots_after(schedule, start, 2) == ["29 01:30", "30 00:30"]


def test_every_hour_means_every_hour_when_the_clocks_go_back():
    schedule = Schedule("s", "e", cron={"minute": 0}, timezone="Europe/Berlin")
    start = datetime(2026, 10, 24, 23, 30, tzinfo=UTC)
    assert slots_after(schedule, start, 3) == ["25 00:00", "25 01:00", "25 02:00"]


def test_intervals_agree_whenever_a_replica_started():
    schedule = Schedule("s", "e", every=timedelta(seconds=90))
    first = last_due(schedule, NINE + timedelta(seconds=10))
    second = last_due(schedule, NINE + timedelta(seconds=80))
    assert first == second == NINE


def test_slots_within_a_minute_have_different_keys():
    schedule = Schedule("s", "e", every=timedelta(seconds=30))
    assert Slot(schedule, NINE).job.key == "cron:s:2026-11-23T09:00"
    later = Slot(schedule, NINE + timedelta(seconds=30))
    assert later.job.key == "cron:s:2026-11-23T09:00:30"


def test_the_last_due_slot_of_a_weekly_schedule_may_be_days_ago():
    schedule = Schedule("s", "e", cron={"day_of_week": "mon", "hour": 9})
    assert last_due(schedule, NINE + 6 * 24 * HOUR) == NINE


def test_the_only_slot_of_a_schedule_stays_its_last():
    once = {"year": 2026, "month": 11, "day": 23, "hour": 9}
    assert last_due(Schedule("s", "e", cron=once), NINE + HOUR) == NINE


def test_of_several_slots_just_due_the_latest_counts():
    schedule = Schedule("s", "e", every=timedelta(seconds=20))
    assert last_due(schedule, NINE + timedelta(seconds=50)) == NINE + timedelta(seconds=40)


def test_a_slot_due_this_very_moment_is_due():
    assert last_due(HOURLY, NINE) == NINE


@pytest.mark.parametrize("year", [1999, 2050])
def test_a_schedule_with_no_slot_near_has_none_due(year):
    assert last_due(Schedule("s", "e", cron={"year": year}), NINE) is None


def test_a_schedule_needs_either_fields_or_an_interval():
    with pytest.raises(ValueError, match="either"):
        Schedule("s", "e")
    with pytest.raises(ValueError, match="either"):
        Schedule("s", "e", cron={"minute": 0}, every=HOUR)


def test_two_schedules_may_not_share_a_name(wall):
    with pytest.raises(ValueError, match="share a name"):
        Ticker([HOURLY, HOURLY], _never, clock=wall)


async def _never(slot: Slot) -> None:
    raise AssertionError(slot)
