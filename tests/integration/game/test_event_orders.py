"""GitHub's events come late, twice and in any order: the end is the same."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import Conflict
from tests.integration.game.support import NOON, World, login
from tests.stories import SECOND, Story, Told

NUMBERS = count(1000)
START = NOON - timedelta(minutes=5)
MARKER = "🤖 Generated with [Claude Code](https://claude.com/claude-code)"
REVIEWERS = ("person1", "person2", "person3", "stranger")
VERDICTS = ("approved", "changes_requested", "commented")


@dataclass(frozen=True)
class Event:
    """One thing that happened `at` a second; `ref` is a review's number, `noise` sets a title."""

    kind: str
    at: int
    who: str = ""
    verdict: str = ""
    ref: int = 0
    dismissed_at: int = 0
    noise: int = 0
    marked: bool = False
    unmerged: bool = False


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """A pull request's life within a few seconds, so that many things share one."""
    merged_at = draw(st.integers(1, 6))
    seconds = st.integers(0, 8)
    titles = st.integers(0, 2)
    events = [Event("opened", 0), Event("merged", merged_at)]
    for kind in draw(st.lists(st.sampled_from(["edited", "synchronized"]), max_size=3)):
        marked = draw(st.sampled_from([False, False, False, True]))
        events.append(Event(kind, draw(seconds), noise=draw(titles), marked=marked))
    reviewing = st.tuples(st.sampled_from(REVIEWERS), st.sampled_from(VERDICTS), seconds)
    for ref, (who, verdict, at) in enumerate(draw(st.lists(reviewing, max_size=6)), start=1):
        events.append(Event("reviewed", at, who, verdict, ref, noise=draw(titles)))
        if verdict != "commented" and draw(st.booleans()):
            gone_at = at + draw(st.integers(0, 2))
            events.append(Event("dismissed", at, who, ref=ref, dismissed_at=gone_at))
    return [
        replace(e, unmerged=draw(st.booleans())) if e.at == merged_at and e.kind != "merged" else e
        for e in events
    ]


def when(second: int) -> Any:
    return START + second * SECOND


def told(event: Event, number: int, merged_at: int) -> Told:
    merged = None if event.unmerged else when(merged_at)
    title = f"Title {event.noise}"
    body = MARKER if event.marked else "Clean."
    story = Story(number, START, title=title, body=body, merged_at=merged)
    at = when(event.at)
    match event.kind:
        case "opened":
            return story.opened()
        case "merged":
            return story.merged()
        case "edited":
            return story.edited(at)
        case "synchronized":
            return story.synchronized(at)
        case "reviewed":
            return story.reviewed(login(event.who), event.verdict, at, review=event.ref)
        case _:
            gone_at = when(event.dismissed_at)
            return story.dismissed(login(event.who), gone_at, review=event.ref, submitted_at=at)


def tell_all(events: list[Event], number: int) -> list[Told]:
    merged_at = next(event.at for event in events if event.kind == "merged")
    return [told(event, number, merged_at) for event in events]


async def state_of(world: World, number: int) -> dict[str, Any]:
    """Everything that matters about a pull request, without its number and our row ids."""
    tables = {
        "pull": "SELECT * FROM pull_requests WHERE number = $1",
        "reviews": "SELECT * FROM reviews WHERE number = $1 ORDER BY review_id",
        "surveys": "SELECT state, rating_only, probability FROM surveys WHERE number = $1",
        "parts": "SELECT p.slack_user_id, p.role, p.guessable, p.state FROM parts p"
        " JOIN surveys s USING (workspace_id, survey_id)"
        " WHERE s.number = $1 AND p.state <> 'closed' ORDER BY p.slack_user_id",
    }
    return {
        name: [row | {"number": 0} for row in await world.rows(statement, number)]
        for name, statement in tables.items()
    }


async def a_new_number(world: World) -> int:
    """A pull request of its own; what was asked before has long been out of everybody's budget."""
    await world.run("UPDATE parts SET send_at = send_at - interval '60 days'")
    return next(NUMBERS)


async def in_order(world: World, events: list[Event]) -> dict[str, Any]:
    number = await a_new_number(world)
    ordered = sorted(events, key=lambda e: e.dismissed_at or e.at)
    await world.tell(*tell_all(ordered, number))
    await world.settle(number)
    return await state_of(world, number)


@given(events=histories(), chance=st.randoms(use_true_random=False))
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_every_order_and_number_of_events_ends_in_the_same_state(
    world: World, events: list[Event], chance: Any
) -> None:
    expected = await in_order(world, events)
    number = await a_new_number(world)
    shuffled = [*events, *chance.sample(events, k=min(3, len(events)))]
    chance.shuffle(shuffled)
    for number_told, one in enumerate(tell_all(shuffled, number)):
        await world.tell(one)
        if number_told % 3 == 0:
            await world.settle(number)
    await world.settle(number)
    assert await state_of(world, number) == expected


@pytest.mark.parametrize("seed", range(4))
async def test_workers_that_process_one_pull_requests_events_at_once_end_the_same(
    world: World, seed: int
) -> None:
    events = [
        Event("opened", 0),
        *(Event("reviewed", n, f"person{n}", "approved", n) for n in range(2, 7)),
        Event("reviewed", 1, "person1", "approved", 1),
        Event("dismissed", 3, "person3", ref=3, dismissed_at=8),
        Event("dismissed", 1, "person1", ref=1, dismissed_at=9),
        Event("merged", 5),
        *(Event("edited", 4 + n, noise=n) for n in range(4)),
    ]
    expected = await in_order(world, events)
    number = await a_new_number(world)
    queue = tell_all(events, number)
    # Another order each time, all of it at once, twice, with looks in between.
    turned = queue[seed * 3 :] + queue[: seed * 3]
    looks = (looked(world, number) for _ in range(4))
    await asyncio.gather(*(world.tell(one) for one in [*turned, *reversed(turned)]), *looks)
    await world.settle(number)
    assert await state_of(world, number) == expected


async def looked(world: World, number: int) -> None:
    await world.settle(number)


async def test_looks_at_surveys_that_share_their_people_never_block_each_other(
    world: World,
) -> None:
    """Authors and reviewers crossed: whoever locks people one by one deadlocks here."""
    until = NOON + timedelta(hours=1)
    numbers = [next(NUMBERS) for _ in range(8)]
    await world.run("UPDATE members SET snoozed_until = $1", until)
    for place, number in enumerate(numbers):
        author, *reviewers = [f"person{1 + (place + step) % 6}" for step in range(4)]
        story = Story(number, START, author=login(author), merged_at=START + 30 * SECOND)
        for review, who in enumerate(reviewers):
            await world.tell(story.reviewed(login(who), "approved", START, review=review))
        await world.tell(story.merged())
    world.now = until + timedelta(minutes=1)
    try:
        await asyncio.gather(*(world.settle(number) for number in numbers * 2))
    except Conflict as error:
        pytest.fail(f"deadlock: {error}")
    waiting = "SELECT count(*) FROM parts WHERE state = 'waiting'"
    assert await world.value(waiting) == 0
