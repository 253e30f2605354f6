"""What the checks of one visit share: the settings, a way to the database if there is one, Slack."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import aiohttp
import asyncpg

from bot.app.databases import addresses, has_database
from bot.errors import HunchError
from bot.integrations.slack import new_session
from bot.settings import Settings
from jobs.engine import enqueue
from storage.database import DRIVER_ERRORS, PostgresDatabase, open_pool

PATIENCE_S = 5.0
# Our own server may have to be started first, after a crash with a look at all it has written.
_START_PATIENCE_S = 30.0
AWAY = (*DRIVER_ERRORS, ValueError)


@dataclass(frozen=True, slots=True)
class Visit:
    """One look at everything.

    `app_url` and `admin_url` are None where there is no database, and `why_not` says why. `pool` is
    None as well where there is one that Hunch refuses to use.
    """

    settings: Settings
    session: aiohttp.ClientSession
    app_url: str | None = None
    admin_url: str | None = None
    why_not: str = ""
    pool: asyncpg.Pool | None = None

    @property
    def database(self) -> PostgresDatabase | None:
        return None if self.pool is None else PostgresDatabase(self.pool, enqueue)

    @property
    def is_new(self) -> bool:
        """Nobody has started Hunch here yet: there is nothing to be wrong."""
        return not has_database(self.settings)


@asynccontextmanager
async def open_visit(settings: Settings) -> AsyncIterator[Visit]:
    """Open what can be opened. Changes nothing, and makes no database where there is none."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(new_session())
        visit = Visit(settings, session)
        if not visit.is_new:
            visit = await _find_database(visit, stack)
        yield visit


async def _find_database(visit: Visit, stack: AsyncExitStack) -> Visit:
    settings, session = visit.settings, visit.session
    try:
        async with asyncio.timeout(_START_PATIENCE_S):
            app_url, admin_url = await stack.enter_async_context(addresses(settings))
    except (*AWAY, HunchError) as error:
        return Visit(settings, session, why_not=str(error) or type(error).__name__)
    try:
        async with asyncio.timeout(2 * PATIENCE_S):
            pool = await open_pool(app_url, size=2)
    except (*AWAY, HunchError):
        return Visit(settings, session, app_url, admin_url)
    stack.callback(pool.terminate)
    return Visit(settings, session, app_url, admin_url, pool=pool)
