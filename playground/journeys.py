"""Moving the playground's clock forward: to the evening, to Monday 9:00, past an expiry.

On its way the clock calls at the moments that somebody waits for, so that what would have happened
one after the other still does. How far it is ahead is kept with the state; it never goes back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from playground.state import State

Stopover = Callable[[datetime], Awaitable[datetime | None]]
"""Lets what is due now be done, then names the next moment before the one given; None: there is
none."""

_KIND, _KEY = "clock", "ahead"
_MOST_STOPS = 40


class Journeys:
    """Moves the clock of `state`; one move at a time, the others wait their turn."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._stopovers: list[Stopover] = []
        self._moving = asyncio.Lock()

    def call_at(self, stopover: Stopover) -> None:
        """From now on let every journey stop where `stopover` says."""
        self._stopovers.append(stopover)

    def resume(self) -> None:
        """Set the clock as far ahead as it was when the state was written down."""
        kept = self._state.documents.get((_KIND, _KEY))
        if kept is not None:
            self._state.clock.advance(float(kept["seconds"]) - self._state.clock.ahead_s)

    async def move(self, seconds: float) -> None:
        """Move the clock forward, stop by stop; raises ValueError for a move back in time."""
        if not seconds >= 0:
            raise ValueError("The clock only moves forward.")
        async with self._moving:
            until = self._state.clock.now() + seconds
            # A stop never takes less than a fortieth of the way: a week is not done by the minute.
            stride = seconds / _MOST_STOPS
            while (stop := await self._next(until)) is not None:
                self._advance_to(min(max(stop, self._state.clock.now() + stride), until))
            self._advance_to(until)
            await self._next(until)

    async def _next(self, until: float) -> float | None:
        last = datetime.fromtimestamp(until, UTC)
        found = [await stopover(last) for stopover in self._stopovers]
        now = self._state.clock.now()
        moments = [at.timestamp() for at in found if at is not None]
        return min((at for at in moments if now < at < until), default=None)

    def _advance_to(self, moment: float) -> None:
        clock = self._state.clock
        clock.advance(max(0.0, moment - clock.now()))
        self._state.put_document(_KIND, _KEY, {"seconds": clock.ahead_s})
