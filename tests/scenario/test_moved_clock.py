"""A clock that is moved forward, as the playground's page does: what is due by then happens."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from jobs.engine import queue_sizes
from playground.records import Message
from tests.databases import TestDatabase
from tests.stage import Stage, set_stage

HOUR = timedelta(hours=1)


@pytest_asyncio.fixture
async def stage(database: TestDatabase) -> AsyncIterator[Stage]:
    async with set_stage(database, movable=True) as stage:
        yield stage


def now(stage: Stage) -> datetime:
    return stage.services.now()


async def to(stage: Stage, weekday: int, hour: int) -> None:
    """Move on to this hour (UTC) of the next such day of the week (Monday is 1)."""
    here = now(stage)
    there = here.replace(hour=hour, minute=0, second=0, microsecond=0)
    there += timedelta(days=(weekday - here.isoweekday()) % 7)
    await stage.move_clock(there - here + (timedelta(weeks=1) if there <= here else timedelta()))


def boards(stage: Stage) -> list[Message]:
    general = stage.slack.state.find_channel(stage.workspace_id, "general")
    shown = stage.slack.state.history(stage.workspace_id, general.id)
    return [one for one in shown if "The last 12 weeks in numbers" in json.dumps(one.blocks)]


async def said_on(stage: Stage, weekday: int, hour: int) -> None:
    await stage.rows(
        "UPDATE members SET quiet_start_h = 19, quiet_end_h = 8, quiet_weekends = true"
    )
    await to(stage, weekday, hour)


async def test_monday_at_nine_posts_the_leaderboard_once(stage: Stage) -> None:
    await to(stage, 1, 9)
    await stage.slack.until(lambda: boards(stage))
    await stage.move_clock(HOUR)
    await stage.quiet()
    assert len(boards(stage)) == 1
    written = float(boards(stage)[0].ts)
    assert datetime.fromtimestamp(written, UTC).isoweekday() == 1


async def test_what_waits_for_the_morning_comes_before_the_leaderboard(stage: Stage) -> None:
    await said_on(stage, 6, 12)
    await stage.merge("person1", "person2")
    await stage.quiet()
    assert stage.person("person2").messages == []
    await to(stage, 1, 9)
    asked = await stage.until_dm("person2", "How good is it?")
    [board] = await stage.slack.until(lambda: boards(stage))
    sent = datetime.fromtimestamp(float(asked.ts), UTC)
    assert (sent.isoweekday(), sent.hour) == (1, 8)
    assert float(asked.ts) < float(board.ts)


async def test_a_week_and_a_day_asks_first_and_closes_then(stage: Stage) -> None:
    await said_on(stage, 6, 12)
    await stage.merge("person1", "person2")
    await stage.quiet()
    await stage.move_clock(timedelta(days=8))
    closed = await stage.until_dm("person2", "This survey is closed")
    asked_at = datetime.fromtimestamp(float(closed.ts), UTC)
    assert (asked_at.isoweekday(), asked_at.hour) == (1, 8)
    assert await stage.value("SELECT bool_and(asked_at IS NOT NULL) FROM parts")
    assert await stage.until_row("SELECT count(*) FROM surveys WHERE state = 'closed'") == 1


async def test_what_is_queued_for_later_on_a_moved_clock_still_comes_in_its_time(
    stage: Stage,
) -> None:
    """Jobs wait by PostgreSQL's time: on a clock a week ahead nothing waits a week too long."""
    await said_on(stage, 6, 12)
    await stage.merge("person1", "person2")
    await stage.quiet()
    due = await stage.value("SELECT min(send_at) FROM parts")
    queued = "SELECT min(execute_after) FROM pgqueuer.pgqueuer WHERE entrypoint = 'surveys.look'"
    assert await stage.value(queued) == due - stage.services.store.time.ahead()


async def test_the_clocks_own_slots_follow(stage: Stage) -> None:
    """A slot is the moved clock's: the next sweeps are whole half minutes on it."""
    await stage.move_clock(timedelta(days=3, seconds=11))
    await stage.quiet()
    slots = await stage.rows("SELECT slot FROM cron_slots WHERE name = 'sweep' ORDER BY slot")
    assert slots[-1]["slot"] > now(stage) - timedelta(minutes=1)
    assert all(one["slot"].second in (0, 30) for one in slots)
    async with stage.services.store.pool.acquire() as connection:
        assert [one for one in await queue_sizes(connection) if one.failed] == []


async def test_while_the_database_is_away_the_clock_moves_all_the_same(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = now(stage)
    stage.services.store.database._pool.terminate()
    await stage.move_clock(HOUR)
    assert now(stage) >= before + HOUR
