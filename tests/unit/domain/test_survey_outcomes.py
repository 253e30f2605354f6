from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.ids import MemberId, PartId
from bot.domain.reveals import Score, score
from bot.domain.spoilers import may_see_attribution
from bot.domain.surveys import (
    AiAnswer,
    Guess,
    NotYet,
    Outcome,
    Part,
    PartState,
    Private,
    Rating,
    Revealed,
    Role,
    Void,
    at_expiry,
    reveal_for,
)
from tests.unit.domain.makers import a_reviewer_part, an_author_part

SIGNS = {"branch_head:claude"}
RIGHT, WRONG = Revealed(Outcome.RIGHT), Revealed(Outcome.WRONG)


def author(answer: AiAnswer | None, *, reveal_ok: bool = True) -> Part:
    return an_author_part(answer=answer, reveal_ok=reveal_ok)


def reviewer(guess: Guess | None, number: int = 2) -> Part:
    part = a_reviewer_part(rating=Rating.OK, guess=guess)
    return replace(part, part_id=PartId(number), member_id=MemberId(number))


def revealed(
    author_part: Part | None, part: Part, *, signals: set[str] | None = None, on: bool = True
) -> Revealed | NotYet | Void | Private:
    return reveal_for(author_part, part, signals=signals or set(), reveals_on=on)


@pytest.mark.parametrize(
    ("answer", "guess", "outcome"),
    [
        (AiAnswer.NO, Guess.NO, RIGHT),
        (AiAnswer.NO, Guess.YES, WRONG),
        (AiAnswer.HELPED, Guess.YES, RIGHT),
        (AiAnswer.HELPED, Guess.NO, WRONG),
        (AiAnswer.WROTE, Guess.YES, RIGHT),
        (AiAnswer.WROTE, Guess.NO, WRONG),
        (AiAnswer.WROTE, Guess.NO_IDEA, NotYet()),
        (AiAnswer.NO, Guess.NO_IDEA, NotYet()),
        (AiAnswer.NO, None, NotYet()),
        (None, Guess.YES, NotYet()),
    ],
)
def test_the_reveal_comes_when_both_have_answered(
    answer: AiAnswer | None, guess: Guess | None, outcome: Revealed | NotYet
) -> None:
    assert revealed(author(answer), reviewer(guess)) == outcome


def test_an_author_who_approved_their_own_work_answers_for_it() -> None:
    part = replace(author(AiAnswer.HELPED), role=Role.COMBINED)
    assert revealed(part, reviewer(Guess.YES)) == RIGHT


def test_without_an_author_part_there_is_nothing_to_reveal() -> None:
    assert revealed(None, reviewer(Guess.YES)) == NotYet()


def test_an_author_may_keep_the_answer_private() -> None:
    assert revealed(author(AiAnswer.NO, reveal_ok=False), reviewer(Guess.NO)) == Private()
    assert revealed(author(None, reveal_ok=False), reviewer(Guess.NO)) == NotYet()
    assert revealed(author(AiAnswer.NO, reveal_ok=False), reviewer(Guess.NO_IDEA)) == NotYet()


def test_signs_found_before_the_reveal_void_the_guess() -> None:
    for part in (reviewer(Guess.YES), reviewer(None)):
        assert revealed(author(AiAnswer.NO), part, signals=SIGNS) == Void()


def test_a_voided_guess_stays_void() -> None:
    voided = replace(reviewer(Guess.YES), outcome=Outcome.VOID, guessable=False)
    assert revealed(author(AiAnswer.HELPED), voided) == Void()


@pytest.mark.parametrize("outcome", [Outcome.RIGHT, Outcome.WRONG])
def test_what_was_revealed_stays_whatever_turns_up_later(outcome: Outcome) -> None:
    told = replace(reviewer(Guess.YES), state=PartState.FINAL, outcome=outcome)
    assert revealed(author(AiAnswer.NO), told, signals=SIGNS, on=False) == Revealed(outcome)


def test_while_reveals_are_off_nothing_is_revealed() -> None:
    assert revealed(author(AiAnswer.NO), reviewer(Guess.NO), on=False) == NotYet()


def test_a_part_that_cannot_guess_or_is_closed_is_told_nothing() -> None:
    only_rates = replace(reviewer(None), guessable=False)
    closed = replace(reviewer(Guess.NO), state=PartState.CLOSED, outcome=Outcome.UNRESOLVED)
    assert revealed(author(AiAnswer.NO), only_rates, signals=SIGNS) == NotYet()
    assert revealed(author(AiAnswer.NO), closed) == NotYet()


def test_a_guess_the_author_never_answered_expires_unresolved() -> None:
    assert at_expiry([author(None), reviewer(Guess.YES)]) == {2: Outcome.UNRESOLVED}
    assert at_expiry([reviewer(Guess.YES)]) == {2: Outcome.UNRESOLVED}


def test_a_reviewer_who_never_guessed_expires_unresolved() -> None:
    assert at_expiry([author(AiAnswer.NO), reviewer(None)]) == {2: Outcome.UNRESOLVED}


def test_a_guess_withheld_by_the_author_expires_private() -> None:
    parts = [author(AiAnswer.NO, reveal_ok=False), reviewer(Guess.YES)]
    assert at_expiry(parts) == {2: Outcome.PRIVATE}


def test_guesses_under_visible_signs_expire_void() -> None:
    parts = [author(AiAnswer.NO), reviewer(Guess.YES), reviewer(None, 3)]
    assert at_expiry(parts, signals=SIGNS) == {2: Outcome.VOID, 3: Outcome.VOID}


def test_guesses_kept_back_while_reveals_were_off_expire_unresolved() -> None:
    assert at_expiry([author(AiAnswer.NO), reviewer(Guess.YES)]) == {2: Outcome.UNRESOLVED}


def test_the_expiry_leaves_alone_what_is_settled_or_was_no_guess() -> None:
    told = replace(reviewer(Guess.YES), state=PartState.FINAL, outcome=Outcome.RIGHT)
    only_rates = replace(reviewer(None, 3), guessable=False)
    unsure = reviewer(Guess.NO_IDEA, 4)
    assert at_expiry([author(AiAnswer.HELPED), told, only_rates, unsure]) == {}


def test_the_running_score_counts_right_and_wrong_alone() -> None:
    scored = [Outcome.RIGHT] * 7 + [Outcome.WRONG] * 2
    running = score([Outcome.VOID, *scored, Outcome.PRIVATE, Outcome.UNRESOLVED, None])
    assert running == Score(right=7, revealed=9)
    assert str(running) == "7 of 9"
    assert score([Outcome.VOID, Outcome.PRIVATE, Outcome.UNRESOLVED]) == Score(0, 0)


def test_nobody_with_an_open_guess_sees_the_answer() -> None:
    assert not may_see_attribution(MemberId(2), open_guesses={MemberId(2), MemberId(3)})
    assert may_see_attribution(MemberId(1), open_guesses={MemberId(2), MemberId(3)})
    assert may_see_attribution(MemberId(2), open_guesses=())
