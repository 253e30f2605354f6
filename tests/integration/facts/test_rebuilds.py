"""All weeks made anew, in a run that somebody can watch."""

from __future__ import annotations

from bot.use_cases.rollups import REBUILD
from jobs.rollups import WantedRebuilding, rebuilding
from tests.databases import TestDatabase
from tests.integration.facts.support import DAY, MONDAY, Weeks, told
from tests.integration.game.support import World
from tests.running import ground_on


async def test_a_run_tells_how_far_it_is_and_keeps_facts_where_they_are(
    database: TestDatabase,
) -> None:
    async with ground_on(database, rebuilding()) as ground:
        weeks = Weeks(World(ground.db, ground.team))
        await weeks.hear(*(told(n, merged_at=MONDAY + 30 * n * DAY) for n in range(1, 4)))
        await weeks.settle()
        await weeks.world.run("UPDATE facts SET cycle_s = 7")
        run_id = await ground.start(REBUILD, WantedRebuilding())
        await ground.drain()
        [facts, made] = await ground.steps(run_id)
        assert facts.message == "Facts stay as they are."
        assert (made.message, made.done, made.total) == ("All weeks are made anew.", 9, 9)
        assert {row["cycle_s"] for row in await weeks.rows()} == {7}


async def test_weeks_in_which_nothing_is_left_go(database: TestDatabase) -> None:
    async with ground_on(database, rebuilding()) as ground:
        weeks = Weeks(World(ground.db, ground.team))
        await weeks.hear(told())
        await weeks.settle()
        await weeks.world.run("DELETE FROM facts")
        await ground.start(REBUILD, WantedRebuilding())
        await ground.drain()
        assert await weeks.rows() == []


async def test_where_nothing_was_merged_there_is_nothing_to_do(database: TestDatabase) -> None:
    async with ground_on(database, rebuilding()) as ground:
        run_id = await ground.start(REBUILD, WantedRebuilding())
        await ground.drain()
        detail = await ground.detail(run_id)
        assert detail.steps[-1].message == "No pull request has been merged yet."
