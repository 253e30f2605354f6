"""What every test may ask for: a real PostgreSQL, a fresh database, Hunch on a stage."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from datetime import date
from typing import Any, Protocol

import pytest
import pytest_asyncio
import structlog

from playground.companies import Company, CompanyPlan, generate
from storage.embedded import EmbeddedServer, start_embedded
from tests.databases import (
    SERVER_DIR,
    TestDatabase,
    ensure_template,
    fresh_database,
    hurry,
)
from tests.stage import Stage, set_stage


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedServer]:
    """One real server for all workers; the last one out stops it."""
    lease = asyncio.run(start_embedded(SERVER_DIR))
    asyncio.run(hurry(lease.server))
    yield lease.server
    asyncio.run(lease.release())


@pytest.fixture(scope="session")
def template(postgres: EmbeddedServer) -> str:
    """The name of a migrated database that nobody writes to."""
    return asyncio.run(ensure_template(postgres))


@pytest_asyncio.fixture
async def database(postgres: EmbeddedServer, template: str) -> AsyncIterator[TestDatabase]:
    """A migrated database of the test's own."""
    async with fresh_database(postgres, template) as fresh:
        yield fresh


@pytest_asyncio.fixture
async def empty_database(postgres: EmbeddedServer) -> AsyncIterator[TestDatabase]:
    """A database nobody has migrated."""
    async with fresh_database(postgres, None) as fresh:
        yield fresh


@pytest.fixture(scope="session")
def company() -> Company:
    """A small generated company; `playground.companies.webhooks` tells its work as GitHub does."""
    return generate(CompanyPlan(seed=3, people=15, days=30, starts_on=date(2026, 10, 20)))


class SetStage(Protocol):
    def __call__(self, **how: Any) -> AbstractAsyncContextManager[Stage]: ...


@pytest.fixture
def quiet_log(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Commands leave the log as it is, and what runs beside them says nothing."""
    monkeypatch.setattr("bot.log.configure", lambda *_, **__: None)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@pytest_asyncio.fixture
async def stage(database: TestDatabase) -> AsyncIterator[Stage]:
    """Hunch with three people, playing."""
    async with set_stage(database) as stage:
        yield stage
