"""What tests of syncs may ask for."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.databases import TestDatabase
from tests.integration.syncs.support import Town, a_town


@pytest_asyncio.fixture
async def town(database: TestDatabase) -> AsyncIterator[Town]:
    """A workspace that is connected to a GitHub without repositories."""
    async with a_town(database) as made:
        yield made
