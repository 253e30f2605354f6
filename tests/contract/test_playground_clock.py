"""The movable clock: forward only, stop by stop, and still ahead after a restart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from playground.clock import Clock
from playground.server import Playground

NINE = datetime(2026, 11, 20, 9, tzinfo=UTC)


def _frozen() -> Clock:
    return Clock(frozen_at=NINE.timestamp())


async def test_the_clock_moves_forward_and_never_back() -> None:
    async with Playground.start(clock=_frozen()) as slack:
        await slack.move_clock(3600)
        assert slack.clock.utc() == NINE + timedelta(hours=1)
        for wrong in (-1.0, float("nan")):
            with pytest.raises(ValueError, match="only moves forward"):
                await slack.move_clock(wrong)
        assert slack.clock.utc() == NINE + timedelta(hours=1)


async def test_a_message_written_after_a_move_is_dated_after_it() -> None:
    async with Playground.start(clock=_frozen()) as slack:
        before = float(slack.state.next_ts())
        await slack.move_clock(86_400)
        assert float(slack.state.next_ts()) >= before + 86_400


async def test_a_journey_calls_at_every_moment_somebody_waits_for_in_order() -> None:
    async with Playground.start(clock=_frozen()) as slack:
        waiting = [NINE + timedelta(hours=hours) for hours in (1, 5, 200)]
        seen: list[datetime] = []

        async def stopover(until: datetime) -> datetime | None:
            now = slack.clock.utc()
            seen.append(now)
            return next((at for at in waiting if now < at <= until), None)

        slack.journeys.call_at(stopover)
        await slack.move_clock(timedelta(hours=6).total_seconds())
        assert seen == [NINE, *waiting[:2], NINE + timedelta(hours=6)]


async def test_a_long_journey_with_many_moments_still_ends_soon() -> None:
    async with Playground.start(clock=_frozen()) as slack:
        stops = 0

        async def every_minute(until: datetime) -> datetime | None:
            nonlocal stops
            stops += 1
            return slack.clock.utc() + timedelta(minutes=1)

        slack.journeys.call_at(every_minute)
        await slack.move_clock(timedelta(days=7).total_seconds())
        assert stops <= 45
        assert slack.clock.utc() == NINE + timedelta(days=7)


async def test_the_clock_is_as_far_ahead_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "playground.sqlite"
    async with Playground.start(path=path) as slack:
        await slack.move_clock(86_400)
    async with Playground.start(path=path) as slack:
        assert slack.clock.ahead_s == pytest.approx(86_400, abs=1)
        await slack.move_clock(60)
    async with Playground.start(path=path) as slack:
        assert slack.clock.ahead_s == pytest.approx(86_460, abs=1)
