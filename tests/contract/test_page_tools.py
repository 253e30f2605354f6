"""What the page can do to the playground: its clock, its faults, its workspaces."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from playground.faults import Fault, FaultKind, Faults
from playground.page.clocks import ahead_in_words, seconds_until
from playground.page.switches import SWITCHES, flip, switches

HOUR = 3600


def at(day: int, hour: int, zone: str = "Europe/London", month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, 30, tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("where", "now", "hours"),
    [
        ("hour", at(20, 12), 1),
        ("tomorrow", at(20, 12), 20.5),
        ("tomorrow", at(20, 0), 32.5),
        ("monday", at(20, 12), 68.5),
        ("monday", at(23, 8), 168.5),
        ("monday", at(22, 23), 9.5),
        ("tomorrow", at(24, 8, month=10), 25.5),
    ],
    ids=["an hour", "tomorrow", "after midnight", "Friday", "Monday", "Sunday", "a longer night"],
)
def test_a_moment_to_go_to_is_on_the_readers_own_wall(
    where: str, now: datetime, hours: float
) -> None:
    assert seconds_until(where, now) == hours * HOUR


def test_there_is_no_way_back() -> None:
    with pytest.raises(ValueError, match="go on"):
        seconds_until("yesterday", at(20, 12))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, ""), (29, ""), (60, "1 minute"), (3599.9, "1 hour"), (7300, "2 hours"), (90_000, "1 day")],
)
def test_how_far_the_clock_is_ahead_is_said_in_words(seconds: float, words: str) -> None:
    assert ahead_in_words(seconds) == words


@pytest.mark.parametrize("key", [one.key for one in SWITCHES])
def test_each_fault_goes_on_and_off_alone_and_lasts(key: str) -> None:
    faults = Faults()
    flip(faults, "slow" if key != "slow" else "http_500")
    switch, on = flip(faults, key)
    assert on
    assert [one.key for one, is_on in switches(faults) if is_on].count(key) == 1
    assert all(faults.take(switch.method, "T1") is not None for _ in range(100))
    assert flip(faults, key) == (switch, False)
    assert len([one for one, is_on in switches(faults) if is_on]) == 1


def test_a_fault_that_a_test_planned_is_not_the_pages() -> None:
    faults = Faults()
    faults.add(Fault(FaultKind.SLOW, seconds=2.0))
    assert not any(on for _, on in switches(faults))


def test_an_unknown_fault_is_refused() -> None:
    with pytest.raises(LookupError):
        flip(Faults(), "earthquake")


def test_every_fault_says_what_happens_in_a_sentence() -> None:
    for switch in SWITCHES:
        assert switch.sentence.endswith(".")
        assert len(switch.sentence.split()) > 5
