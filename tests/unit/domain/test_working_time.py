"""Working time is what the clock on the wall says, through every change of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.facts import Calendar, working_s
from bot.domain.timezones import local

HOUR = 3600
ZONES = [
    "UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe",
    "Pacific/Apia", "Africa/Cairo", "No/Where",
]  # fmt: skip
OFFICE = Calendar()
NIGHT_OWLS = Calendar(frozenset({1, 3, 7}), time(0), time(23, 45), frozenset({date(2026, 3, 29)}))
moments = st.integers(0, 365 * 24 * HOUR).map(
    lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


def by_the_minute(start: datetime, end: datetime, calendar: Calendar, timezone: str) -> int:
    """The same, by looking at the clock every minute; for whole minutes."""
    minutes = 0
    at = start
    while at < end:
        there = local(at, timezone)
        works = calendar.is_working_day(there.date())
        minutes += works and calendar.begins_at <= there.time() < calendar.ends_at
        at += timedelta(minutes=1)
    return minutes * 60


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)  # type: ignore[arg-type,misc]


def test_nights_and_weekends_do_not_count() -> None:
    friday, monday = utc(2026, 11, 20, 16), utc(2026, 11, 23, 10)
    assert working_s(friday, monday, OFFICE, "UTC") == 2 * HOUR


def test_holidays_do_not_count() -> None:
    calendar = Calendar(holidays=frozenset({date(2026, 12, 25)}))
    assert working_s(utc(2026, 12, 24, 16), utc(2026, 12, 28, 10), calendar, "UTC") == 2 * HOUR


def test_a_day_begins_where_somebody_lives() -> None:
    day = (utc(2026, 11, 18), utc(2026, 11, 18, 12))
    assert working_s(*day, OFFICE, "Europe/Berlin") == 4 * HOUR
    assert working_s(*day, OFFICE, "Asia/Tokyo") == 8 * HOUR


def test_the_hour_that_the_clocks_skip_is_nobodys() -> None:
    sunday = Calendar(frozenset({7}), time(0), time(6))
    spring, autumn = (
        (utc(2026, 3, 28, 12), utc(2026, 3, 30)),
        (utc(2026, 10, 24, 12), utc(2026, 10, 26)),
    )
    assert working_s(*spring, sunday, "Europe/Berlin") == 5 * HOUR
    assert working_s(*autumn, sunday, "Europe/Berlin") == 7 * HOUR


def test_the_turn_of_the_year_is_in_no_two_years() -> None:
    always = Calendar(frozenset(range(1, 8)), time(0), time(23, 59))
    around = (utc(2025, 12, 31, 12), utc(2026, 1, 1, 12))
    for timezone in ("Pacific/Auckland", "America/Los_Angeles", "UTC"):
        assert working_s(*around, always, timezone) == 24 * HOUR - 60


@given(start=moments, end=moments)
def test_time_that_runs_backwards_counts_as_nothing(start: datetime, end: datetime) -> None:
    assert working_s(max(start, end), min(start, end), OFFICE, "UTC") == 0


@given(st.lists(moments, min_size=3, max_size=3), st.sampled_from(ZONES))
def test_spans_that_meet_add_up(at: list[datetime], timezone: str) -> None:
    a, b, c = sorted(at)
    for calendar in (OFFICE, NIGHT_OWLS):
        parts = working_s(a, b, calendar, timezone) + working_s(b, c, calendar, timezone)
        assert parts == working_s(a, c, calendar, timezone)


@given(
    moments.map(lambda at: at.replace(second=0)),
    st.integers(0, 4000),
    st.sampled_from(ZONES),
    st.sampled_from([OFFICE, NIGHT_OWLS]),
)
def test_it_is_what_somebody_with_a_watch_would_count(
    start: datetime, minutes: int, timezone: str, calendar: Calendar
) -> None:
    end = start + timedelta(minutes=minutes)
    counted = working_s(start, end, calendar, timezone)
    assert counted == by_the_minute(start, end, calendar, timezone)
