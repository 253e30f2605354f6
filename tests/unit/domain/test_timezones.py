from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.timezones import instant_of, local, quarters

ZONES = [
    "Africa/Casablanca",
    "America/New_York",
    "America/Santiago",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Pacific/Apia",
    "Pacific/Chatham",
    "UTC",
]


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("shown", "timezone", "instant"),
    [
        # Nothing special.
        ("2026-11-23T09:00", "Europe/Berlin", "2026-11-23T08:00Z"),
        ("2026-11-23T09:00", "Asia/Kathmandu", "2026-11-23T03:15Z"),
        # The clocks skip it: the moment right after.
        ("2026-03-29T02:00", "Europe/Berlin", "2026-03-29T01:00Z"),
        ("2026-03-29T02:30", "Europe/Berlin", "2026-03-29T01:00Z"),
        ("2026-03-08T02:00", "America/New_York", "2026-03-08T07:00Z"),
        ("2026-10-04T02:00", "Australia/Lord_Howe", "2026-10-03T15:30Z"),
        ("2026-03-29T00:00", "Asia/Beirut", "2026-03-28T22:00Z"),
        # The whole day is skipped at the date line.
        ("2011-12-30T09:00", "Pacific/Apia", "2011-12-30T10:00Z"),
        # It comes twice: the first time.
        ("2026-10-25T02:00", "Europe/Berlin", "2026-10-25T00:00Z"),
        ("2026-11-01T01:00", "America/New_York", "2026-11-01T05:00Z"),
        ("2026-04-05T01:30", "Australia/Lord_Howe", "2026-04-04T14:30Z"),
    ],
)
def test_a_time_on_the_wall_becomes_an_instant(shown: str, timezone: str, instant: str) -> None:
    assert instant_of(wall(shown), timezone) == datetime.fromisoformat(instant)


walls = st.integers(0, 40 * 366 * 24).map(lambda h: wall("1996-01-01") + timedelta(hours=h))


@given(walls, st.sampled_from(ZONES))
def test_an_instant_never_shows_less_than_the_wall_and_is_the_first_such(
    wanted: datetime, timezone: str
) -> None:
    at = instant_of(wanted, timezone)
    shown = local(at, timezone).replace(tzinfo=None)
    before = local(at - timedelta(seconds=1), timezone).replace(tzinfo=None)
    assert shown >= wanted
    assert before < wanted


def test_quarters_begin_where_asked_and_go_on_full_in_utc() -> None:
    start, end = datetime(2026, 1, 1, 9, 7, 3, tzinfo=UTC), datetime(2026, 1, 1, 9, 45, tzinfo=UTC)
    assert [t.strftime("%H:%M:%S") for t in quarters(start, end)] == [
        "09:07:03",
        "09:15:00",
        "09:30:00",
    ]
    assert list(quarters(end, start)) == []
