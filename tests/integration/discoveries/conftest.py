"""Workspaces that share one database; one of them knows a GitHub."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.databases import TestDatabase
from tests.integration.discoveries.support import Explorer
from tests.integration.game.conftest import shared_database, world
from tests.integration.syncs.support import a_town

__all__ = ["shared_database", "world"]


@pytest_asyncio.fixture
async def explorer(shared_database: TestDatabase) -> AsyncIterator[Explorer]:
    """A workspace that is connected to a GitHub it has not looked through."""
    async with a_town(shared_database) as town:
        yield Explorer(town)
