"""A bench for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.databases import TestDatabase
from tests.integration.outbox.bench import Bench, bench_on


@pytest_asyncio.fixture
async def bench(database: TestDatabase) -> AsyncIterator[Bench]:
    async with bench_on(database) as bench:
        yield bench
