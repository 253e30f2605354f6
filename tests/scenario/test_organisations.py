"""Hunch for a whole organisation: one token, and workspaces it gets to know as they speak."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from bot.domain.ids import WorkspaceId
from bot.errors import Permanent
from bot.use_cases import installs
from playground.records import Installation
from tests.databases import TestDatabase
from tests.scenario.install_support import Town, plays, set_town
from tests.stage import Stage

ORG = WorkspaceId("E0ACME")


@pytest_asyncio.fixture
async def town(database: TestDatabase) -> AsyncIterator[Town]:
    # In the past, and from there on towards the present: jobs are due by the real time.
    async with set_town(database, org=True, ahead=-timedelta(days=2)) as town:
        town.stage.slack.state.add_enterprise("Acme Org", enterprise_id=ORG)
        yield town


@pytest_asyncio.fixture
async def teams(town: Town) -> list[str]:
    """Two workspaces of the organisation, which has installed Hunch for all."""
    teams = [town.neighbour(name, enterprise_id=ORG) for name in ("Shop", "Lab")]
    page = await town.browser.install(ORG)
    assert (page.status, page.title) == (200, "Hunch is in Acme Org")
    assert "organisation" in page.text
    return teams


async def met(town: Town, team: str) -> Stage:
    """Somebody opens Hunch's Home tab there; that is how Hunch hears of the workspace."""
    person = town.person(team)
    await person.open_home()
    await town.stage.slack.until(lambda: person.home)
    await town.stage.quiet()
    return await town.stage_in(team)


async def test_each_workspace_plays_by_the_organisations_token(
    town: Town, teams: list[str]
) -> None:
    for team in teams:
        there = await met(town, team)
        await plays(there)
        assert await there.value("SELECT count(*) FROM secrets WHERE purpose LIKE 'slack.%'") == 0
        assert await there.value("SELECT count(*) FROM members") == 3
    await plays(town.stage)
    found = await installs.list_installs(town.stage.services.store.database)
    assert {one.workspace_id: one.org_id for one in found} == {
        ORG: "",
        town.stage.workspace_id: "",
        **dict.fromkeys(teams, ORG),
    }


async def test_a_workspace_of_an_organisation_without_hunch_is_a_stranger(town: Town) -> None:
    team = WorkspaceId(town.neighbour("Shop", enterprise_id=ORG))
    db = town.stage.services.store.database
    assert await installs.meet(db, team, ORG, now=town.stage.clock.now()) is None


async def test_the_organisation_itself_is_no_workspace(town: Town, teams: list[str]) -> None:
    await town.stage.quiet()
    assert await town.value(ORG, "SELECT count(*) FROM members") == 0
    db = town.stage.services.store.database
    assert await installs.list_workspaces(db) == [town.stage.workspace_id]


async def test_one_renewal_serves_all_its_workspaces(town: Town, teams: list[str]) -> None:
    places = [await met(town, team) for team in teams]
    town.stage.wait(timedelta(hours=10, minutes=1))
    for there in places:
        await plays(there)
    renewals = town.stage.slack.called("oauth.v2.access", grant_type="refresh_token")
    assert len(renewals) == 1


async def test_a_workspace_with_an_installation_of_its_own_keeps_it(
    town: Town, teams: list[str]
) -> None:
    alone = town.neighbour("Alone", enterprise_id=ORG)
    await town.browser.install(alone)
    await met(town, alone)
    assert await town.value(alone, "SELECT count(*) FROM secrets WHERE purpose LIKE 'slack.%'") == 2
    town.stage.slack.installing.uninstall(_org(town))
    there = await town.stage_in(alone)
    await there.until_row(
        f"SELECT uninstalled_at FROM workspace_routes WHERE workspace_id = '{ORG}'"
    )
    await plays(there)


async def test_when_the_organisation_leaves_all_of_it_does(town: Town, teams: list[str]) -> None:
    places = [await met(town, team) for team in teams]
    town.stage.slack.installing.uninstall(_org(town))
    # It leaves last of all.
    await town.stage.until_row(
        f"SELECT uninstalled_at FROM workspace_routes WHERE workspace_id = '{ORG}'"
    )
    for there in places:
        await there.until_row(
            f"SELECT uninstalled_at FROM workspace_routes WHERE workspace_id = '{there.workspace_id}'"
        )
        with pytest.raises(Permanent, match="uninstalled"):
            await town.stage.services.slacks.for_workspace(there.workspace_id)
    assert await town.value(ORG, "SELECT count(*) FROM secrets") == 0
    await plays(town.stage)


async def test_when_it_comes_back_so_do_its_workspaces(town: Town, teams: list[str]) -> None:
    there = await met(town, teams[0])
    town.stage.slack.installing.uninstall(_org(town))
    await there.until_row(
        f"SELECT uninstalled_at FROM workspace_routes WHERE workspace_id = '{ORG}'"
    )
    assert (await town.browser.install(ORG)).status == 200
    await plays(await met(town, teams[0]))
    assert await there.value("SELECT count(*) FROM parts") == 2


def _org(town: Town) -> Installation:
    return town.stage.slack.state.org_installations[ORG, town.app.id]
