"""Stores what could not be had again, also while the database is away for a moment."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.errors import Conflict, DatabaseAway

_KEEP_TRYING_S = 60.0
T = TypeVar("T")


async def insist(store: Callable[[], Awaitable[T]]) -> T:
    """Call `store`, a whole transaction, until it commits.

    Raises DatabaseAway or Conflict when it has not within a minute.
    """
    give_up_at, pause_s = time.monotonic() + _KEEP_TRYING_S, 0.05
    while True:
        try:
            return await store()
        except (DatabaseAway, Conflict):
            if time.monotonic() > give_up_at:
                raise
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, 2.0)
