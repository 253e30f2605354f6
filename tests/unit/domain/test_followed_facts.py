"""No two posts may be compared to learn what one person said."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.ids import GithubLogin, MemberId
from bot.domain.leaderboards import (
    AnswerFact,
    Count,
    GuessFact,
    Measure,
    MergeFact,
    RatingFact,
    Row,
    may_follow,
    team_facts,
)
from bot.domain.surveys import Rating
from tests.unit.domain.makers import NOON


def answer(who: int, used_ai: bool) -> AnswerFact:
    return AnswerFact(MemberId(who), used_ai)


SIX = [answer(who, who < 3) for who in range(6)]
FIVE_MORE = [answer(who, who < 13) for who in range(10, 15)]


def count(before: Count | None = None, **facts: Any) -> Count:
    nothing: dict[str, Any] = {"merges": [], "answers": [], "guesses": [], "ratings": []}
    return team_facts(**{**nothing, **facts}, before=before)


FIRST = count(answers=SIX)


def test_the_first_post_says_what_there_is() -> None:
    assert FIRST.facts.ai_share == Measure(0.5, 6)


@pytest.mark.parametrize(
    "now",
    [
        [*SIX, answer(7, True)],
        SIX[1:],
        [answer(0, False), *SIX[1:]],
        [*SIX, *FIVE_MORE[1:]],
        [*SIX, *[answer(who, True) for who in range(10, 15)]],
        [*SIX, *FIVE_MORE, *[answer(10, who > 2) for who in range(6)]],
    ],
    ids=["came", "went", "changed mind", "four came", "all alike", "mostly one's"],
)
def test_what_would_tell_on_somebody_repeats_the_last_number(now: list[AnswerFact]) -> None:
    assert count(FIRST, answers=now) == FIRST


def test_once_enough_people_differ_it_is_counted_anew() -> None:
    assert count(FIRST, answers=[*SIX, *FIVE_MORE]).facts.ai_share == Measure(6 / 11, 11)
    assert count(FIRST, answers=FIVE_MORE).facts.ai_share == Measure(0.6, 5)
    assert count(FIRST).facts.ai_share is None


def test_changes_add_up_over_the_posts_that_repeated_it() -> None:
    told = FIRST
    for many in range(1, 5):
        told = count(told, answers=[*SIX, *FIVE_MORE[:many]])
        assert told == FIRST
    assert count(told, answers=[*SIX, *FIVE_MORE]).facts.ai_share == Measure(6 / 11, 11)


def test_not_enough_data_is_repeated_too() -> None:
    alike = count(answers=[answer(who, False) for who in range(5)])
    assert alike.facts.ai_share is None
    told = count(alike, answers=[*[answer(who, False) for who in range(5)], answer(9, True)])
    assert told.facts.ai_share is None


def test_each_number_waits_for_its_own_people() -> None:
    guesses = [GuessFact(MemberId(n), MemberId(n + 5), True, n > 1, NOON) for n in range(5)]
    ratings = [
        RatingFact(MemberId(n), MemberId(n + 5), Rating.SUPER if n else Rating.OK, NOON)
        for n in range(5)
    ]
    told = count(FIRST, answers=SIX[1:], guesses=guesses, ratings=ratings[1:])
    assert told.facts.ai_share == Measure(0.5, 6)
    assert told.facts.detection_rate == Measure(0.6, 5)
    assert told.facts.mean_rating is None
    assert count(told, answers=SIX, guesses=guesses, ratings=ratings).facts.mean_rating is not None


def test_what_github_shows_to_all_is_always_as_it_is_now() -> None:
    assert count(FIRST, merges=[MergeFact(GithubLogin("ada"), NOON)]).facts.merged == 1


def test_authors_and_respondents_of_what_changed_are_counted_apart() -> None:
    rows = [Row(n, n, float(n % 2)) for n in range(5)]
    assert may_follow([], rows, 5)
    assert not may_follow([], [Row(0, row.respondent, row.value) for row in rows], 5)
    assert not may_follow([], [Row(row.author, 0, row.value) for row in rows], 5)
    assert not may_follow([], rows, 6)
    assert may_follow(rows, list(reversed(rows)), 5)
