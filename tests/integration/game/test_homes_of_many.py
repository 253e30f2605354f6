"""The App Home stays quick where much has happened."""

from __future__ import annotations

import time
from datetime import timedelta

from bot.crypto import new_key
from bot.use_cases import homes
from tests.databases import TestDatabase
from tests.integration.game.histories import write_history
from tests.integration.game.support import World, make_world, slack_id
from tests.vaults import vault


async def time_home(world: World, name: str) -> float:
    began = time.perf_counter()
    async with world.transaction() as tx:
        await homes.show_home(tx, slack_id(name), vault=vault(new_key()), now=world.now)
    return time.perf_counter() - began


async def test_homes_open_quickly_after_ten_thousand_pull_requests(
    database: TestDatabase,
) -> None:
    async with make_world(database, people=60) as world:
        await write_history(world, pull_requests=10_000, guessers=3)
        await world.run("DELETE FROM github_links")
        for number in range(1, 61):
            await world.run(
                "INSERT INTO unlinked_accounts VALUES ($1, $2, $3)",
                world.team,
                f"person{number}-gh",
                world.now - timedelta(minutes=number),
            )
        took = {name: await time_home(world, name) for name in ("person1", "person2", "person60")}
        # A tenth of a second on an idle machine.
        assert max(took.values()) < 2.0, took
