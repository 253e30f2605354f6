from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.leaderboards import last_slot, next_slot
from bot.domain.timezones import local
from tests.unit.domain.test_timezones import ZONES

WEEK = timedelta(weeks=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "weekday", "hour", "timezone", "last", "following"),
    [
        # 2026-11-23 is a Monday; a slot is due from its very moment on.
        ("2026-11-23T09:00", 1, 9, "UTC", "2026-11-23T09:00", "2026-11-30T09:00"),
        ("2026-11-23T08:59:59", 1, 9, "UTC", "2026-11-16T09:00", "2026-11-23T09:00"),
        ("2026-11-22T23:30", 1, 0, "Europe/Berlin", "2026-11-22T23:00", "2026-11-29T23:00"),
        # A week in which the clock changes is an hour shorter or longer.
        ("2026-03-25T12:00", 1, 9, "Europe/Berlin", "2026-03-23T08:00", "2026-03-30T07:00"),
        ("2026-10-21T12:00", 1, 9, "Europe/Berlin", "2026-10-19T07:00", "2026-10-26T08:00"),
        # The hour is skipped: right after. It comes twice: once.
        ("2026-03-29T12:00", 7, 2, "Europe/Berlin", "2026-03-29T01:00", "2026-04-05T00:00"),
        ("2026-10-25T00:30", 7, 2, "Europe/Berlin", "2026-10-25T00:00", "2026-11-01T01:00"),
        ("2026-10-25T01:30", 7, 2, "Europe/Berlin", "2026-10-25T00:00", "2026-11-01T01:00"),
        ("2026-10-04T00:00", 7, 2, "Australia/Lord_Howe", "2026-10-03T15:30", "2026-10-10T15:00"),
        # Samoa had no Friday in the last week of 2011.
        ("2011-12-31T00:00", 5, 9, "Pacific/Apia", "2011-12-30T10:00", "2012-01-05T19:00"),
        # Weeks of an ISO year of 53.
        ("2027-01-01T00:00", 4, 9, "UTC", "2026-12-31T09:00", "2027-01-07T09:00"),
    ],
)
def test_the_slots_around_a_moment(
    now: str, weekday: int, hour: int, timezone: str, last: str, following: str
) -> None:
    when = {"weekday": weekday, "hour": hour, "timezone": timezone}
    assert last_slot(at(now), **when) == at(last)  # type: ignore[arg-type]
    assert next_slot(at(now), **when) == at(following)  # type: ignore[arg-type]


moments = st.integers(0, 40 * 366 * 24 * 60).map(lambda m: at("1996-01-10") + timedelta(minutes=m))
weekdays, hours, zones = st.integers(1, 7), st.integers(0, 23), st.sampled_from(ZONES)


@given(moments, weekdays, hours, zones)
def test_now_lies_between_two_slots_of_neighbouring_weeks(
    now: datetime, weekday: int, hour: int, timezone: str
) -> None:
    last = last_slot(now, weekday=weekday, hour=hour, timezone=timezone)
    following = next_slot(now, weekday=weekday, hour=hour, timezone=timezone)
    assert last <= now < following
    assert _week(following, timezone) == _week(last + WEEK, timezone)
    assert next_slot(last, weekday=weekday, hour=hour, timezone=timezone) == following
    assert last_slot(following, weekday=weekday, hour=hour, timezone=timezone) == following


@pytest.mark.parametrize("timezone", ZONES)
@pytest.mark.parametrize(("weekday", "hour"), [(1, 0), (5, 9), (6, 23), (7, 2)])
def test_every_iso_week_has_exactly_one_slot(timezone: str, weekday: int, hour: int) -> None:
    slots, now = [], at("2009-12-31")
    while now < at("2014-01-01"):
        now = next_slot(now, weekday=weekday, hour=hour, timezone=timezone)
        slots.append(_week(now, timezone))
    assert len(slots) == len(set(slots)) >= 208
    first = datetime.fromisocalendar(*slots[0], 1).replace(tzinfo=UTC)
    assert slots == [(first + n * WEEK).isocalendar()[:2] for n in range(len(slots))]


def _week(moment: datetime, timezone: str) -> tuple[int, int]:
    year, week, _ = local(moment, timezone).isocalendar()
    return year, week
