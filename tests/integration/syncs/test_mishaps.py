"""What GitHub does to a sync: it is said clearly, the rest goes on, and mended it finishes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from bot.errors import DatabaseAway, Permanent, Retryable, TooMuch
from tests.databases import TestDatabase
from tests.integration.syncs.support import ENDED, OWNER, Town

_LEFT = "SELECT count(*) FROM pull_requests WHERE glimpsed > looked"
_SIZE = "SELECT page_size FROM repositories"
_PROGRESS = "SELECT done, total FROM steps WHERE name = 'pages' ORDER BY run_id DESC LIMIT 1"


def once(error: Exception, *, when: Callable[[str, Mapping[str, Any]], bool]) -> Any:
    """Says no to the first question of a kind."""
    left = [error]

    def refuse(name: str, variables: Mapping[str, Any]) -> None:
        if left and when(name, variables):
            raise left.pop()

    return refuse


async def numbers(town: Town) -> list[int]:
    rows = await town.world.rows("SELECT number FROM pull_requests ORDER BY number")
    return [row["number"] for row in rows]


async def test_what_was_read_is_read_no_more_the_next_night(town: Town) -> None:
    await town.add_repository("shop", 130)
    await town.sync(months=240)
    before = await town.kept()
    town.githubs.clients[town.connection].asked.clear()
    town.world.wait(days=1)
    run = await town.sync(months=240)
    assert run["state"] == "succeeded"
    assert town.asked.total() == 1
    assert await town.kept() == before


async def test_history_goes_back_as_far_as_was_asked_and_later_further(town: Town) -> None:
    await town.add_repository("shop", 100, days=200)
    await town.sync(months=2)
    some = await numbers(town)
    assert 0 < len(some) < 100
    oldest = await town.world.value("SELECT min(updated_at) FROM pull_requests")
    assert (town.world.now - oldest).days <= 61
    await town.sync(months=240)
    assert len(await numbers(town)) == 100


async def test_every_repository_has_its_first_page_before_any_has_its_second(town: Town) -> None:
    for name in ("a", "b", "c"):
        await town.add_repository(name, 70, crowded=0)
    await town.sync(months=240)
    after = [key.split()[2] for key in town.githubs.clients[town.connection].asked]
    assert [place == "None" for place in after] == [True] * 3 + [False] * 3


async def test_a_page_that_is_too_much_is_halved_remembered_and_grows_again(town: Town) -> None:
    await town.add_repository("shop", 60, crowded=0)
    town.github.limits.slow_pages["*"] = 15
    run = await town.sync(months=240)
    assert (run["state"], len(await numbers(town))) == ("succeeded", 60)
    assert town.asked.total() == 7, "two that were too much, five of twelve each"
    town.github.limits.slow_pages.clear()
    for size in (18, 22, 27):
        await town.sync(months=240)
        assert await town.world.value(_SIZE) == size


async def test_a_pull_request_that_is_too_much_alone_is_read_list_by_list(town: Town) -> None:
    await town.add_repository("shop", 3, crowded=0)
    client = town.githubs.clients[town.connection]

    def refuse(name: str, variables: Mapping[str, Any]) -> None:
        if name == "page" and variables["commits"] > 10:
            raise TooMuch("HTTP 502")

    client.before = refuse
    run = await town.sync(months=240)
    assert (run["state"], run["partial"], len(await numbers(town))) == ("succeeded", False, 3)
    assert await town.world.value(_LEFT) == 0


async def test_what_cannot_be_shown_at_all_waits_for_github(town: Town) -> None:
    await town.add_repository("shop", 3)
    client = town.githubs.clients[town.connection]

    def refuse(name: str, variables: Mapping[str, Any]) -> None:
        raise TooMuch("HTTP 502")

    client.before = refuse
    run_id = await town.start(months=240)
    await town.step(run_id)
    assert await town.step(run_id) == "retrying"
    client.before = None
    assert (await town.go_on(run_id))["state"] == "succeeded"


async def test_a_long_pull_request_that_cannot_be_shown_is_said_and_asked_for_again(
    town: Town,
) -> None:
    await town.add_repository("shop", 40, crowded=1.0)
    client = town.githubs.clients[town.connection]

    def refuse(name: str, variables: Mapping[str, Any]) -> None:
        if name == "again":
            raise TooMuch("HTTP 502")

    client.before = refuse
    run = await town.sync(months=240)
    assert (run["state"], run["partial"]) == ("succeeded", True)
    left = await town.world.value(_LEFT)
    assert left > 10
    assert run["message"].startswith(f"GitHub failed to show {left} pull requests")
    client.before = once(TooMuch("HTTP 502"), when=lambda name, _: name == "again")
    run = await town.sync(months=240)
    assert (run["partial"], await town.world.value(_LEFT)) == (False, 0)


async def test_a_limit_is_waited_for_and_nothing_is_read_twice(town: Town) -> None:
    await town.add_repository("shop", 120, crowded=0)
    client = town.githubs.clients[town.connection]
    limit = Retryable("rate_limited", after_s=600)
    client.before = once(limit, when=lambda name, asked: asked["after"] is not None)
    run_id = await town.start(months=240)
    await town.step(run_id)
    assert await town.step(run_id) == "retrying"
    due_at = await town.world.value("SELECT due_at FROM runs")
    assert (due_at - town.world.now).total_seconds() == 600
    assert (await town.go_on(run_id))["state"] == "succeeded"
    assert town.asked.total() == 4, "three pages, and the one that was refused"


@pytest.mark.parametrize(
    ("error", "state"), [(Retryable("rate_limited"), "retrying"), (Permanent("revoked"), "failed")]
)
async def test_what_was_shown_before_github_said_no_is_kept(
    town: Town, error: Exception, state: str
) -> None:
    await town.add_repository("shop", 170, crowded=0)
    client = town.githubs.clients[town.connection]
    client.before = once(error, when=lambda name, asked: client.asked.total() == 4)
    run_id = await town.start(months=240)
    await town.step(run_id)
    assert await town.step(run_id) == state
    assert len(await numbers(town)) == 150
    if state == "failed":
        await town.retry(run_id)
    assert (await town.go_on(run_id))["state"] == "succeeded"
    assert (len(await numbers(town)), town.asked.total()) == (170, 5)


async def test_pages_of_one_repository_are_kept_together_but_the_first_at_once(town: Town) -> None:
    await town.add_repository("shop", 270, crowded=0)
    client, kept = town.githubs.clients[town.connection], []

    async def look(name: str, asked: Mapping[str, Any]) -> None:
        kept.append(len(await numbers(town)))

    client.before = look
    await town.sync(months=240)
    assert kept == [0, 50, 50, 50, 50, 250]


async def test_the_budget_is_in_the_run(town: Town) -> None:
    await town.add_repository("shop", 10)
    await town.sync(months=240)
    counts = await town.world.value("SELECT counts FROM steps WHERE name = 'pages'")
    assert counts["points_used"] == 3
    assert counts["points_left"] == 4997
    assert counts["pull_requests"] == 10


async def test_a_deleted_repository_is_marked_and_the_others_go_on(town: Town) -> None:
    gone = await town.add_repository("old", 60)
    await town.add_repository("shop", 60)
    repository = town.github.world.repository(f"{OWNER}/old")
    repository.deleted = True
    town.github.world.repositories.put(repository)
    run = await town.sync(months=240)
    assert (run["state"], run["partial"]) == ("succeeded", True)
    assert run["message"] == "GitHub shows these no longer: acme/old."
    assert len(await numbers(town)) == 60
    at = "SELECT gone_at IS NOT NULL FROM repositories WHERE repository_id = $1"
    assert await town.world.value(at, gone)


async def test_a_renamed_repository_goes_on_under_its_new_name(town: Town) -> None:
    await town.add_repository("old", 60)
    repository = town.github.world.repository(f"{OWNER}/old")
    repository.former.append(repository.full_name)
    repository.name = "new"
    town.github.world.repositories.put(repository)
    run = await town.sync(months=240)
    assert (run["state"], run["partial"]) == ("succeeded", False)
    assert await town.world.value("SELECT full_name FROM repositories") == "acme/new"
    assert await town.world.value("SELECT DISTINCT repository FROM pull_requests") == "acme/new"


async def test_one_without_githubs_name_for_it_is_asked_for_that_first(town: Town) -> None:
    await town.add_repository("shop", 5)
    await town.world.run("UPDATE repositories SET node_id = ''")
    assert (await town.sync(months=240))["state"] == "succeeded"
    assert await town.world.value("SELECT node_id FROM repositories") != ""


async def test_a_name_that_another_repository_has_now_is_not_taken_for_it(town: Town) -> None:
    await town.add_repository("shop", 5)
    await town.world.run("UPDATE repositories SET node_id = '', repository_id = 1")
    run = await town.sync(months=240)
    assert run["message"] == "GitHub shows these no longer: acme/shop."
    assert await numbers(town) == []


async def test_a_place_that_github_has_forgotten_begins_the_pass_anew(town: Town) -> None:
    await town.add_repository("shop", 120, crowded=0)
    client = town.githubs.clients[town.connection]
    lost = Permanent("graphql: INVALID_CURSOR_ARGUMENTS")
    client.before = once(lost, when=lambda name, asked: asked["after"] is not None)
    assert (await town.sync(months=240))["state"] == "succeeded"
    assert len(await numbers(town)) == 120
    assert await town.world.rows(_PROGRESS) == [{"done": 120, "total": 120}]


@pytest.mark.parametrize("reason", ["revoked", "suspended"])
async def test_a_revoked_token_fails_the_run_and_mended_it_goes_on_where_it_was(
    town: Town, reason: str
) -> None:
    await town.add_repository("shop", 170, crowded=0)
    client = town.githubs.clients[town.connection]
    client.before = once(Permanent(reason), when=lambda name, asked: asked["after"] is not None)
    run_id = await town.start(months=240)
    run = await town.go_on(run_id)
    assert run["state"] == "failed"
    assert "then retry" in run["message"]
    some = len(await numbers(town))
    assert some == 50
    await town.retry(run_id)
    assert (await town.go_on(run_id))["state"] == "succeeded"
    assert len(await numbers(town)) == 170
    assert town.asked.total() == 5, "four pages, and the one that was refused"


async def test_with_another_connection_a_revoked_one_is_no_end(town: Town) -> None:
    await town.add_repository("shop", 20, crowded=1.0)
    other = await town.connect("other", town.token)
    await town.add_repository("lib", 20, crowded=1.0, connection=other)
    broken = town.githubs.clients.pop(other)
    run = await town.sync(months=240)
    assert (run["state"], run["partial"], len(await numbers(town))) == ("succeeded", True, 20)
    assert "Connect GitHub again" in run["message"]
    town.githubs.clients[other] = broken
    broken.before = once(Permanent("revoked"), when=lambda name, _: name == "again")
    run = await town.sync(months=240)
    assert (run["partial"], len(await numbers(town))) == (True, 40)
    assert (await town.sync(months=240))["partial"] is False
    assert await town.world.value(_LEFT) == 0


async def test_without_repositories_there_is_nothing_to_do(town: Town) -> None:
    run = await town.sync()
    assert run["state"] == "no_work"
    assert run["message"].startswith("No repository to read.")


async def test_history_opens_no_surveys_and_news_do(town: Town) -> None:
    await town.add_repository("shop", 60, days=5, ends_at="2026-11-20T11:00:00Z")
    await town.sync(months=240)
    await town.world.follow_merges()
    assert await town.world.value("SELECT count(*) FROM surveys") == 0
    await town.world.run(
        "UPDATE repositories SET first_synced_at = first_synced_at - interval '9 days',"
        " synced_until = synced_until - interval '9 days'"
    )
    await town.sync(months=240)
    await town.world.follow_merges()
    fresh = "SELECT count(*) FROM pull_requests WHERE merged_at > $1"
    count = await town.world.value(fresh, town.world.now - timedelta(hours=48))
    assert await town.world.value("SELECT count(*) FROM surveys") > count / 2 > 2


async def test_a_database_that_goes_away_in_the_middle_costs_a_page(
    town: Town, database: TestDatabase
) -> None:
    await town.add_repository("shop", 170, crowded=0)
    client, cuts = town.githubs.clients[town.connection], [True]

    async def cut(name: str, variables: Mapping[str, Any]) -> None:
        if variables["after"] is not None and cuts:
            cuts.clear()
            await cut_off(database)

    client.before = cut
    run_id = await town.start(months=240)
    states: list[str] = []
    while not states or states[-1] not in ENDED:
        with suppress(DatabaseAway):
            states.append(await town.step(run_id))
        town.world.wait(seconds=3)
    assert states[-1] == "succeeded"
    assert len(await numbers(town)) == 170
    assert town.asked.total() <= 4 + 1


async def cut_off(database: TestDatabase) -> None:
    """All connections end, as when PostgreSQL is restarted."""
    admin = await asyncpg.connect(database.superuser_url)
    try:
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    finally:
        await admin.close()
