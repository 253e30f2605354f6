"""When the leaderboard is due: one moment in every week, on the workspace's own clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from bot.domain.timezones import instant_of, local

_WEEK = timedelta(weeks=1)


def last_slot(now: datetime, *, weekday: int, hour: int, timezone: str) -> datetime:
    """Give the newest slot that is not after `now`, aware UTC.

    There is exactly one slot in each ISO week of `timezone`: on `weekday` (Monday is 1) at `hour`
    o'clock. Where the clocks skip that hour it is the first moment after the skip; where the hour
    comes twice, the first.
    """
    return max(slot for slot in _around(now, weekday, hour, timezone) if slot <= now)


def next_slot(now: datetime, *, weekday: int, hour: int, timezone: str) -> datetime:
    """Give the first slot after `now`, aware UTC; see `last_slot`."""
    return min(slot for slot in _around(now, weekday, hour, timezone) if slot > now)


def week_of(slot: datetime, timezone: str) -> str:
    """Name the ISO week of `timezone` that a slot is in: `2026-W48`."""
    year, week, _ = local(slot, timezone).isocalendar()
    return f"{year}-W{week:02d}"


def _around(now: datetime, weekday: int, hour: int, timezone: str) -> list[datetime]:
    year, week, _ = local(now.astimezone(UTC), timezone).isocalendar()
    day = date.fromisocalendar(year, week, weekday)
    wall = datetime.combine(day, time(hour))
    return [instant_of(wall + weeks * _WEEK, timezone) for weeks in (-1, 0, 1)]
