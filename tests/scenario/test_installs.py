"""Hunch comes into workspaces by OAuth, and plays in each of them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.databases import TestDatabase
from tests.scenario.install_support import Town, set_town


@pytest_asyncio.fixture
async def town(database: TestDatabase) -> AsyncIterator[Town]:
    async with set_town(database) as town:
        yield town


async def test_somebody_adds_hunch_to_their_workspace(town: Town) -> None:
    team = town.neighbour("Newcomers")
    page = await town.browser.install(team)
    assert (page.status, page.title) == (200, "Hunch is in Newcomers")
    await town.stage.quiet()
    assert await town.value(team, "SELECT count(*) FROM members") == 3
    person = town.person(team)
    await person.open_home()
    await town.stage.slack.until(lambda: person.home)
