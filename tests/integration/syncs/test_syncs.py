"""A sync brings everything in with few requests, and what has changed since with fewer."""

from __future__ import annotations

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
