"""The weekly leaderboard: once for each slot, in time or late, and right."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from bot.domain.ids import WorkspaceId
from bot.domain.leaderboards import week_of
from bot.errors import UserError
from bot.use_cases import leaderboards
from jobs.engine import QueuedJob
from jobs.leaderboards import LeaderboardPoster
from tests.databases import TestDatabase
from tests.integration.game.histories import write_history
from tests.integration.game.support import NOON, World, login, make_world, slack_id
from tests.stories import Story

CHANNEL = "C123"
DUE = QueuedJob("leaderboards.due", WorkspaceId(""), "", 1)
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest_asyncio.fixture
async def lone(database: TestDatabase) -> AsyncIterator[World]:
    """A world with a database of its own: `leaderboards.due` asks for every workspace's."""
    async with make_world(database) as made:
        await made.game(leaderboard_channel=CHANNEL)
        yield made


def poster(world: World) -> LeaderboardPoster:
    return LeaderboardPoster(world.db, lambda: world.now)


async def tick(world: World, *, clocks: int = 1) -> list[str]:
    """The clock comes round, in several processes at once; what it queues is done."""
    await asyncio.gather(*(poster(world).due(DUE) for _ in range(clocks)))
    jobs = await world.rows(
        "DELETE FROM pgqueuer.pgqueuer WHERE entrypoint = 'leaderboards.post'"
        " RETURNING convert_from(payload, 'UTF8') AS ref"
    )
    for job in [*jobs, *jobs]:
        ref = QueuedJob("leaderboards.post", world.team, job["ref"], 1)
        await asyncio.gather(*(poster(world).post(ref) for _ in range(clocks)))
    return [job["ref"] for job in jobs]


async def posts(world: World) -> list[str]:
    rows = await world.rows(
        "SELECT effect_key FROM outbox WHERE effect_key LIKE 'leaderboard:%' ORDER BY outbox_id"
    )
    return [row["effect_key"].removeprefix("leaderboard:") for row in rows]


async def test_each_week_is_posted_once_whatever_clocks_and_restarts_do(lone: World) -> None:
    for _ in range(2 * 7 * 24):
        lone.wait(hours=1)
        await tick(lone, clocks=2 if lone.now.hour == 9 else 1)
    assert await posts(lone) == ["2026-W48", "2026-W49"]


async def test_a_post_missed_while_the_bot_was_down_comes_late_and_once(lone: World) -> None:
    lone.wait(days=12)
    await tick(lone)
    lone.wait(hours=1)
    await tick(lone)
    assert await posts(lone) == ["2026-W49"]


async def test_no_slot_from_before_the_game_or_the_channel_was_set_is_posted(
    lone: World,
) -> None:
    lone.now = MONDAY + timedelta(hours=1)
    await lone.game(weekday=1, hour=10)
    await tick(lone)
    assert await posts(lone) == []
    lone.wait(days=7)
    await tick(lone)
    assert await posts(lone) == ["2026-W49"]


@pytest.mark.parametrize("change", [{"switched_on_at": None}, {"leaderboard_channel": None}])
async def test_without_game_or_channel_nothing_is_posted_not_even_later(
    lone: World, change: dict[str, Any]
) -> None:
    await lone.game(**change)
    lone.now = MONDAY
    await tick(lone)
    assert not await poster_posts(lone, "2026-W48")
    back = {"switched_on_at": lone.now, "leaderboard_channel": CHANNEL}
    await lone.game(**{name: back[name] for name in change})
    lone.wait(hours=1)
    await tick(lone)
    assert await posts(lone) == []


async def poster_posts(world: World, slot: str) -> bool:
    async with world.transaction() as tx:
        return await leaderboards.post(tx, slot, now=world.now)


@pytest.mark.parametrize(
    ("zone", "weekday", "hour", "since", "slots"),
    [
        # Berlin's clocks go back on 2026-10-25 and forward on 2027-03-28.
        ("Europe/Berlin", 1, 9, "2026-10-17", ["2026-10-19T07:00", "2026-10-26T08:00"]),
        ("Europe/Berlin", 7, 2, "2026-10-17", ["2026-10-18T00:00", "2026-10-25T00:00"]),
        ("Europe/Berlin", 7, 2, "2027-03-20", ["2027-03-21T01:00", "2027-03-28T01:00"]),
        ("America/New_York", 5, 17, "2026-10-29", ["2026-10-30T21:00", "2026-11-06T22:00"]),
        ("Asia/Kathmandu", 1, 9, "2026-11-14", ["2026-11-16T03:15", "2026-11-23T03:15"]),
    ],
)
async def test_it_is_posted_on_the_workspaces_own_clock_through_every_change_of_it(
    lone: World, zone: str, weekday: int, hour: int, since: str, slots: list[str]
) -> None:
    lone.now = datetime.fromisoformat(since).replace(tzinfo=UTC)
    await lone.game(timezone=zone, weekday=weekday, hour=hour)
    first = datetime.fromisoformat(slots[0]).replace(tzinfo=UTC)
    for at in (first - timedelta(minutes=15), first, first + timedelta(minutes=15)):
        lone.now = at
        await tick(lone)
        assert await posts(lone) == ([week_of(first, zone)] if at >= first else [])
    second = datetime.fromisoformat(slots[1]).replace(tzinfo=UTC)
    for at in (second - timedelta(minutes=15), second, second + timedelta(hours=1)):
        lone.now = at
        await tick(lone)
    assert await posts(lone) == [week_of(first, zone), week_of(second, zone)]


async def test_a_schedule_moved_after_the_weeks_post_gives_no_second_one(lone: World) -> None:
    lone.now = MONDAY
    await tick(lone)
    await lone.game(weekday=5)
    lone.now = MONDAY + timedelta(days=5)
    await tick(lone)
    assert await posts(lone) == ["2026-W48"]
    lone.wait(days=7)
    await tick(lone)
    assert await posts(lone) == ["2026-W48", "2026-W49"]


async def text_of(world: World) -> str:
    async with world.transaction() as tx:
        return json.dumps(await leaderboards.show(tx), ensure_ascii=False)


async def post(world: World, slot: str = "2026-W48") -> str:
    assert await poster_posts(world, slot)
    return await world.shown(f"leaderboard:{slot}") or ""


@pytest_asyncio.fixture
async def league(shared_database: TestDatabase) -> AsyncIterator[World]:
    """Ten people who have been introduced; person1 … person5 guess better the lower the number."""
    async with make_world(shared_database, people=10) as world:
        await world.game(leaderboard_channel=CHANNEL)
        await world.run("UPDATE members SET introduced_at = $1", NOON)
        await write_history(world)
        world.now = MONDAY
        yield world


async def test_a_constructed_history_is_ranked_as_it_should_be(league: World) -> None:
    told = await post(league)
    places = [told.index(f"Person{number}") for number in (1, 2, 4)]
    assert places == sorted(places)
    assert ":second_place_medal: Person2, Person3" in told
    assert "Person6" not in told.partition("Super")[0]
    assert "Merged: 50 pull requests" in told
    assert "Authors said AI was involved: 50% (n = 50 answers)" in told
    assert "(n = 250 guesses)" in told
    assert "within: 2.5 hours (n = 50 pull requests)" in told
    assert "Rating, from 1 (could be better) to 3 (super): 2." in told


async def test_quality_champions_are_the_authors_reviewers_love(league: World) -> None:
    told = await post(league)
    assert told.index("Person10") < told.index("Person9")


async def test_a_name_taken_off_leaves_no_gap(league: World) -> None:
    await league.run("UPDATE members SET name_shown = false WHERE slack_user_id = 'UPERSON1'")
    told = await post(league)
    detectives = told.partition("Most “Super”")[0]
    assert "Person1," not in detectives
    assert ":first_place_medal:" not in detectives or ":first_place_medal: Person1\\n" not in told
    assert "not enough names" in detectives


async def test_where_names_are_opt_in_only_those_who_said_so_are_named(league: World) -> None:
    await league.game(names_opt_in=True)
    told = await post(league)
    assert "Person" not in told
    assert "The last 12 weeks in numbers" in told
    assert "Merged: 50" in told
    await league.run("UPDATE members SET name_shown = true")
    assert "Person1" in await text_of(league)


async def test_who_was_never_introduced_is_not_named(league: World) -> None:
    await league.run("UPDATE members SET introduced_at = NULL")
    assert "Person" not in await post(league)


async def test_nothing_older_than_twelve_weeks_counts(league: World) -> None:
    league.wait(weeks=12)
    told = await post(league)
    assert "Person" not in told
    assert "Merged: 0 pull requests" in told
    assert "Authors said AI was involved: not enough data" in told


async def answered_by(world: World, person: int, said: str) -> None:
    """Somebody's pull request is merged and they answer; their reviewer guesses."""
    world.wait(minutes=1)
    number, reviewer = 1000 + person, f"person{person % 10 + 1}"
    story = Story(number, world.now, author=login(f"person{person}"), merged_at=world.now)
    await world.tell(story.reviewed(login(reviewer), "approved", world.now, review=1))
    await world.tell(story.merged())
    await world.settle(number)
    await world.answers(number, f"person{person}", said)
    await world.rates_and_guesses(number, reviewer, "yes")


SENSITIVE = ("Authors said", "Guesses that were right", "Rating, from")


def sensitive(told: str) -> list[str]:
    return [row for row in told.split("\\n") if row.startswith(SENSITIVE)]


async def test_two_posts_around_one_answer_do_not_tell_it(league: World) -> None:
    first = await post(league, "1")
    assert len(sensitive(first)) == 3
    await answered_by(league, 10, "helped")
    second = await post(league, "2")
    assert "Merged: 51 pull requests" in second
    assert sensitive(second) == sensitive(first)
    for person in range(1, 6):
        await answered_by(league, person, "helped" if person < 4 else "no")
    third = await post(league, "3")
    assert "Authors said AI was involved: 52% (n = 56 answers)" in third
    assert "(n = 256 guesses)" in third
    assert sensitive(await text_of(league)) == sensitive(third)


async def test_only_the_newest_post_keeps_what_its_numbers_rest_on(league: World) -> None:
    for slot in ("1", "2"):
        await post(league, slot)
    rows = await league.rows("SELECT slot FROM leaderboards WHERE basis IS NOT NULL")
    assert rows == [{"slot": "2"}]


async def test_posts_at_one_moment_follow_each_other(league: World) -> None:
    await asyncio.gather(*(poster_posts(league, slot) for slot in "123"))
    assert await league.value("SELECT count(*) FROM leaderboards WHERE basis IS NOT NULL") == 1


async def test_the_command_shows_the_latest_post_and_not_what_came_since(league: World) -> None:
    assert "no leaderboard yet" in await text_of(league)
    await post(league)
    before = await text_of(league)
    assert "50% (n = 50 answers)" in before
    await answered_by(league, 10, "helped")
    assert await text_of(league) == before


async def test_a_name_taken_off_since_the_latest_post_is_not_shown_again(league: World) -> None:
    await post(league)
    await league.run("UPDATE members SET name_shown = false")
    assert "Person" not in await text_of(league)


async def post_now(world: World, name: str = "person1") -> None:
    async with world.transaction() as tx:
        await leaderboards.post_now(tx, slack_id(name), now=world.now)


async def test_an_admin_can_post_it_now_and_the_weeks_own_still_comes(lone: World) -> None:
    await post_now(lone)
    await post_now(lone)
    lone.now = MONDAY
    await tick(lone)
    assert await posts(lone) == ["now:2026-11-18T12:00:00+00:00", "2026-W48"]
    posted = "SELECT count(*) FROM audits WHERE action = 'leaderboard.posted'"
    assert await lone.value(posted) == 1


@pytest.mark.parametrize(
    ("name", "change", "why"),
    [
        ("person2", {}, "Only workspace admins"),
        ("person1", {"leaderboard_channel": None}, "Choose the leaderboard's channel"),
        ("person1", {"switched_on_at": None}, "The game is off"),
    ],
)
async def test_it_is_not_posted_now_where_it_cannot_be_and_the_asker_learns_why(
    lone: World, name: str, change: dict[str, Any], why: str
) -> None:
    await lone.game(**change)
    with pytest.raises(UserError, match=why):
        await post_now(lone, name)
    assert await posts(lone) == []


async def test_ratings_of_work_whose_author_was_not_asked_praise_nobody(lone: World) -> None:
    story = Story(5, lone.now, author="stranger", merged_at=lone.now)
    await lone.tell(story.reviewed(login("person2"), "approved", lone.now, review=1))
    await lone.tell(story.merged())
    await lone.settle()
    await lone.rates(5, "person2", "super")
    assert "Merged: 1 pull request\\n" in await post(lone)


async def test_an_empty_workspace_gets_an_honest_post(lone: World) -> None:
    told = await post(lone)
    assert "Merged: 0 pull requests" in told
    assert told.count("not enough data") == 4


async def test_my_stats_count_my_own_and_name_no_pull_request(league: World) -> None:
    async with league.transaction() as tx:
        told = json.dumps(await leaderboards.stats_of(tx, slack_id("person1")))
    assert "*50 of 50*" in told
    assert "50 surveys" in told
    assert "Title" not in told


async def test_ten_thousand_surveys_are_counted_while_one_waits(
    database: TestDatabase,
) -> None:
    async with make_world(database, people=60) as world:
        await world.game(leaderboard_channel=CHANNEL)
        await world.run("UPDATE members SET introduced_at = $1", NOON)
        await write_history(world, pull_requests=10_000, guessers=3)
        world.now = MONDAY
        await world.run("ANALYZE pull_requests")
        # A plan that reads everything for each row would not come back within the test's limit.
        assert await poster_posts(world, "2026-W48")
