from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import MemberId
from bot.domain.leaderboards import (
    WINDOW,
    GuessFact,
    Place,
    Standings,
    Suppressed,
    Tally,
    lower_bound,
    rank,
)
from tests.unit.domain.makers import NOON

SECOND = timedelta(seconds=1)


def guesses(
    detective: int,
    *,
    ai: tuple[int, int] = (5, 5),
    other: tuple[int, int] = (5, 5),
    authors: int = 3,
    ago: timedelta = timedelta(),
) -> list[GuessFact]:
    """Guesses of one detective; `ai` and `other` are (right, all)."""
    sides = [(True, n < ai[0]) for n in range(ai[1])]
    sides += [(False, n < other[0]) for n in range(other[1])]
    return [
        GuessFact(
            MemberId(detective),
            MemberId(100 + n % authors),
            was_ai,
            said_ai=was_ai == right,
            revealed_at=NOON - ago,
        )
        for n, (was_ai, right) in enumerate(sides)
    ]


def named(*detectives: int) -> dict[MemberId, bool]:
    return {MemberId(n): True for n in detectives}


def standings(*places: tuple[int, ...]) -> Standings:
    ranked = (Place(n, tuple(map(MemberId, who))) for n, who in enumerate(places, start=1))
    return Standings(tuple(ranked))


FIVE = [
    *guesses(1, ai=(20, 20), other=(20, 20)),
    *guesses(2, ai=(18, 20), other=(18, 20)),
    *guesses(3, ai=(16, 20), other=(16, 20)),
    *guesses(4, ai=(14, 20), other=(14, 20)),
    *guesses(5, ai=(12, 20), other=(12, 20)),
]


def test_better_detectives_rank_higher() -> None:
    assert rank(reversed(FIVE), names=named(1, 2, 3, 4, 5)) == standings(
        (1,), (2,), (3,), (4,), (5,)
    )


def test_equals_share_a_place_and_the_next_place_follows() -> None:
    facts = [*FIVE, *guesses(6, ai=(18, 20), other=(18, 20))]
    expected = standings((1,), (2, 6), (3,), (4,), (5,))
    assert rank(facts, names=named(6, 5, 4, 3, 2, 1)) == expected


def test_being_right_on_one_side_is_worth_as_much_as_on_the_other() -> None:
    facts = [*guesses(1, ai=(9, 10), other=(6, 8)), *guesses(2, ai=(6, 8), other=(9, 10))]
    assert rank(facts, names=named(1, 2), threshold=2) == standings((1, 2))


def test_a_hidden_name_leaves_no_gap() -> None:
    facts = [*FIVE, *guesses(6, ai=(10, 20), other=(12, 20))]
    names = {**named(1, 3, 4, 5, 6), MemberId(2): False}
    assert rank(facts, names=names) == standings((1,), (3,), (4,), (5,), (6,))


def test_who_is_not_known_to_be_allowed_stays_hidden() -> None:
    facts = [*FIVE, *guesses(6, ai=(10, 20), other=(12, 20))]
    assert rank(facts, names=named(1, 3, 4, 5, 6)).places[1].member_ids == (3,)


def test_under_five_names_nobody_is_named() -> None:
    assert rank(FIVE, names=named(1, 2, 3, 4)) == Standings((), Suppressed.TOO_FEW_NAMES)
    assert rank([], names={}) == Standings((), Suppressed.TOO_FEW_NAMES)


@pytest.mark.parametrize(
    "unranked",
    [
        guesses(6, ai=(4, 4)),
        guesses(6, other=(4, 4)),
        guesses(6, authors=2),
        guesses(6, ai=(50, 50), other=(0, 50)),
        guesses(6, ai=(0, 50), other=(50, 50)),
        guesses(6, ai=(25, 50), other=(25, 50)),
        guesses(6, ago=WINDOW),
        guesses(6, ago=-SECOND),
    ],
)
def test_too_little_a_fixed_answer_a_coins_luck_or_another_time_earn_no_place(
    unranked: list[GuessFact],
) -> None:
    board = rank([*FIVE, *unranked], names=named(1, 2, 3, 4, 5, 6), until=NOON)
    assert board == standings((1,), (2,), (3,), (4,), (5,))


@pytest.mark.parametrize("ago", [timedelta(), WINDOW - SECOND])
def test_just_enough_within_the_window_earns_one(ago: timedelta) -> None:
    board = rank([*FIVE, *guesses(6, ago=ago)], names=named(1, 2, 3, 4, 5, 6), until=NOON)
    assert any(MemberId(6) in place.member_ids for place in board.places)


def test_five_lucky_guesses_rank_below_a_long_good_record() -> None:
    lucky, long = guesses(1), guesses(2, ai=(46, 50), other=(46, 50))
    assert rank([*lucky, *long], names=named(1, 2), threshold=2) == standings((2,), (1,))


@pytest.mark.parametrize(
    ("counts", "bound"),
    [
        # By hand: Wilson bounds 5 / (5 + 1.6424) = 0.7527 twice; 1 - 0.2473 * sqrt(2) / 2.
        ((5, 5, 5, 5), 0.8252),
        # Wilson bounds 0.7527 and 0; the miss is certain enough: 0.5 - 0.2473 / 2.
        ((5, 5, 0, 5), 0.3764),
        ((14, 20, 14, 20), 0.5994),
    ],
)
def test_the_bound_is_what_the_formula_says(
    counts: tuple[int, int, int, int], bound: float
) -> None:
    assert lower_bound(Tally(*counts, authors=3)) == pytest.approx(bound, abs=0.0001)


sides = st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(sides, sides)
def test_the_bound_lies_between_nothing_and_the_balanced_accuracy(
    ai: tuple[int, int], other: tuple[int, int]
) -> None:
    counted = Tally(*ai, *other, authors=3)
    assert 0 <= lower_bound(counted) <= counted.balanced_accuracy + 1e-9


@given(sides, sides)
def test_twice_the_same_record_is_worth_more(ai: tuple[int, int], other: tuple[int, int]) -> None:
    once = Tally(*ai, *other, authors=3)
    twice = Tally(2 * ai[0], 2 * ai[1], 2 * other[0], 2 * other[1], authors=3)
    assert lower_bound(twice) >= lower_bound(once) - 1e-9


@given(sides, sides)
def test_one_more_hit_never_costs(ai: tuple[int, int], other: tuple[int, int]) -> None:
    before = Tally(*ai, *other, authors=3)
    after = Tally(ai[0] + 1, ai[1] + 1, *other, authors=3)
    assert lower_bound(after) >= lower_bound(before) - 1e-9


@given(st.integers(1, 500), st.integers(1, 500))
def test_a_fixed_answer_never_reaches_one_half(ai: int, other: int) -> None:
    for fixed in (Tally(ai, ai, 0, other, authors=9), Tally(0, ai, other, other, authors=9)):
        assert lower_bound(fixed) < 0.5
        assert not fixed.is_ranked


@given(st.lists(st.tuples(st.integers(1, 8), st.booleans(), st.booleans()), max_size=120))
def test_places_count_up_without_gaps_and_name_nobody_twice(
    sent: list[tuple[int, bool, bool]],
) -> None:
    facts = [
        GuessFact(MemberId(who), MemberId(100 + n % 3), was_ai, said_ai, NOON)
        for n, (who, was_ai, said_ai) in enumerate(sent)
    ]
    allowed = {MemberId(n): n % 3 > 0 for n in range(1, 9)}
    places = rank(facts, names=allowed, threshold=1).places
    people = [who for place in places for who in place.member_ids]
    assert [place.rank for place in places] == list(range(1, len(places) + 1))
    assert len(people) == len(set(people))
    assert all(allowed[who] for who in people)
