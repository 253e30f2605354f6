"""Broken off anywhere on the way of a sync: it ends as if nothing was, and hardly asks GitHub twice."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from bot import failpoints
from bot.errors import DatabaseAway, Permanent
from storage.embedded import EmbeddedServer
from tests.databases import REPOSITORY, TestDatabase, fresh_database
from tests.integration.syncs.support import ENDED, OWNER, Town, a_town
from tests.scenario.places import around

READING = around("begin_passes", "next_page", "keep_page", "next_long", "keep_long")
STUMBLING = around("shrink_page", "lose_place", "miss_repository")
SYNCS = (READING, STUMBLING)


def forgetful(town: Town) -> None:
    """GitHub has forgotten a place, twice."""
    lost = [Permanent("graphql: INVALID_CURSOR_ARGUMENTS") for _ in range(2)]

    def refuse(name: str, variables: Mapping[str, Any]) -> None:
        if name == "page" and variables.get("after") and lost:
            raise lost.pop()

    town.githubs.clients[town.connection].before = refuse


async def arrange(town: Town) -> int:
    """Two repositories to read and one that is gone; the run."""
    await town.add_repository("shop", 110)
    await town.add_repository("lib", 8, crowded=1.0)
    await town.add_repository("attic", 5)
    repository = town.github.world.repository(f"{OWNER}/attic")
    repository.deleted = True
    town.github.world.repositories.put(repository)
    # So slow that pages are too much twice.
    town.github.limits.slow_pages["*"] = 20
    return await town.start(months=240)


async def picture(town: Town, run: Mapping[str, Any]) -> Any:
    """All that a sync came to, but how many points it took."""
    states = await town.world.rows(
        "SELECT full_name, pass_until IS NULL AS over, synced_until, gone_at IS NULL AS here FROM repositories"
        " ORDER BY full_name"
    )
    told = run["state"], run["partial"], run["message"].partition(" points")[0]
    return await town.kept(), states, told


async def in_peace(server: EmbeddedServer, template: str, *, forgets: bool) -> tuple[Any, int]:
    """What it comes to where nothing breaks, and how often GitHub was asked."""
    async with fresh_database(server, template) as other, a_town(other) as town:
        run_id = await arrange(town)
        if forgets:
            forgetful(town)
        run = await town.go_on(run_id)
        return await picture(town, run), town.asked.total()


async def test_a_sync_survives_an_error_at_every_place(
    database: TestDatabase, postgres: EmbeddedServer, template: str, quiet_log: None
) -> None:
    before, asked = await in_peace(postgres, template, forgets=True)
    async with a_town(database) as town:
        run_id = await arrange(town)
        forgetful(town)
        places = [*READING, *STUMBLING]
        failpoints.arm(dict.fromkeys(places, "fail"))
        while (run := await stubborn(town, run_id))["state"] not in ENDED:
            pass
        for place in places:
            failpoints.hit(place)  # raises where the sync did not come by
        assert await picture(town, run) == before
        assert town.asked.total() <= asked + len(places)


async def stubborn(town: Town, run_id: int) -> dict[str, Any]:
    """The run after one turn more, also where the worker itself is hit."""
    with suppress(DatabaseAway, OSError):
        return await town.go_on(run_id)
    (run,) = await town.world.rows("SELECT * FROM runs WHERE run_id = $1", run_id)
    return run


async def test_a_sync_survives_the_death_of_its_workers_at_every_place(
    database: TestDatabase, postgres: EmbeddedServer, template: str, quiet_log: None
) -> None:
    before, _ = await in_peace(postgres, template, forgets=False)
    async with a_town(database) as town:
        run_id = await arrange(town)
        # In an order in which nothing breaks off five times without getting on.
        places = [*READING[:2], READING[3], *around("shrink_page"), *READING[4:6]]
        places += [*around("miss_repository"), READING[2], *READING[6:]]
        words = [database.app_url, town.github.api_url, town.token.value, town.world.team]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.scenario.syncs_process", *words, str(run_id), *places,
            cwd=REPOSITORY, stdout=PIPE,
        )  # fmt: skip
        said, _ = await asyncio.wait_for(process.communicate(), 200)
        assert said.decode().splitlines() == [*(f"{place} -9" for place in places), " 0"]
        (run,) = await town.world.rows("SELECT * FROM runs WHERE run_id = $1", run_id)
        assert await picture(town, run) == before
