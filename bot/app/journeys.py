"""Keeps Hunch up with a clock that somebody moves forward: what is due by then happens at once."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta

from bot import log
from bot.app.services import Services
from bot.errors import Conflict, DatabaseAway
from bot.use_cases.moments import next_moment
from jobs.engine import bring_forward, queue_sizes

_log = log.get("app.journeys")
_SETTLE_S = 2.0
_LOOK_EVERY_S = 0.05


class ClockFollower:
    """Goes along with each jump of the store's time."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._time = services.store.time
        self._seen = self._time.ahead()

    async def stop_over(self, until: datetime) -> datetime | None:
        """Do what is due now, for two seconds at most; then name the next moment before `until`.

        What could not be done meanwhile is done as always: the rows say what is due.
        """
        try:
            await self._catch_up()
            await self._settle()
            moment = await next_moment(self._services.store.database, now=self._time.now())
        except (DatabaseAway, Conflict) as error:
            _log.warning("clock.left_behind", error=type(error).__name__)
            return None
        return moment if moment is not None and moment < until else None

    async def _catch_up(self) -> None:
        moved, self._seen = self._time.ahead() - self._seen, self._time.ahead()
        if moved > timedelta():
            async with self._services.store.database.routing(name="bring_forward") as tx:
                await bring_forward(tx, moved)
            await self._time.jumped()

    async def _settle(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_SETTLE_S):
                while await self._is_busy():  # noqa: ASYNC110  (the queue tells nobody)
                    await asyncio.sleep(_LOOK_EVERY_S)

    async def _is_busy(self) -> bool:
        async with self._services.store.database.routing(name="look_at_queue") as tx:
            return any(one.waiting or one.running for one in await queue_sizes(tx))
