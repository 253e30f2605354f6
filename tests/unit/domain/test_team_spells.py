"""Who was in a team when, by news in whatever order."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.teams import ALWAYS, MembershipNews, Said, Spell, spells, was_in

START = datetime(2026, 11, 1, tzinfo=UTC)


def at(day: int) -> datetime:
    return START + timedelta(days=day)


def news(*said: tuple[int, Said]) -> list[MembershipNews]:
    return [MembershipNews(at(day), one) for day, one in said]


NEWS = st.frozensets(
    st.builds(MembershipNews, st.integers(0, 8).map(at), st.sampled_from([Said.JOINED, Said.LEFT])),
    max_size=8,
)


def test_who_is_there_at_the_first_look_has_always_been() -> None:
    assert spells(news((3, Said.SEEN))) == (Spell(ALWAYS, None),)


def test_who_was_heard_to_join_before_the_first_look_joined_then() -> None:
    assert spells(news((3, Said.SEEN), (1, Said.JOINED))) == (Spell(at(1), None),)


def test_who_is_first_heard_to_leave_had_always_been_there() -> None:
    assert spells(news((3, Said.LEFT))) == (Spell(ALWAYS, at(3)),)


def test_who_was_never_there_is_not_there_by_being_missed() -> None:
    assert spells(news((3, Said.MISSING))) == ()


def test_to_leave_and_come_back_makes_two_times() -> None:
    known = news((5, Said.JOINED), (1, Said.JOINED), (3, Said.LEFT), (6, Said.JOINED))
    assert spells(known) == (Spell(at(1), at(3)), Spell(at(5), None))


def test_joined_and_left_in_one_moment_is_no_time_at_all() -> None:
    assert spells(news((3, Said.JOINED), (3, Said.LEFT))) == ()


@given(known=NEWS)
def test_times_follow_one_another_and_never_overlap(known: frozenset[MembershipNews]) -> None:
    found = spells(known)
    for one, following in itertools.pairwise(found):
        assert one.until is not None
        assert one.since < one.until <= following.since
    latest = max(known, default=None)
    if latest is not None:
        assert was_in(known, latest.heard_at) is latest.said.is_in
