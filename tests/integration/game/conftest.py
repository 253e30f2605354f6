"""What tests of the game may ask for besides a database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from storage.embedded import EmbeddedServer
from tests.databases import TestDatabase, fresh_database
from tests.integration.game.support import World, make_world


@pytest.fixture(scope="session")
def shared_database(postgres: EmbeddedServer, template: str) -> Iterator[TestDatabase]:
    """One database for all tests that have a workspace of their own in it."""
    with asyncio.Runner() as runner:
        database = fresh_database(postgres, template)
        yield runner.run(database.__aenter__())
        runner.run(database.__aexit__(None, None, None))


@pytest_asyncio.fixture
async def world(shared_database: TestDatabase) -> AsyncIterator[World]:
    """Six people, linked, awake at all hours, with room for any number of surveys."""
    async with make_world(shared_database) as made:
        yield made
