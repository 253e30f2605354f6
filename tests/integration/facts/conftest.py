"""What tests of facts may ask for: a workspace whose weeks are counted."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.databases import TestDatabase
from tests.integration.facts.support import Weeks, weeks_in
from tests.integration.game.conftest import shared_database

__all__ = ["shared_database"]


@pytest_asyncio.fixture
async def weeks(shared_database: TestDatabase) -> AsyncIterator[Weeks]:
    async with weeks_in(shared_database) as made:
        yield made
