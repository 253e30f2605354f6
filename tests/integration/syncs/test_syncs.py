"""A sync brings everything in with few requests, and what has changed since with fewer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.domain.runs import RunId, Trigger
from bot.errors import Permanent
from bot.use_cases import syncs
from bot.use_cases.runs import AlreadyActive
from tests.integration.syncs.support import Town


async def test_everything_comes_in(town: Town) -> None:
    await town.add_repository("shop", 120)
    run = await town.sync(months=240)
    assert (run["state"], run["partial"]) == ("succeeded", False), run
    kept = await town.kept()
    assert len(kept["pull_requests"]) == 120
    assert {row["number"] for row in kept["pull_requests"]} == set(range(1, 121))
    assert await town.world.value("SELECT count(*) FROM pull_requests WHERE glimpsed > looked") == 0
    for row in kept["pull_requests"]:
        commits = [one for one in kept["commits"] if one["number"] == row["number"]]
        assert len(commits) == row["commit_count"]


async def test_a_thousand_pull_requests_take_at_most_25_requests(town: Town) -> None:
    await town.add_repository("shop", 1000)
    run = await town.sync(months=240)
    assert run["state"] == "succeeded", run
    assert town.asked.total() <= 25, town.asked


async def test_a_pass_left_by_another_run_goes_on_and_what_happened_since_comes_next(
    town: Town,
) -> None:
    await town.add_repository("shop", 120, crowded=0)
    client = town.githubs.clients[town.connection]
    refused = [Permanent("revoked")]

    def refuse(name: str, asked: Mapping[str, Any]) -> None:
        if asked["after"] is not None and refused:
            raise refused.pop()

    client.before = refuse
    assert (await town.sync(months=240))["state"] == "failed"
    town.world.wait(days=1)
    client.asked.clear()
    assert (await town.sync(months=240))["state"] == "succeeded"
    after = [key.split()[2] == "None" for key in client.asked.elements()]
    assert after == [False, False, True], "the two pages that were left, then the newest again"
    assert await town.world.value("SELECT count(*) FROM pull_requests") == 120


async def test_what_is_not_chosen_is_not_read(town: Town) -> None:
    await town.add_repository("shop", 5)
    await town.add_repository("secret", 5)
    await town.world.run("UPDATE repositories SET selected = false WHERE full_name = 'acme/secret'")
    await town.sync(months=240)
    names = "SELECT DISTINCT repository FROM pull_requests"
    assert [row["repository"] for row in await town.world.rows(names)] == ["acme/shop"]


async def test_at_most_one_sync_runs_at_a_time(town: Town) -> None:
    await town.add_repository("shop", 5)
    run_id = await town.start()
    async with town.world.transaction() as tx:
        again = await syncs.start_sync(tx, trigger=Trigger.PERSON, by="1", now=town.world.now)
    assert again == AlreadyActive(RunId(run_id))


async def test_progress_is_in_the_run(town: Town) -> None:
    await town.add_repository("shop", 120, crowded=0)
    await town.sync(months=240)
    (step,) = await town.world.rows("SELECT done, total, message FROM steps WHERE name = 'pages'")
    assert (step["done"], step["total"]) == (120, 120)
    assert step["message"] == "120 pull requests."


async def test_an_estimate_goes_by_the_time_that_is_covered(town: Town) -> None:
    await town.add_repository("shop", 300, crowded=0, days=600)
    client = town.githubs.clients[town.connection]

    def stop(name: str, asked: Mapping[str, Any]) -> None:
        if asked["after"] is not None:
            raise Permanent("revoked")

    client.before = stop
    await town.sync(months=10)
    total = await town.world.value("SELECT total FROM steps WHERE name = 'pages'")
    assert 120 < total < 180, "ten months of twenty"
