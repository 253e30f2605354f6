"""Wall clocks and instants: what time it is where somebody lives, through every clock change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_QUARTER = timedelta(minutes=15)
"""All clocks in use today change on a quarter of an hour UTC, by a multiple of one."""


def is_timezone(name: str) -> bool:
    """Tell whether `name` is an IANA timezone we can compute with; never raises."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def local(at: datetime, timezone: str) -> datetime:
    """Say what the clock shows at `at`; an unknown timezone counts as UTC."""
    return at.astimezone(_zone(timezone))


def instant_of(wall: datetime, timezone: str) -> datetime:
    """Find the first instant (aware UTC) at which the clock shows the naive `wall` or later.

    A time that the clocks skip becomes the moment right after the skip; of a time that comes
    twice it is the first.
    """
    zone = _zone(timezone)
    either = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    at = min(either)
    while at.astimezone(zone).replace(tzinfo=None) < wall:
        at = _next_quarter(at)
    return at


def quarters(start: datetime, end: datetime) -> Iterator[datetime]:
    """Yield `start`, then every full quarter of an hour before `end`, in UTC."""
    at = start.astimezone(UTC)
    while at < end:
        yield at
        at = _next_quarter(at)


def _next_quarter(at: datetime) -> datetime:
    floor = at.replace(minute=at.minute - at.minute % 15, second=0, microsecond=0)
    return floor + _QUARTER


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name if is_timezone(name) else "UTC")
