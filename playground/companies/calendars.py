"""When a company works: seasons, holidays, bad weeks, and midnight in every time zone."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from playground.companies.plans import CompanyPlan

DAY_S = 86_400
_AUGUST, _DECEMBER, _JANUARY = 8, 12, 1


@dataclass(frozen=True, slots=True)
class Incident:
    """Days, counted from the plan's first, on which everything takes `slowdown` times as long."""

    first: int
    last: int
    slowdown: float


def incidents(plan: CompanyPlan) -> tuple[Incident, ...]:
    """The company's bad weeks, in order; they do not overlap."""
    rng = random.Random(f"{plan.seed}/incidents")  # nosec B311
    wanted = plan.incidents
    count = round(wanted.a_year * plan.days / 365)
    each = plan.days // max(count, 1)
    room = each - wanted.days
    if room < 1:
        return ()
    starts = [each * number + rng.randrange(room) for number in range(count)]
    return tuple(Incident(at, at + wanted.days - 1, wanted.slowdown) for at in starts)


def season(day: date) -> float:
    """How much is done on a working day: little at the turn of the year, less in August."""
    if (day.month == _DECEMBER and day.day >= 24) or (day.month == _JANUARY and day.day == 1):
        return 0.12
    return 0.75 if day.month == _AUGUST else 1.0


class Calendar:
    """The plan's days; a day is its number, a moment is in seconds since 1970."""

    def __init__(self, plan: CompanyPlan, zones: Iterable[str]) -> None:
        self._plan = plan
        self._zones = {name: ZoneInfo(name) for name in zones}
        self._slow = {
            day: incident.slowdown
            for incident in incidents(plan)
            for day in range(incident.first, incident.last + 1)
        }

    def date(self, day: int) -> date:
        """The date of a day."""
        return self._plan.starts_on + timedelta(days=day)

    def weekday(self, day: int) -> int:
        """Monday is 0."""
        return (self._plan.starts_on.weekday() + day) % 7

    def slowdown(self, day: int) -> float:
        """By how much everything takes longer that is opened on that day."""
        return self._slow.get(day, 1.0)

    def midnights(self, day: int) -> dict[str, int]:
        """When that day begins in each time zone."""
        date = self.date(day)
        start = int(datetime(date.year, date.month, date.day, tzinfo=UTC).timestamp())
        noon = datetime(date.year, date.month, date.day, 12)  # noqa: DTZ001  (a wall's time)
        return {
            name: start - int(noon.replace(tzinfo=zone).utcoffset().total_seconds())  # type: ignore[union-attr]
            for name, zone in self._zones.items()
        }
