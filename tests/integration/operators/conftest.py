"""The operators' API on a database that the tests share, each in a workspace of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from bot import failpoints
from storage.embedded import EmbeddedServer
from tests.databases import TestDatabase, fresh_database
from tests.operators import Api, api_on


@pytest.fixture(scope="session")
def shared_database(postgres: EmbeddedServer, template: str) -> Iterator[TestDatabase]:
    with asyncio.Runner() as runner:
        database = fresh_database(postgres, template)
        yield runner.run(database.__aenter__())
        runner.run(database.__aexit__(None, None, None))


@pytest_asyncio.fixture
async def api(shared_database: TestDatabase, quiet_log: None) -> AsyncIterator[Api]:
    async with api_on(shared_database) as api:
        yield api
    failpoints.arm({})
