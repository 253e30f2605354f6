"""The time Hunch goes by: the real one, unless a playground's clock was moved ahead of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta


def utc_now() -> datetime:
    """The real time, aware, in UTC."""
    return datetime.now(UTC)


class Time:
    """The real time plus `ahead()`, which may grow while Hunch runs.

    PostgreSQL and the machine's timers keep to the real time, so what waits there is told in real
    time: a moment of Hunch's minus `ahead()`.
    """

    def __init__(self, ahead: Callable[[], timedelta] = timedelta) -> None:
        self.ahead = ahead
        self._followers: list[Callable[[], Awaitable[None]]] = []

    def now(self) -> datetime:
        """The time, aware, in UTC."""
        return utc_now() + self.ahead()

    def follow(self, catch_up: Callable[[], Awaitable[None]]) -> None:
        """From now on call `catch_up` after each jump."""
        self._followers.append(catch_up)

    async def jumped(self) -> None:
        """`ahead()` has grown: let everybody who waits for a moment look whether it has come."""
        for catch_up in self._followers:
            await catch_up()
