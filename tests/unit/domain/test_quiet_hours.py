from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.budgets import QuietHours, is_quiet, next_opening
from tests.unit.domain.test_timezones import ZONES

DEFAULT = QuietHours()
NEVER = QuietHours(start_h=0, end_h=0, weekends=False)
SIESTA = QuietHours(start_h=13, end_h=15, weekends=False)
NIGHT = QuietHours(start_h=19, end_h=2, weekends=False)
LATE_NIGHT = QuietHours(start_h=22, end_h=2, weekends=False)


def at(text: str) -> datetime:
    """`text` is UTC unless it says otherwise."""
    stamp = datetime.fromisoformat(text)
    return (stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)).astimezone(UTC)


@pytest.mark.parametrize(
    ("asked", "timezone", "quiet", "opens"),
    [
        # 2026-11-18 is a Wednesday.
        ("2026-11-18T12:34:56", "UTC", DEFAULT, "2026-11-18T12:34:56"),
        ("2026-11-18T08:00", "UTC", DEFAULT, "2026-11-18T08:00"),
        ("2026-11-18T07:59:59", "UTC", DEFAULT, "2026-11-18T08:00"),
        ("2026-11-18T18:59:59", "UTC", DEFAULT, "2026-11-18T18:59:59"),
        ("2026-11-18T19:00", "UTC", DEFAULT, "2026-11-19T08:00"),
        ("2026-11-20T19:00", "UTC", DEFAULT, "2026-11-23T08:00"),
        ("2026-11-21T12:00", "UTC", DEFAULT, "2026-11-23T08:00"),
        ("2026-11-21T12:00", "UTC", NEVER, "2026-11-21T12:00"),
        ("2026-11-21T12:00", "UTC", QuietHours(9, 9, weekends=True), "2026-11-23T00:00"),
        ("2026-11-18T13:30", "UTC", SIESTA, "2026-11-18T15:00"),
        ("2026-11-18T12:00", "UTC", SIESTA, "2026-11-18T12:00"),
        # The member's clock counts, not ours.
        ("2026-11-18T18:30", "Europe/Berlin", DEFAULT, "2026-11-19T07:00"),
        ("2026-11-18T02:10", "Asia/Kathmandu", DEFAULT, "2026-11-18T02:15"),
        ("2026-11-18T12:00", "America/New_York", DEFAULT, "2026-11-18T13:00"),
        ("2026-11-20T11:30", "Pacific/Apia", DEFAULT, "2026-11-22T19:00"),
        # Clocks go forward: the opening comes an hour earlier for us, or right after the gap.
        ("2026-03-27T20:00", "Europe/Berlin", DEFAULT, "2026-03-30T06:00"),
        ("2026-03-28T20:00", "Europe/Berlin", LATE_NIGHT, "2026-03-28T20:00"),
        ("2026-03-28T22:00", "Europe/Berlin", LATE_NIGHT, "2026-03-29T01:00"),
        ("2026-03-08T05:00", "America/New_York", NIGHT, "2026-03-08T07:00"),
        ("2026-10-03T13:00", "Australia/Lord_Howe", LATE_NIGHT, "2026-10-03T15:30"),
        # Clocks go back: two o'clock comes twice, the first one opens.
        ("2026-10-24T21:00", "Europe/Berlin", LATE_NIGHT, "2026-10-25T00:00"),
        ("2026-04-04T13:00", "Australia/Lord_Howe", LATE_NIGHT, "2026-04-04T15:30"),
        # Samoa had no 30 December 2011: Thursday evening's next day is a Saturday.
        ("2011-12-30T05:30", "Pacific/Apia", DEFAULT, "2012-01-01T18:00"),
        (
            "2011-12-30T05:30",
            "Pacific/Apia",
            QuietHours(weekends=False),
            "2011-12-30T18:00",
        ),
        # Nobody knows this place: UTC.
        ("2026-11-18T19:00", "Mars/Olympus", DEFAULT, "2026-11-19T08:00"),
    ],
)
def test_the_next_opening(asked: str, timezone: str, quiet: QuietHours, opens: str) -> None:
    assert next_opening(at(asked), timezone=timezone, quiet=quiet) == at(opens)


moments = st.integers(0, 40 * 366 * 24 * 60).map(lambda m: at("1996-01-01") + timedelta(minutes=m))
anyones_hours = st.builds(QuietHours, st.integers(0, 23), st.integers(0, 23), st.booleans())


@given(moments, st.sampled_from(ZONES), anyones_hours)
def test_an_opening_is_not_quiet_and_nothing_before_it_is_open(
    now: datetime, timezone: str, quiet: QuietHours
) -> None:
    opening = next_opening(now, timezone=timezone, quiet=quiet)
    assert opening >= now
    assert not is_quiet(opening, timezone=timezone, quiet=quiet)
    for share in (0, 0.3, 0.6, 0.99):
        earlier = now + (opening - now) * share
        assert earlier == opening or is_quiet(earlier, timezone=timezone, quiet=quiet)


@given(moments, st.sampled_from(ZONES), anyones_hours)
def test_an_opening_is_never_more_than_four_days_away(
    now: datetime, timezone: str, quiet: QuietHours
) -> None:
    assert next_opening(now, timezone=timezone, quiet=quiet) - now <= timedelta(days=4)
