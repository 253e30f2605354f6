"""GitHub shows a part of what was asked for: the rest is asked for again, or said to be missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.integration.syncs.support import Town

_LEFT = "SELECT count(*) FROM pull_requests WHERE glimpsed > looked"


async def numbers(town: Town) -> list[int]:
    rows = await town.world.rows("SELECT number FROM pull_requests ORDER BY number")
    return [row["number"] for row in rows]


def edges(data: Any) -> list[Any]:
    found: list[Any] = data["node"]["pullRequests"]["edges"]
    return found


async def test_one_that_is_missing_on_a_page_is_asked_for_alone(town: Town) -> None:
    await town.add_repository("shop", 30, crowded=0)

    def spoil(name: str, asked: Mapping[str, Any], data: Any) -> None:
        if asked["size"] > 1:
            edges(data)[0]["node"] = None
            edges(data)[7]["node"] = None

    town.githubs.clients[town.connection].spoil = spoil
    run = await town.sync(months=240)
    assert (run["state"], run["partial"]) == ("succeeded", False)
    assert len(await numbers(town)) == 30
    assert town.asked.total() == 3


async def test_one_that_github_never_shows_is_said_to_be_missing(town: Town) -> None:
    await town.add_repository("shop", 30, crowded=0)

    def spoil(name: str, asked: Mapping[str, Any], data: Any) -> None:
        for edge in edges(data):
            if edge["node"]["number"] == 7:
                edge["node"] = None

    town.githubs.clients[town.connection].spoil = spoil
    run = await town.sync(months=240)
    assert (run["state"], run["partial"]) == ("succeeded", True)
    assert run["message"].startswith("GitHub failed to show 1 pull requests")
    assert len(await numbers(town)) == 29


async def test_a_repository_that_goes_while_one_of_its_pull_requests_is_asked_for(
    town: Town,
) -> None:
    await town.add_repository("shop", 30, crowded=0)

    def spoil(name: str, asked: Mapping[str, Any], data: Any) -> None:
        if asked["size"] == 1:
            data["node"] = None
        else:
            edges(data)[0]["node"] = None

    town.githubs.clients[town.connection].spoil = spoil
    run = await town.sync(months=240)
    assert (run["partial"], len(await numbers(town))) == (True, 29)


async def test_a_list_that_is_missing_makes_another_look_wanted(town: Town) -> None:
    await town.add_repository("shop", 20, crowded=0)
    client = town.githubs.clients[town.connection]

    def spoil(name: str, asked: Mapping[str, Any], data: Any) -> None:
        if name == "page":
            edges(data)[0]["node"]["commits"] = None
            edges(data)[1]["node"]["reviews"]["nodes"].append(None)
        else:
            data["nodes"][0]["commits"] = None

    client.spoil = spoil
    run = await town.sync(months=240)
    assert run["partial"]
    assert await town.world.value(_LEFT) == 2
    client.spoil = None
    assert not (await town.sync(months=240))["partial"]
    assert await town.world.value(_LEFT) == 0


async def test_one_that_makes_no_sense_is_missing(town: Town) -> None:
    await town.add_repository("shop", 10, crowded=0)

    def spoil(name: str, asked: Mapping[str, Any], data: Any) -> None:
        for edge in edges(data):
            if edge["node"]["number"] == 3:
                edge["node"]["createdAt"] = "yesterday"

    town.githubs.clients[town.connection].spoil = spoil
    assert (await town.sync(months=240))["partial"]
    assert 3 not in await numbers(town)


async def test_reviews_and_turns_we_do_not_know_are_passed_over(town: Town) -> None:
    await town.add_repository("shop", 10, crowded=0)

    def spoil(name: str, asked: Mapping[str, Any], data: Any) -> None:
        for edge in edges(data):
            for review in edge["node"]["reviews"]["nodes"]:
                review["state"] = "PENDING"
            for turn in edge["node"]["timelineItems"]["nodes"]:
                turn["__typename"] = "SomethingNewEvent"

    town.githubs.clients[town.connection].spoil = spoil
    assert not (await town.sync(months=240))["partial"]
    kept = await town.kept()
    assert (kept["reviews"], kept["pull_request_events"]) == ([], [])


async def test_an_answer_without_sense_is_asked_for_again(town: Town) -> None:
    await town.add_repository("shop", 10, crowded=0)
    client = town.githubs.clients[town.connection]

    def spoil(name: str, asked: Mapping[str, Any], data: Any) -> None:
        data["node"]["pullRequests"] = None

    client.spoil = spoil
    run_id = await town.start(months=240)
    await town.step(run_id)
    assert await town.step(run_id) == "retrying"
    client.spoil = None
    assert (await town.go_on(run_id))["state"] == "succeeded"


async def test_what_changes_while_it_is_read_is_read_again_later(town: Town) -> None:
    await town.add_repository("shop", 20, crowded=1.0)
    client = town.githubs.clients[town.connection]

    def spoil(name: str, asked: Mapping[str, Any], data: Any) -> None:
        if name == "again" and asked["afterCommit"]:
            for node in data["nodes"]:
                node["updatedAt"] = "2026-11-20T08:00:00Z"

    client.spoil = spoil
    assert (await town.sync(months=240))["partial"]
    left = await town.world.value(_LEFT)
    assert left > 0
    client.spoil = None
    assert not (await town.sync(months=240))["partial"]


async def test_a_repository_we_may_not_read_is_named_and_the_others_go_on(town: Town) -> None:
    await town.add_repository("shop", 10)
    await town.add_repository("lib", 10)
    client = town.githubs.clients[town.connection]

    def spoil(name: str, asked: Mapping[str, Any], data: Any) -> None:
        if data.get("node", {}).get("nameWithOwner") == "acme/lib":
            data["node"] = None
            client.errors = ({"type": "FORBIDDEN", "path": ["node"]},)

    client.spoil = spoil
    run = await town.sync(months=240)
    assert (run["state"], run["partial"]) == ("succeeded", True)
    assert run["message"] == ("GitHub does not let us read acme/lib: check the App's permissions.")
    assert len(await numbers(town)) == 10
    assert await town.world.value("SELECT count(*) FROM repositories WHERE gone_at IS NULL") == 2
