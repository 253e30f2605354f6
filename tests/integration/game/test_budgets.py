"""Nobody is asked too often, at night, or while they rest; what is left out is left out whole."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.budgets import QuietHours, is_quiet
from bot.domain.deliveries import PullRequestNews
from bot.integrations.github.payloads import read
from bot.use_cases import members, pull_requests, surveys
from storage.surveys import due
from tests.databases import TestDatabase
from tests.integration.game.support import NOON, World, login, make_world, slack_id
from tests.stories import Story

HOUR = timedelta(hours=1)
ZONES = ("UTC", "Asia/Kolkata", "America/Los_Angeles", "Pacific/Auckland")
PEOPLE = ("person1", "person2", "person3", "person4")
NUMBERS = count(1)


def merged(number: int, at: datetime, author: str, *approvers: str) -> list[Any]:
    story = Story(number, at - HOUR, author=login(author), merged_at=at)
    reviews = [
        story.reviewed(login(name), "approved", at, review=review)
        for review, name in enumerate(approvers, start=1)
    ]
    return [*reviews, story.merged()]


async def record(world: World, coin: float, number: int, author: str, *approvers: str) -> None:
    """A merge whose luck is known."""
    for told in merged(number, world.now, author, *approvers):
        news = read(told.event, told.body)
        assert isinstance(news, PullRequestNews)
        async with world.transaction() as tx:
            await pull_requests.record(tx, news.snapshot, coin=coin, now=world.now)
    await world.settle()


async def drawn(world: World, number: int) -> tuple[Any, ...]:
    (row,) = await world.rows("SELECT state, probability FROM surveys WHERE number = $1", number)
    return row["state"], row["probability"]


async def test_a_full_day_puts_the_whole_pull_request_to_the_draw(world: World) -> None:
    await world.game(daily_budget=1, weekly_budget=8)
    await record(world, 0.999, 1, "person1", "person2")
    await record(world, 0.5, 2, "person3", "person2")
    assert await drawn(world, 1) == ("open", 1.0)
    assert await drawn(world, 2) == ("drawn_out", 0.5)
    assert await world.parts(2) == []
    await record(world, 0.499, 3, "person3", "person2")
    assert await drawn(world, 3) == ("open", 0.5)
    assert (await world.part(3, "person3"))["asked_at"] == NOON
    tomorrow = await world.part(3, "person2")
    assert (tomorrow["state"], tomorrow["send_at"]) == ("waiting", NOON + 12 * HOUR)
    await record(world, 0.3, 4, "person4", "person2")
    assert await drawn(world, 4) == ("drawn_out", 0.25)


async def test_a_drawn_out_pull_request_stays_out_whatever_comes_later(world: World) -> None:
    await world.game(daily_budget=1, weekly_budget=1)
    await record(world, 0.0, 1, "person1", "person2")
    # Wednesday to next Monday: in time for the expiry, so there is a chance.
    await record(world, 0.9, 2, "person1", "person2")
    assert await drawn(world, 2) == ("drawn_out", 0.5)
    story = Story(2, NOON - HOUR, merged_at=NOON)
    await world.tell(story.reviewed("person3-gh", "approved", NOON + HOUR, review=9))
    assert await world.parts(2) == []


async def test_where_nobody_can_be_asked_in_time_the_chance_is_none(world: World) -> None:
    await world.run("UPDATE members SET snoozed_until = $1", NOON + timedelta(days=30))
    await record(world, 0.0, 1, "person1", "person2")
    assert await drawn(world, 1) == ("drawn_out", 0.0)


async def test_a_question_waits_for_the_morning_and_new_quiet_hours_move_it(
    world: World,
) -> None:
    await world.run("UPDATE members SET quiet_start_h = 11, quiet_end_h = 15")
    await record(world, 0.0, 1, "person1", "person2")
    assert (await world.part(1, "person1"))["send_at"] == NOON + 3 * HOUR
    world.wait(hours=1)
    async with world.transaction() as tx:
        quiet = QuietHours(20, 8, weekends=False)
        await members.set_quiet_hours(tx, slack_id("person1"), quiet, now=world.now)
    await world.settle()
    assert (await world.part(1, "person1"))["asked_at"] == NOON + HOUR
    assert (await world.part(1, "person2"))["asked_at"] is None


async def test_a_snooze_puts_off_what_waits_and_its_end_brings_it_at_once(world: World) -> None:
    await world.run("UPDATE members SET snoozed_until = $1", NOON + HOUR)
    await record(world, 0.0, 1, "person1", "person2")
    async with world.transaction() as tx:
        await members.snooze(tx, slack_id("person1"), days=28, now=world.now)
        await members.snooze(tx, slack_id("person2"), days=28, now=world.now)
    await world.settle()
    assert await world.parts(1) == [("person1", "author", False), ("person2", "reviewer", True)]
    world.wait(days=4)
    async with world.transaction() as tx:
        await members.resume(tx, slack_id("person1"), now=world.now)
    await world.settle()
    assert (await world.part(1, "person1"))["asked_at"] == world.now
    world.wait(days=1)
    await world.settle()
    assert await world.parts(1) == [("person1", "author", False)]


async def test_a_stop_takes_back_what_waits_for_good(world: World) -> None:
    await world.run("UPDATE members SET snoozed_until = $1", NOON + HOUR)
    await record(world, 0.0, 1, "person1", "person2")
    async with world.transaction() as tx:
        await members.stop(tx, slack_id("person2"), now=world.now)
    world.wait(hours=2)
    await world.settle()
    async with world.transaction() as tx:
        await members.resume(tx, slack_id("person2"), now=world.now)
    await world.settle()
    assert (await world.part(1, "person2"))["asked_at"] is None
    assert (await world.part(1, "person1"))["asked_at"] is not None


async def test_only_the_very_first_message_introduces(world: World) -> None:
    await record(world, 0.0, 1, "person1", "person2")
    await record(world, 0.0, 2, "person1", "person2")
    for name in ("person1", "person2"):
        assert "Who sees what" in await world.message(1, name)
        assert "Who sees what" not in await world.message(2, name)


@st.composite
def three_weeks(draw: st.DrawFn) -> list[tuple[str, Any]]:
    """Merges by the dozen, nights, weekends, snoozes, late approvals."""
    who = st.sampled_from(PEOPLE)
    burst = st.tuples(
        st.just("merge"), st.lists(st.tuples(who, st.sets(who, max_size=3)), min_size=1, max_size=6)
    )
    step = st.one_of(
        burst,
        burst,
        st.tuples(st.just("wait"), st.integers(1, 9)),
        st.tuples(st.just("wait"), st.integers(6, 30)),
        st.tuples(st.just("snooze"), st.tuples(who, st.sampled_from([1, 3, 7]))),
        st.tuples(st.just("resume"), who),
        st.tuples(st.just("approve"), who),
    )
    return draw(st.lists(step, min_size=25, max_size=45))


async def sweep(world: World) -> None:
    """Look at whatever is due, until nothing is."""
    async with world.transaction() as tx:
        found = await due(tx, now=world.now)
    await asyncio.gather(*(world.look(survey_id) for survey_id in found))


async def pass_time(world: World, hours: int) -> None:
    until = world.now + timedelta(hours=hours)
    while world.now < until:
        world.now = min(until, world.now + 3 * HOUR)
        await sweep(world)
        await check_manners(world)


async def check_manners(world: World) -> None:
    """Whoever has just been asked was awake."""
    for row in await world.rows(
        "SELECT m.timezone, m.snoozed_until FROM parts p JOIN members m USING (workspace_id,"
        " member_id) WHERE p.asked_at = $1",
        world.now,
    ):
        assert not is_quiet(world.now, timezone=row["timezone"], quiet=QuietHours())
        assert row["snoozed_until"] is None or row["snoozed_until"] <= world.now


async def check_caps(world: World) -> None:
    days: Counter[tuple[str, object]] = Counter()
    weeks: Counter[tuple[str, object]] = Counter()
    for row in await world.rows(
        "SELECT p.slack_user_id AS who, p.asked_at, m.timezone FROM parts p"
        " JOIN members m USING (workspace_id, member_id) WHERE p.asked_at IS NOT NULL"
    ):
        clock = row["asked_at"].astimezone(ZoneInfo(row["timezone"]))
        days[row["who"], clock.date()] += 1
        weeks[row["who"], clock.isocalendar()[:2]] += 1
    assert max(days.values(), default=0) <= 3
    assert max(weeks.values(), default=0) <= 8


async def check_draws(world: World) -> None:
    """A pull request is asked about as a whole, with a chance, or not at all."""
    for row in await world.rows(
        "SELECT s.state, s.probability, count(p.part_id) AS parts FROM surveys s"
        " LEFT JOIN parts p USING (workspace_id, survey_id) GROUP BY s.survey_id, s.state,"
        " s.probability"
    ):
        assert (row["parts"] == 0) is (row["state"] == "drawn_out")
        assert row["state"] == "drawn_out" or row["probability"] > 0


async def act(world: World, kind: str, what: Any, seen: list[Story]) -> None:
    if kind == "merge":
        stories = []
        for author, approvers in what:
            number = next(NUMBERS)
            seen.append(Story(number, world.now, author=login(author), merged_at=world.now))
            stories.append(merged(number, world.now, author, *sorted(approvers)))
        await asyncio.gather(*(world.tell(*story) for story in stories))
        await sweep(world)
        await check_manners(world)
    elif kind == "approve" and seen:
        late = seen[-1].reviewed(login(what), "approved", world.now, review=next(NUMBERS))
        await world.tell(late)
    elif kind in ("snooze", "resume"):
        async with world.transaction() as tx:
            if kind == "snooze":
                await members.snooze(tx, slack_id(what[0]), days=what[1], now=world.now)
            else:
                await members.resume(tx, slack_id(what), now=world.now)


@given(steps=three_weeks())
@settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=[*HealthCheck],
)
async def test_three_weeks_of_merges_never_ask_anybody_too_often_or_too_late(
    shared_database: TestDatabase, steps: list[tuple[str, Any]]
) -> None:
    async with make_world(shared_database, people=len(PEOPLE)) as world:
        await world.game(daily_budget=3, weekly_budget=8)
        for name, zone in zip(PEOPLE, ZONES, strict=True):
            await world.run(
                "UPDATE members SET quiet_start_h = 19, quiet_end_h = 8, quiet_weekends = true,"
                " timezone = $2 WHERE slack_user_id = $1",
                slack_id(name),
                zone,
            )
        seen: list[Story] = []
        for kind, what in steps:
            world.wait(minutes=1)
            if kind == "wait":
                await pass_time(world, what)
            else:
                await act(world, kind, what, seen)
        await pass_time(world, 8 * 24)
        await check_caps(world)
        await check_draws(world)
        assert await world.value("SELECT count(*) FROM surveys WHERE state = 'open'") == 0


@pytest.mark.parametrize("seed", range(3))
async def test_merges_processed_at_once_do_not_share_the_last_place_of_a_day(
    world: World, seed: int
) -> None:
    await world.game(daily_budget=2, weekly_budget=3)
    numbers = [next(NUMBERS) for _ in range(6)]
    await asyncio.gather(
        *(world.tell(*merged(n, NOON, PEOPLE[(n + seed) % 4], "person1")) for n in numbers)
    )
    await asyncio.gather(*(world.settle(n) for n in numbers))
    times = await world.rows("SELECT send_at FROM parts WHERE slack_user_id = 'UPERSON1'")
    days = Counter(row["send_at"].date() for row in times)
    assert max(days.values()) <= 2
    assert await surveys_asked_on(world, NOON) <= 2


async def surveys_asked_on(world: World, day: datetime) -> int:
    found: int = await world.value(
        "SELECT count(*) FROM parts WHERE slack_user_id = 'UPERSON1' AND asked_at = $1", day
    )
    return found


async def test_a_look_at_what_is_not_there_or_over_does_nothing(world: World) -> None:
    async with world.transaction() as tx:
        await surveys.look(tx, 10**9, now=NOON)  # type: ignore[arg-type]
    assert await world.value("SELECT count(*) FROM outbox") == 0
