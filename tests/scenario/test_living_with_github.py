"""Connected to an organisation: what happens there is here, also what GitHub could not deliver."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from playground.github.records import Plan
from tests.databases import TestDatabase
from tests.scenario.github_support import Office, an_office
from tests.stage import login

_TEAMS = """
    SELECT t.slug, a.login, m.until IS NULL AS still
      FROM team_memberships m JOIN teams t USING (workspace_id, team_id)
      JOIN github_accounts a USING (workspace_id, account_id) ORDER BY t.slug, a.login
"""
_NAMES = "SELECT full_name, selected, gone_at IS NULL FROM repositories ORDER BY full_name"


@pytest_asyncio.fixture
async def office(database: TestDatabase) -> AsyncIterator[Office]:
    async with an_office(database) as office:
        office.server.world.add_repository(
            "acme/past", plan=Plan(6, days=60, ends_at=office.server.world.now())
        )
        office.server.world.add_team("acme", "Makers", login("person1"))
        await office.connected()
        ended = "SELECT bool_and(finished_at IS NOT NULL) FROM runs HAVING count(*) = 2"
        await office.stage.until_row(ended, bool, timeout_s=60)
        yield office


async def rows(office: Office, statement: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in await office.stage.rows(statement)]


async def test_connecting_finds_everything_and_reads_its_past_without_asking_anybody(
    office: Office,
) -> None:
    runs = "SELECT kind, state, partial FROM runs ORDER BY kind"
    assert await rows(office, runs) == [
        ("github.discover", "succeeded", False), ("github.sync", "succeeded", False),
    ]  # fmt: skip
    assert await rows(office, _NAMES) == [("acme/past", True, True), ("acme/shop", True, True)]
    assert await rows(office, _TEAMS) == [("makers", login("person1"), True)]
    assert await office.stage.value("SELECT count(*) FROM pull_requests") == 6
    assert await office.stage.value("SELECT count(*) FROM surveys") == 0


async def test_what_happens_to_repositories_people_and_teams_is_heard(office: Office) -> None:
    server, stage = office.server, office.stage
    await server.owners.rename(server.world.repository("acme/past"), "history")
    await server.owners.create("acme/new")
    await server.owners.delete(server.world.repository("acme/shop"))
    (team,) = server.world.teams
    await server.people.join("acme", "ada")
    await server.people.join_team(team, "ada")
    await server.people.leave_team(team, login("person1"))
    await stage.quiet()
    assert await rows(office, _NAMES) == [
        ("acme/history", True, True), ("acme/new", True, True), ("acme/shop", True, False),
    ]  # fmt: skip
    assert await rows(office, _TEAMS) == [
        ("makers", "ada", True), ("makers", login("person1"), False),
    ]  # fmt: skip
    people = "SELECT login FROM github_accounts WHERE in_org AND login = 'ada'"
    assert await rows(office, people) == [("ada",)]


async def test_a_merge_that_github_could_not_deliver_still_asks(office: Office) -> None:
    stage = office.stage
    office.server.telling.fail_next = 100
    await stage.merge("person1", "person2", repository="acme/shop")
    await stage.quiet()
    assert await stage.value("SELECT count(*) FROM surveys") == 0
    office.server.telling.fail_next = 0
    await stage.run_job("deliveries.ask_again")
    await office.server.settle()
    await stage.until_dm("person1", "Was this PR AI-assisted?")
    await stage.until_dm("person2", "How good is it?")
    await stage.run_job("deliveries.ask_again")
    await office.server.settle()
    assert await stage.value("SELECT count(*) FROM surveys") == 1
    assert len(stage.person("person2").messages) == 1
