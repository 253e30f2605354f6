"""A worker's line to PostgreSQL that mends itself.

One connection carries a worker's statements and listens for new jobs. When it is cut, or the server
restarts, the line connects again, listens again and wakes the worker, so that a worker is never
deaf: as long as its statements are answered, it hears.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar

import asyncpg
import structlog
from pgqueuer.core.tm import TaskManager
from pgqueuer.ports.driver import NotifyCallback

from bot.errors import DatabaseAway
from storage.database import DRIVER_ERRORS, translated

log = structlog.get_logger(__name__)

Connect = Callable[[], Awaitable[asyncpg.Connection]]
T = TypeVar("T")

_ANSWER_S = 20.0
_TOLD_EVERY_S = 30.0
_WAKE = (
    '{"channel":"hunch_jobs","operation":"update","sent_at":"2000-01-01T00:00:00Z",'
    '"table":"pgqueuer","type":"table_changed_event"}'
)


class Line:
    """A `pgqueuer.ports.driver.Driver` over one supervised connection."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._connection: asyncpg.Connection | None = None
        self._lock = asyncio.Lock()
        self._listeners: dict[str, NotifyCallback] = {}
        self._woken = False
        self._closed = False
        self._told_at: dict[str, float] = {}
        self.shutdown = asyncio.Event()
        self.tm = TaskManager()
        self.stopping = False

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        rows = await self._ask(lambda connection: connection.fetch(query, *args))
        return [dict(row) for row in rows]

    async def execute(self, query: str, *args: object) -> str:
        return str(await self._ask(lambda connection: connection.execute(query, *args)))

    async def notify(self, channel: str, payload: str) -> None:
        await self.execute("SELECT pg_notify($1, $2)", channel, payload)

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        self._listeners[channel] = callback
        await self._ask(lambda connection: self._listen(connection))

    def wake(self) -> None:
        """Make the worker look into the queue now."""
        for callback in self._listeners.values():
            self._pass_on(callback, _WAKE)

    def looking(self) -> None:
        """The worker is about to look: what arrives from here on is news again."""
        self._woken = False

    async def close(self) -> None:
        """Hang up for good."""
        self._closed = True
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            await connection.close(timeout=2)
        except DRIVER_ERRORS:
            connection.terminate()

    async def __aenter__(self) -> Line:
        return self

    async def __aexit__(self, *_: object) -> None: ...

    async def _ask(self, question: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
        """Ask until there is an answer; once stopping, an absent database is a DatabaseAway."""
        pause_s = 0.05
        while True:
            try:
                return await self._ask_once(question)
            except DatabaseAway as away:
                if self.stopping:
                    raise
                self._tell(away)
            await asyncio.sleep(random.uniform(0.5, 1.0) * pause_s)  # nosec B311
            pause_s = min(pause_s * 2, 2.0)

    async def _ask_once(self, question: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
        async with self._lock:
            try:
                async with asyncio.timeout(_ANSWER_S):
                    return await question(await self._connected())
            except DRIVER_ERRORS as error:
                away = translated(error)
                if not isinstance(away, DatabaseAway):
                    raise
                self._drop()
                raise away from error

    def _tell(self, away: DatabaseAway) -> None:
        """Each advice at most every half minute: the questions come faster than anybody reads."""
        now = monotonic()
        if now - self._told_at.get(away.advice, -_TOLD_EVERY_S) >= _TOLD_EVERY_S:
            self._told_at[away.advice] = now
            error = type(away.__cause__).__name__
            log.warning("engine.database_away", error=error, advice=away.advice)

    async def _connected(self) -> asyncpg.Connection:
        if self._closed:
            raise ConnectionAbortedError("the worker has gone")
        if self._connection is None or self._connection.is_closed():
            fresh = await self._connect()
            self._connection = fresh
            await fresh.execute("SET jit = off")
            await self._listen(fresh)
            self._woken = False
            self.wake()
        return self._connection

    async def _listen(self, connection: asyncpg.Connection) -> None:
        for channel in self._listeners:
            await connection.add_listener(channel, self._hear)

    def _hear(self, _connection: object, _pid: object, channel: str, payload: str) -> None:
        self._pass_on(self._listeners[channel], payload)

    def _pass_on(self, callback: NotifyCallback, payload: str) -> None:
        """One wake-up between two looks is enough; a look sees all that came before it."""
        if "table_changed_event" in payload:
            if self._woken:
                return
            self._woken = True
        callback(payload)

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()
