from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from statistics import fmean, stdev

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.budgets import (
    Drawn,
    DrawnOut,
    Load,
    Place,
    QuietHours,
    draw,
    first_room,
    is_quiet,
)
from bot.domain.ids import MemberId
from bot.domain.timezones import local
from tests.unit.domain.test_timezones import ZONES

MONDAY = datetime(2026, 11, 16, 10, tzinfo=UTC)
DAY = timedelta(days=1)
WEEK = 7 * DAY
ALWAYS = QuietHours(0, 0, weekends=False)


def a_load(number: int = 1, *sent_at: datetime, snoozed_until: datetime | None = None) -> Load:
    return Load(MemberId(number), snoozed_until=snoozed_until, sent_at=sent_at)


def drawn(
    *loads: Load,
    now: datetime = MONDAY,
    expires_at: datetime | None = None,
    coin: float = 0.0,
    weekly: int = 8,
) -> Drawn | DrawnOut:
    expiry = expires_at or now + WEEK
    return draw(loads, now=now, expires_at=expiry, daily=3, weekly=weekly, coin=coin)


def places(**send_at: datetime) -> tuple[Place, ...]:
    return tuple(Place(MemberId(int(name[1:])), at) for name, at in send_at.items())


def test_with_room_for_everybody_a_pull_request_is_asked_about_for_certain() -> None:
    outcome = drawn(a_load(1), a_load(2, MONDAY, MONDAY), coin=0.999)
    assert outcome == Drawn(places(m1=MONDAY, m2=MONDAY), probability=1.0)


def test_a_night_or_a_snooze_delays_but_costs_no_chance() -> None:
    evening, snoozed = MONDAY + timedelta(hours=10), MONDAY + timedelta(days=1, hours=3)
    outcome = drawn(a_load(1), a_load(2, snoozed_until=snoozed), now=evening, coin=0.999)
    tuesday = datetime(2026, 11, 17, 8, tzinfo=UTC)
    assert outcome == Drawn(places(m1=tuesday, m2=snoozed), probability=1.0)


def test_a_snooze_that_is_over_delays_nothing() -> None:
    assert drawn(a_load(1, snoozed_until=MONDAY - DAY)) == Drawn(places(m1=MONDAY), 1.0)


FULL_DAY = (MONDAY, MONDAY, MONDAY)
TUESDAY = datetime(2026, 11, 17, 0, tzinfo=UTC)
TUESDAY_8 = datetime(2026, 11, 17, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("waiting", "probability", "send_at"),
    [
        ((), 0.5, TUESDAY_8),
        ((TUESDAY_8,), 0.25, TUESDAY_8),
        ((TUESDAY_8,) * 2, 0.125, TUESDAY_8),
        ((TUESDAY_8,) * 3, 0.0625, TUESDAY_8 + DAY),
    ],
)
def test_beyond_a_full_day_the_chance_halves_with_each_survey_already_waiting(
    waiting: tuple[datetime, ...], probability: float, send_at: datetime
) -> None:
    load = a_load(1, *FULL_DAY, *waiting)
    assert drawn(load, coin=probability - 0.001) == Drawn(places(m1=send_at), probability)
    assert drawn(load, coin=probability) == DrawnOut(probability)


def test_all_are_drawn_together_and_only_the_crowded_wait() -> None:
    outcome = drawn(a_load(1), a_load(2, *FULL_DAY), coin=0.4)
    assert outcome == Drawn(places(m1=MONDAY, m2=TUESDAY_8), probability=0.5)
    assert drawn(a_load(1), a_load(2, *FULL_DAY), coin=0.6) == DrawnOut(0.5)


def test_the_most_crowded_participant_sets_the_chance() -> None:
    busier = a_load(3, *FULL_DAY, TUESDAY_8)
    assert drawn(a_load(2, *FULL_DAY), busier, coin=0.99) == DrawnOut(0.25)


def test_a_full_week_waits_for_the_next_one_if_the_survey_lives_so_long() -> None:
    friday = MONDAY + 4 * DAY
    full_week = tuple(MONDAY + n % 4 * DAY for n in range(8))
    next_monday = datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert drawn(a_load(1, *full_week), now=friday) == Drawn(places(m1=next_monday), 0.5)


def test_without_room_in_time_nobody_is_asked() -> None:
    full_week = a_load(1, *[MONDAY] * 8)
    assert drawn(full_week, a_load(2)) == DrawnOut(0.0)


def test_a_survey_is_never_sent_within_two_days_of_its_expiry() -> None:
    load = a_load(1, *FULL_DAY)
    assert drawn(load, expires_at=TUESDAY_8 + 2 * DAY) == DrawnOut(0.0)
    later = TUESDAY_8 + 2 * DAY + timedelta(seconds=1)
    assert isinstance(drawn(load, expires_at=later), Drawn)


def test_who_snoozes_too_long_holds_nobody_up_and_is_due_only_while_still_snoozing() -> None:
    away = a_load(1, *FULL_DAY, snoozed_until=MONDAY + 5 * DAY)
    last_moment = MONDAY + 5 * DAY
    assert drawn(away, a_load(2), coin=0.999) == Drawn(places(m1=last_moment, m2=MONDAY), 1.0)
    assert first_room(away, now=MONDAY, expires_at=MONDAY + WEEK, daily=3, weekly=8) is None
    assert drawn(away) == DrawnOut(0.0)


def test_a_draw_among_nobody_asks_nobody() -> None:
    assert drawn() == DrawnOut(0.0)


def test_a_late_approver_of_a_drawn_pull_request_gets_the_first_room() -> None:
    room = first_room(a_load(1, *FULL_DAY), now=MONDAY, expires_at=MONDAY + WEEK, daily=3, weekly=8)
    assert room == TUESDAY_8


def test_days_and_weeks_are_those_of_the_members_own_calendar() -> None:
    evening_in_new_york = datetime(2026, 11, 17, 2, tzinfo=UTC)
    load = replace(a_load(1, *[evening_in_new_york] * 3), timezone="America/New_York", quiet=ALWAYS)
    midnight_there = datetime(2026, 11, 17, 5, tzinfo=UTC)
    assert drawn(load, now=evening_in_new_york) == Drawn(places(m1=midnight_there), 0.5)


merges = st.lists(
    st.tuples(
        st.integers(0, 3 * 60),
        st.sets(st.integers(0, 3), min_size=1),
        st.floats(0, 1, exclude_max=True),
    ),
    max_size=40,
)


@settings(max_examples=40)
@given(merges, st.integers(1, 3), st.integers(3, 8), st.lists(st.sampled_from(ZONES), min_size=4))
def test_no_sequence_of_merges_exceeds_anybodys_caps_or_wakes_anybody(
    sequence: list[tuple[int, set[int], float]], daily: int, weekly: int, zones: list[str]
) -> None:
    now = MONDAY
    loads = [replace(a_load(n), timezone=zones[n]) for n in range(4)]
    for minutes, who, coin in sequence:
        now += timedelta(minutes=10 * minutes)
        asked = [loads[n] for n in sorted(who)]
        outcome = draw(asked, now=now, expires_at=now + WEEK, daily=daily, weekly=weekly, coin=coin)
        for place in outcome.places if isinstance(outcome, Drawn) else ():
            assert now <= place.send_at < now + 5 * DAY
            load = loads[place.member_id]
            loads[place.member_id] = replace(load, sent_at=(*load.sent_at, place.send_at))
    for load in loads:
        clocks = [local(at, load.timezone) for at in load.sent_at]
        assert all(n <= daily for n in Counter(c.date() for c in clocks).values())
        assert all(n <= weekly for n in Counter(c.isocalendar()[:2] for c in clocks).values())
        assert not any(
            is_quiet(at, timezone=load.timezone, quiet=load.quiet) for at in load.sent_at
        )


def test_a_flood_of_merges_fills_the_days_up_to_the_cap_and_no_further() -> None:
    load, random = a_load(1), Random(3)
    for minute in range(60):
        outcome = drawn(load, now=MONDAY + timedelta(minutes=minute), coin=random.random())
        for place in outcome.places if isinstance(outcome, Drawn) else ():
            load = replace(load, sent_at=(*load.sent_at, place.send_at))
    days = Counter(at.date() for at in load.sent_at)
    assert days[MONDAY.date()] == 3
    assert 3 < days.total() <= 8
    assert max(days.values()) == 3


def _estimate(random: Random) -> tuple[float, int]:
    """Play a busy day; return the merges as weights tell them, and as they were."""
    loads = {n: replace(a_load(n), quiet=ALWAYS) for n in range(4)}
    weighted, true = 0.0, 0
    for merge in range(9):
        asked = [loads[n] for n in random.sample(range(4), 2)]
        now = MONDAY + timedelta(minutes=merge)
        outcome = draw(
            asked, now=now, expires_at=now + WEEK, daily=2, weekly=50, coin=random.random()
        )
        true += outcome.probability > 0
        if isinstance(outcome, Drawn):
            weighted += 1 / outcome.probability
            for place in outcome.places:
                load = loads[place.member_id]
                loads[place.member_id] = replace(load, sent_at=(*load.sent_at, place.send_at))
    return weighted, true


def test_weighing_by_the_recorded_probability_is_unbiased() -> None:
    random = Random(7)
    errors = [weighted - true for weighted, true in (_estimate(random) for _ in range(400))]
    assert abs(fmean(errors)) < 3 * stdev(errors) / len(errors) ** 0.5
    assert stdev(errors) > 1
