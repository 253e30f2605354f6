"""The time in the playground: it runs by itself, or stands still until a test moves it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import TypeVar

T = TypeVar("T")


class Clock:
    """Seconds since 1970; `frozen_at` stops it, `advance` moves it and wakes who sleeps."""

    def __init__(self, *, frozen_at: float | None = None) -> None:
        self._frozen_at = frozen_at
        self._offset_s = 0.0
        self._moved = asyncio.Event()

    def now(self) -> float:
        """Return the time as seconds since 1970 (UTC)."""
        if self._frozen_at is not None:
            return self._frozen_at + self._offset_s
        return time.time() + self._offset_s

    @property
    def ahead_s(self) -> float:
        """How many seconds it has been moved."""
        return self._offset_s

    def utc(self) -> datetime:
        """Return the time as an aware datetime."""
        return datetime.fromtimestamp(self.now(), UTC)

    def advance(self, seconds: float) -> None:
        """Move forward; everybody whose time has come wakes up."""
        self._offset_s += seconds
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def sleep(self, seconds: float) -> None:
        """Wait until `seconds` have passed on this clock."""
        due = self.now() + seconds
        while (left_s := due - self.now()) > 0:
            await self._wait_moved(None if self._frozen_at is not None else left_s)

    async def _wait_moved(self, timeout_s: float | None) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                await self._moved.wait()
        except TimeoutError:
            return

    async def within(self, work: Awaitable[T], seconds: float) -> T:
        """Await `work`; raises TimeoutError (and cancels it) when it takes longer."""
        task = asyncio.ensure_future(work)
        alarm = asyncio.ensure_future(self.sleep(seconds))
        try:
            await asyncio.wait({task, alarm}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise TimeoutError
            return task.result()
        finally:
            alarm.cancel()
            task.cancel()
