from __future__ import annotations

from datetime import timedelta

from bot.domain.ids import MemberId
from bot.domain.leaderboards import (
    WINDOW,
    Place,
    RatingFact,
    Standings,
    Suppressed,
    champions,
)
from bot.domain.surveys import Rating
from tests.unit.domain.makers import NOON


def ratings(
    author: int, supers: int, n: int, *, raters: int = 3, ago: timedelta = timedelta()
) -> list[RatingFact]:
    return [
        RatingFact(
            rater=MemberId(100 + k % raters),
            author=MemberId(author),
            rating=Rating.SUPER if k < supers else Rating.OK,
            rated_at=NOON - ago,
        )
        for k in range(n)
    ]


def named(*authors: int) -> dict[MemberId, bool]:
    return {MemberId(n): True for n in authors}


def order(board: Standings) -> list[tuple[int, ...]]:
    return [tuple(place.member_ids) for place in board.places]


FIVE = [fact for n in range(1, 6) for fact in ratings(n, supers=20 - 2 * n, n=20)]


def test_authors_are_placed_by_their_share_of_super() -> None:
    assert order(champions(FIVE, names=named(1, 2, 3, 4, 5))) == [(1,), (2,), (3,), (4,), (5,)]


def test_three_lucky_ratings_do_not_beat_thirty_good_ones() -> None:
    facts = [*FIVE, *ratings(6, supers=3, n=3), *ratings(7, supers=29, n=30)]
    places = order(champions(facts, names=named(1, 2, 3, 4, 5, 6, 7)))
    assert places.index((7,)) < places.index((1,)) < places.index((6,))


def test_equal_praise_shares_a_place() -> None:
    facts = [*FIVE, *ratings(6, supers=18, n=20)]
    board = champions(facts, names=named(1, 2, 3, 4, 5, 6))
    assert board.places[0] == Place(1, (MemberId(1), MemberId(6)))


def test_two_raters_are_too_few_and_oneself_is_none() -> None:
    own = [RatingFact(MemberId(7), MemberId(7), Rating.SUPER, NOON)] * 9
    facts = [*FIVE, *ratings(6, supers=20, n=20, raters=2), *ratings(7, 9, 9, raters=2), *own]
    board = champions(facts, names=named(1, 2, 3, 4, 5, 6, 7))
    assert order(board) == [(1,), (2,), (3,), (4,), (5,)]


def test_only_the_window_counts() -> None:
    facts = [*FIVE, *ratings(6, 20, 20, ago=WINDOW), *ratings(7, 20, 20, ago=-WINDOW / 99)]
    board = champions(facts, names=named(1, 2, 3, 4, 5, 6, 7), until=NOON)
    assert order(board) == [(1,), (2,), (3,), (4,), (5,)]


def test_under_five_names_no_author_is_named() -> None:
    assert champions(FIVE, names=named(1, 2, 3, 4)).suppressed is Suppressed.TOO_FEW_NAMES
    assert champions([], names={}) == Standings((), Suppressed.TOO_FEW_NAMES)
