"""What tests of runs may ask for: errands to be run, and the ground to run them on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from bot import failpoints
from storage.embedded import EmbeddedServer
from tests.databases import TestDatabase, fresh_database
from tests.integration.runs.errands import Errands
from tests.running import Ground, ground_on


@pytest.fixture(scope="session")
def shared_database(postgres: EmbeddedServer, template: str) -> Iterator[TestDatabase]:
    """One database for all tests that have a workspace of their own in it."""
    with asyncio.Runner() as runner:
        database = fresh_database(postgres, template)
        yield runner.run(database.__aenter__())
        runner.run(database.__aexit__(None, None, None))


@pytest.fixture
def errands() -> Errands:
    return Errands()


@pytest_asyncio.fixture
async def ground(
    shared_database: TestDatabase, errands: Errands, quiet_log: None
) -> AsyncIterator[Ground]:
    async with ground_on(shared_database, errands.pipeline()) as ground:
        yield ground
    failpoints.arm({})
