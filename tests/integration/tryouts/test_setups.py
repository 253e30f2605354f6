"""Hunch is set up in every workspace of the playground that has it, also those that come later."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest_asyncio

from bot.app import operators
from bot.cli.tryouts.setups import SetUps
from bot.domain.ids import WorkspaceId
from playground.github import Hook
from playground.neighbours import found_neighbours
from playground.page import Page
from tests.databases import TestDatabase
from tests.scenario.install_support import Town, set_town

GAME = "SELECT switched_on_at IS NOT NULL AND leaderboard_channel IS NOT NULL FROM games"
LINKED = "SELECT count(*) FROM github_links WHERE state = 'confirmed'"


@pytest_asyncio.fixture
async def town(database: TestDatabase) -> AsyncIterator[Town]:
    async with set_town(database) as town:
        yield town


@asynccontextmanager
async def watching(town: Town) -> AsyncIterator[Page]:
    page = Page()
    page._slack = town.stage.slack
    setups = SetUps(town.stage.services, town.stage.slack, page)
    watch = asyncio.create_task(setups.watch())
    try:
        yield page
    finally:
        watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch


async def hears_of_the_farewell(town: Town, team: str) -> None:
    """Both events of it; what comes back meanwhile is another story."""
    gone = "SELECT count(*) FROM workspace_routes WHERE uninstalled_at IS NOT NULL"
    async with asyncio.timeout(20):
        while await town.routed(gone) == 0:  # noqa: ASYNC110  (rows tell nobody)
            await asyncio.sleep(0.02)
    await town.stage.quiet()


async def connected(page: Page, team: str, *, but: Hook | None = None) -> None:
    """Wait until the workspace's GitHub has a webhook, another one than `but`."""
    async with asyncio.timeout(20):
        while page.github_of(team).hook in (None, but):  # noqa: ASYNC110  (a hook tells nobody)
            await asyncio.sleep(0.02)


async def test_a_company_that_installs_hunch_by_oauth_plays_at_once(town: Town) -> None:
    state = town.stage.slack.state
    team = found_neighbours(state).id
    async with watching(town) as page:
        assert (await town.browser.install(team)).status == 200
        await connected(page, team)
        people = [user for user in state.people(team) if not user.is_bot]
        assert await town.value(team, GAME)
        assert await town.value(team, LINKED) == len(people)
        first, second = people[:2]
        github = page.github_of(team)
        await github.merge_story("kestrel-works/web", first.github, [second.github])
        asked = town.stage.slack.person(second.id, team_id=team)
        await town.stage.slack.until(lambda: asked.messages)


async def test_the_leaderboard_has_a_channel_that_hunch_is_in(town: Town) -> None:
    state = town.stage.slack.state
    team = found_neighbours(state).id
    async with watching(town) as page:
        await town.browser.install(team)
        await connected(page, team)
    bot = town.installation(team).bot_user
    general = state.find_channel(team, "general")
    assert bot in general.members
    assert await town.value(team, "SELECT leaderboard_channel FROM games") == general.id


async def test_set_up_twice_it_keeps_what_people_changed(town: Town) -> None:
    team = found_neighbours(town.stage.slack.state).id
    async with watching(town) as page:
        await town.browser.install(team)
        await connected(page, team)
        before = page.github_of(team).hook
    await operators.unlink_member(
        town.stage.services, WorkspaceId(team), town.stage.slack.state.people(team)[1].id
    )
    count = await town.value(team, LINKED)
    again = Page()
    again._slack = town.stage.slack
    await SetUps(town.stage.services, town.stage.slack, again).set_up(WorkspaceId(team))
    assert await town.value(team, LINKED) == count
    assert again.github_of(team).hook == before


async def test_what_left_and_comes_back_is_connected_anew(town: Town) -> None:
    slack = town.stage.slack
    team = found_neighbours(slack.state).id
    async with watching(town) as page:
        await town.browser.install(team)
        await connected(page, team)
        before = page.github_of(team).hook
        slack.uninstall(team)
        await hears_of_the_farewell(town, team)
        await slack.until(lambda: not slack.state.documents["hook", team], timeout_s=20)
        await town.browser.install(team)
        await connected(page, team, but=before)


async def test_after_a_restart_every_workspace_is_connected_as_before(town: Town) -> None:
    team = found_neighbours(town.stage.slack.state).id
    async with watching(town) as page:
        await town.browser.install(team)
        await connected(page, team)
        before = page.github_of(team).hook
    async with watching(town) as restarted:
        await connected(restarted, team)
        assert restarted.github_of(team).hook == before
