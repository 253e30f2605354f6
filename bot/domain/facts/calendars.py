"""Working time: how much of a span lies within working hours, where somebody lives.

Counted from the clock changes as they were: a working day on which the clocks go forward within
working hours is an hour shorter.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate

from bot.domain.timezones import instant_of, local


@dataclass(frozen=True, slots=True)
class Calendar:
    """When people of a workspace work, by the clock where each of them lives.

    `working_days` are ISO weekdays (Monday is 1); holidays are whole days on which nobody works.
    The end of the day is after its beginning: nobody's working day goes past midnight.
    """

    working_days: frozenset[int] = frozenset({1, 2, 3, 4, 5})
    begins_at: time = time(9)
    ends_at: time = time(17)
    holidays: frozenset[date] = frozenset()

    def is_working_day(self, day: date) -> bool:
        return day.isoweekday() in self.working_days and day not in self.holidays


def working_s(start: datetime, end: datetime, calendar: Calendar, timezone: str) -> int:
    """Whole seconds of working time from `start` to `end` (aware); 0 where `end` is not later.

    Spans add up: those of two that meet are together those of the whole. An unknown timezone
    counts as UTC.
    """
    if end <= start:
        return 0
    first, last = local(start, timezone).year, local(end, timezone).year
    whole_years = (_year(year, calendar, timezone).total for year in range(first, last))
    until_end = _year(last, calendar, timezone).worked_until(end.timestamp())
    until_start = _year(first, calendar, timezone).worked_until(start.timestamp())
    return sum(whole_years) + until_end - until_start


@dataclass(frozen=True, slots=True)
class _Year:
    """A year's working days as instants, and what was worked in it before each of them."""

    begins: tuple[float, ...]
    ends: tuple[float, ...]
    worked: tuple[int, ...]
    total: int

    def worked_until(self, at: float) -> int:
        """Whole seconds worked in this year before an instant."""
        place = bisect_right(self.begins, at) - 1
        if place < 0:
            return 0
        return self.worked[place] + int(min(at, self.ends[place]) - self.begins[place])


@lru_cache(maxsize=4096)
def _year(year: int, calendar: Calendar, timezone: str) -> _Year:
    days = [_hours_of(day, calendar, timezone) for day in _working_days(year, calendar)]
    worked = list(accumulate((int(end - begin) for begin, end in days), initial=0))
    begins, ends = tuple(day[0] for day in days), tuple(day[1] for day in days)
    return _Year(begins, ends, tuple(worked[:-1]), worked[-1])


def _working_days(year: int, calendar: Calendar) -> Iterator[date]:
    first = date(year, 1, 1)
    days = (first + timedelta(days=n) for n in range(366))
    return (day for day in days if day.year == year and calendar.is_working_day(day))


def _hours_of(day: date, calendar: Calendar, timezone: str) -> tuple[float, float]:
    begins = instant_of(datetime.combine(day, calendar.begins_at), timezone)
    ends = instant_of(datetime.combine(day, calendar.ends_at), timezone)
    return begins.timestamp(), ends.timestamp()
