from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.ids import GithubLogin, MemberId
from bot.domain.leaderboards import (
    AnswerFact,
    GuessFact,
    Measure,
    MergeFact,
    RatingFact,
    TeamFacts,
    team_facts,
)
from bot.domain.surveys import Rating
from tests.unit.domain.makers import NOON

PEOPLE = [MemberId(n) for n in range(1, 6)]


def a_merge(author: int, waited_h: float | None = None, *, reviewer: int = 99) -> MergeFact:
    by = GithubLogin(f"author-{author}")
    if waited_h is None:
        return MergeFact(by, NOON)
    seen = NOON + timedelta(hours=waited_h)
    return MergeFact(by, NOON, GithubLogin(f"reviewer-{reviewer}"), seen)


def told(**facts: Any) -> TeamFacts:
    nothing: dict[str, Any] = {"merges": [], "answers": [], "guesses": [], "ratings": []}
    return team_facts(**{**nothing, **facts}).facts


def answers(*used_ai: bool) -> list[AnswerFact]:
    return [AnswerFact(who, used) for who, used in zip(PEOPLE, used_ai, strict=False)]


SOME = answers(True, True, False, False, False)
GUESSES = [GuessFact(who, PEOPLE[who % 5], True, who != 3, NOON) for who in PEOPLE]
RATINGS = [
    RatingFact(who, PEOPLE[who % 5], Rating.SUPER if who < 3 else Rating.OK, NOON) for who in PEOPLE
]
MERGES = [a_merge(n, waited_h=n, reviewer=n % 5) for n in range(1, 6)]


def test_a_team_of_five_learns_its_numbers_with_their_n() -> None:
    assert told(merges=MERGES, answers=SOME, guesses=GUESSES, ratings=RATINGS) == TeamFacts(
        merged=5,
        ai_share=Measure(0.4, 5),
        detection_rate=Measure(0.8, 5),
        mean_rating=Measure(2.4, 5),
        first_review_h=Measure(3.0, 5),
    )


def test_without_facts_there_is_not_enough_data() -> None:
    assert told() == TeamFacts(0, None, None, None, None)


def test_merges_are_counted_whoever_made_them_and_the_unreviewed_have_no_wait() -> None:
    facts = told(merges=[*MERGES, a_merge(1), a_merge(1)])
    assert (facts.merged, facts.first_review_h) == (7, Measure(3.0, 5))


@pytest.mark.parametrize(
    "hidden",
    [
        SOME[:4],
        answers(True, True, True, True, True),
        answers(False, False, False, False, False),
        [*SOME, *[SOME[0]] * 4],
        [replace(SOME[0], probability=0.1), *SOME[1:]],
    ],
)
def test_a_share_that_could_tell_on_somebody_is_withheld(hidden: list[AnswerFact]) -> None:
    assert told(answers=hidden).ai_share is None


def test_half_of_the_answers_may_be_one_persons_but_not_more() -> None:
    assert told(answers=[*SOME, *[SOME[0]] * 3]).ai_share == Measure(0.625, 8)


def test_authors_and_respondents_are_counted_apart() -> None:
    one_author = [replace(fact, author=PEOPLE[0]) for fact in GUESSES]
    one_detective = [replace(fact, detective=PEOPLE[0]) for fact in GUESSES]
    assert told(guesses=one_author).detection_rate is None
    assert told(guesses=one_detective).detection_rate is None
    one_rater = [replace(f, rater=MemberId(9)) for f in RATINGS]
    assert told(ratings=one_rater).mean_rating is None
    one_reviewer = [a_merge(n, waited_h=n) for n in range(1, 6)]
    assert told(merges=one_reviewer).first_review_h is None


def test_rating_oneself_does_not_count() -> None:
    own = [replace(fact, rater=fact.author) for fact in RATINGS]
    assert told(ratings=own).mean_rating is None
    assert told(ratings=[*RATINGS, *own]).mean_rating == Measure(2.4, 5)


def test_what_was_drawn_stands_for_what_was_not() -> None:
    drawn = [replace(SOME[0], probability=0.5), *SOME[1:]]
    assert told(answers=drawn).ai_share == Measure(3 / 6, 5)


def test_a_workspace_may_ask_for_larger_groups() -> None:
    facts = told(merges=MERGES, answers=SOME, threshold=6)
    assert facts == TeamFacts(5, None, None, None, None)
