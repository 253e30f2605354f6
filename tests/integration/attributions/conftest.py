"""A workspace without Slack, with a worker that judges when it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from bot import failpoints
from bot.app.times import utc_now
from jobs import attributions
from storage.embedded import EmbeddedServer
from tests.databases import TestDatabase, fresh_database
from tests.running import Ground, ground_on

PAGE = 7


@pytest.fixture(scope="session")
def shared_database(postgres: EmbeddedServer, template: str) -> Iterator[TestDatabase]:
    """One database for all tests that have a workspace of their own in it."""
    with asyncio.Runner() as runner:
        database = fresh_database(postgres, template)
        yield runner.run(database.__aenter__())
        runner.run(database.__aexit__(None, None, None))


@pytest_asyncio.fixture
async def ground(shared_database: TestDatabase, quiet_log: None) -> AsyncIterator[Ground]:
    """Runs of `attributions.reprocess` go seven pull requests at a time."""
    async with ground_on(shared_database, attributions.pipeline(now=utc_now, page=PAGE)) as ground:
        yield ground
    failpoints.arm({})
