"""The workspace's clock as the page shows it, and the moments it can be moved to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from playground.page.viewers import Viewer

_HOUR = 3600
_OPENS = time(9)
_MONDAY = 0


@dataclass(frozen=True, slots=True)
class ShownClock:
    """The reader's local time now, and how far the playground's is ahead of the computer's."""

    now: datetime
    timezone: str
    ahead: str

    @property
    def seconds(self) -> float:
        """The same moment as seconds since 1970."""
        return self.now.timestamp()


def clock_of(viewer: Viewer) -> ShownClock:
    """Return the clock as this person's wall shows it."""
    clock = viewer.slack.clock
    now = datetime.fromtimestamp(clock.now(), ZoneInfo(viewer.user.tz))
    return ShownClock(now, viewer.user.tz, ahead_in_words(clock.ahead_s))


def ahead_in_words(seconds: float) -> str:
    """Return a span in words, to the minute; "" for none."""
    minutes = round(seconds / 60)
    for length, unit in ((1440, "day"), (60, "hour"), (1, "minute")):
        count = minutes // length
        if count:
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return ""


def seconds_until(where: str, now: datetime) -> float:
    """Return how far to move to `hour`, `tomorrow` or `monday`; raises ValueError otherwise."""
    match where:
        case "hour":
            return _HOUR
        case "tomorrow":
            return _until(now, 1)
        case "monday":
            return _until(now, (_MONDAY - now.weekday()) % 7 or 7)
        case _:
            raise ValueError("The clock can go on an hour, to tomorrow or to Monday.")


def _until(now: datetime, days: int) -> float:
    """Return the seconds to nine o'clock on the local day that many days later."""
    day = (now + timedelta(days=days)).date()
    return datetime.combine(day, _OPENS, now.tzinfo).timestamp() - now.timestamp()
