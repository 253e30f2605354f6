"""Can the ranking be gamed? Simulated leaderboards at three base rates of AI.

Everybody makes 96 guesses, what the weekly budget allows in 12 weeks. The detective is right 7
times in 10, on either side. Fixed answers never get a place. A coin has luck: it gets past the
detective in about 4 of 100 leaderboards where one kind of pull request is rare (10 % or 90 % AI),
in about 2 of 1,000 at 50 %; nobody but chance gains from it.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from statistics import fmean

import pytest

from bot.domain.ids import MemberId
from bot.domain.leaderboards import GuessFact, Tally, lower_bound, rank, tally
from tests.unit.domain.makers import NOON

BOARDS = 250
GUESSES = 96
DETECTIVE, YES, NO, COIN = (MemberId(n) for n in (1, 2, 3, 4))
Says = Callable[[Random, bool], bool]
PLAYERS: dict[MemberId, Says] = {
    DETECTIVE: lambda random, was_ai: was_ai == (random.random() < 0.7),
    YES: lambda random, was_ai: True,
    NO: lambda random, was_ai: False,
    COIN: lambda random, was_ai: random.random() < 0.5,
}
Board = dict[MemberId, list[GuessFact]]


def _play(random: Random, base_rate: float) -> Board:
    merges = [(MemberId(100 + n % 9), random.random() < base_rate) for n in range(GUESSES)]
    return {
        who: [GuessFact(who, author, ai, says(random, ai), NOON) for author, ai in merges]
        for who, says in PLAYERS.items()
    }


def _boards(base_rate: float) -> list[Board]:
    random = Random(f"hunch {base_rate}")
    return [_play(random, base_rate) for _ in range(BOARDS)]


def _ranks(board: Board) -> dict[MemberId, int]:
    facts = [fact for theirs in board.values() for fact in theirs]
    places = rank(facts, names=dict.fromkeys(PLAYERS, True), threshold=1).places
    return {who: place.rank for place in places for who in place.member_ids}


@pytest.mark.parametrize(
    ("base_rate", "ranked", "ahead"), [(0.1, 0.9, 0.93), (0.5, 1.0, 0.99), (0.9, 0.9, 0.93)]
)
def test_fixed_answers_and_coins_stay_below_a_seventy_percent_detective(
    base_rate: float, ranked: float, ahead: float
) -> None:
    ranks = [_ranks(board) for board in _boards(base_rate)]
    with_detective = [places for places in ranks if DETECTIVE in places]
    won = [places for places in with_detective if places[DETECTIVE] == 1]
    assert not any(YES in places or NO in places for places in ranks)
    assert len(with_detective) >= ranked * BOARDS
    assert len(won) >= ahead * len(with_detective)


def _mean_bound(boards: list[Board], who: MemberId) -> float:
    tallies = [tally(board[who]) for board in boards]
    return fmean(lower_bound(t) for t in tallies if _is_enough(t))


def _is_enough(counted: Tally) -> bool:
    return min(counted.ai, counted.other) >= 5


@pytest.mark.parametrize("base_rate", [0.1, 0.5, 0.9])
def test_on_average_only_the_detective_is_above_chance(base_rate: float) -> None:
    boards = _boards(base_rate)
    bounds = {who: _mean_bound(boards, who) for who in PLAYERS}
    assert bounds.pop(DETECTIVE) > 0.55
    assert max(bounds.values()) < 0.5
