"""Every night the sync finds what webhooks had missed, counts it, and puts it right."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from bot import failpoints
from bot.errors import DatabaseAway
from bot.use_cases import pull_requests, syncs
from bot.use_cases.syncs import PageRead, Place, Sync
from tests.integration.discoveries.races import REPOSITORY, START, State, look, states, webhook
from tests.integration.game.support import World
from tests.scenario.places import around

# Failed at in a test below; the job is done again.
FOLLOWING_MERGES = around("follow_merge")
HISTORY = State()
_CONNECT = """
    INSERT INTO connections (workspace_id, service, kind, account, state, connected_at)
         VALUES ($1, 'github', $2, 'codertocat', 'active', now()) RETURNING connection_id
"""


async def a_place(world: World, *, kind: str = "app", history: bool = False) -> Place:
    number: int = await world.value(_CONNECT, world.team, kind)
    repository: Any = REPOSITORY["id"]
    await world.run(
        "UPDATE repositories SET connection_id = $1, pass_until = $2, pass_began_at = $2",
        number,
        START,
    )
    return Place(
        repository_id=repository,
        full_name=REPOSITORY["full_name"],
        node_id="R_1",
        connection_id=number,
        cursor=None,
        page_size=50,
        until=START - timedelta(days=1),
        history=history,
    )


async def missed(world: World, place: Place, *known: State) -> int:
    """What the night's page shows: pull requests 1, 2, … in these states."""
    seen = [look(number, state) for number, state in enumerate(known, start=1)]
    page = PageRead(REPOSITORY["full_name"], "R_1", seen, "next", len(seen), START, START)
    async with world.transaction() as tx:
        return await syncs.keep_page(tx, place, page, Sync(began_at=world.now), now=world.now)


MOMENTS = ["reviewed", "merged"]


async def test_what_webhooks_told_is_not_missed_and_what_they_did_not_is(world: World) -> None:
    known = states(MOMENTS)
    for number in (1, 2, 3):
        await world.tell(webhook(number, "reviewed", known[1]))
    await world.tell(webhook(1, "merged", known[2]))
    place = await a_place(world)
    # The second's merge and the fourth altogether never came; of the third nothing is new.
    assert await missed(world, place, known[2], known[2], known[1], known[2]) == 2
    assert await missed(world, place, known[2], known[2], known[1], known[2]) == 0


async def test_a_missed_review_is_missed(world: World) -> None:
    known = states(["reviewed"])
    await world.tell(webhook(1, "edited", known[1]))
    assert await missed(world, await a_place(world), known[1]) == 1


@pytest.mark.parametrize(("kind", "history"), [("token", False), ("app", True)])
async def test_without_webhooks_and_in_the_past_nothing_can_be_missed(
    world: World, kind: str, history: bool
) -> None:
    place = await a_place(world, kind=kind, history=history)
    assert await missed(world, place, states(MOMENTS)[-1]) == 0


async def test_what_has_just_happened_may_still_be_on_its_way(world: World) -> None:
    place = await a_place(world)
    world.now = START + timedelta(minutes=5)
    assert await missed(world, place, states(MOMENTS)[-1]) == 0


async def keep(world: World, *numbers: int) -> None:
    """A look finds these pull requests, merged two days ago less an hour."""
    world.now = START + timedelta(hours=47)
    await world.run("UPDATE games SET switched_on_at = $1", START - timedelta(days=1))
    found = [look(number, states(["merged"])[-1]) for number in numbers]
    async with world.transaction() as tx:
        await pull_requests.keep_snapshots(tx, found, history=False, now=world.now)


async def test_a_merge_that_webhooks_missed_still_asks_within_two_days(world: World) -> None:
    """As product.md has it: less than 48 hours old, after the game was switched on, no backfill."""
    await keep(world, 1)
    await world.follow_merges()
    assert await world.surveys() == [(1, "open")]


async def test_a_page_is_kept_before_anybody_is_asked_and_each_merge_is_followed_alone(
    world: World,
) -> None:
    """Two pages that drew among the same people in turn would block each other."""
    await keep(world, 1, 2)
    assert await world.surveys() == []
    await world.follow_merges()
    assert await world.surveys() == [(1, "open"), (2, "open")]


async def test_a_merge_that_a_webhook_tells_of_first_is_not_asked_about_twice(world: World) -> None:
    await keep(world, 1)
    await world.tell(webhook(1, "merged", states(["merged"])[-1]))
    await world.follow_merges()
    assert await world.surveys() == [(1, "open")]


async def test_merges_that_need_no_survey_get_none(world: World) -> None:
    await keep(world, 1)
    world.wait(days=3)
    await world.follow_merges()
    assert await world.surveys() == []


async def test_a_merge_is_followed_though_it_breaks_off(world: World, quiet_log: None) -> None:
    await keep(world, 1)
    failpoints.arm(dict.fromkeys(FOLLOWING_MERGES, "fail"))
    for _ in FOLLOWING_MERGES:
        with suppress(DatabaseAway, OSError):
            await world.follow_merges()
    for place in FOLLOWING_MERGES:
        failpoints.hit(place)  # raises where nothing came by
    await world.follow_merges()
    assert await world.surveys() == [(1, "open")]
