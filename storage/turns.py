"""One process at a time: a turn is held by a connection, also while no transaction is open."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncpg

from storage.database import DRIVER_ERRORS, translated

_WAIT = "SET lock_timeout = '20s'"
_TAKE = "SELECT pg_advisory_lock(hashtextextended($1, 0))"


@asynccontextmanager
async def turn(
    connect: Callable[[], Awaitable[asyncpg.Connection]], what: str
) -> AsyncIterator[None]:
    """Hold the turn at `what` for the block; whoever dies in it gives it up with its connection.

    Raises Conflict when somebody else holds it for long, DatabaseAway.
    """
    connection = await _take(connect, what)
    try:
        yield
    finally:
        # Hanging up, not unlocking: that works as well when the line is already dead.
        connection.terminate()


async def _take(
    connect: Callable[[], Awaitable[asyncpg.Connection]], what: str
) -> asyncpg.Connection:
    connection: asyncpg.Connection | None = None
    try:
        connection = await connect()
        await connection.execute(_WAIT)
        await connection.execute(_TAKE, what)
    except DRIVER_ERRORS as error:
        if connection is not None:
            connection.terminate()
        raise translated(error) or error from error
    return connection
