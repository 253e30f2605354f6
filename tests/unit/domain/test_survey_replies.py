from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import PartId
from bot.domain.surveys import (
    AiAnswer,
    AnswerIt,
    Applied,
    Guess,
    GuessIt,
    NameTool,
    Part,
    PartState,
    RateIt,
    Rating,
    Refused,
    Reply,
    Rework,
    Role,
    SayRework,
    SetReveal,
    Tool,
    Unchanged,
    WhyRefused,
    apply,
    has_open_guess,
)
from tests.unit.domain.makers import ME, a_reviewer_part, an_author_part

PART = PartId(1)
AUTHOR, REVIEWER = an_author_part(), a_reviewer_part()
COMBINED = replace(AUTHOR, role=Role.COMBINED)


def answer(what: AiAnswer) -> AnswerIt:
    return AnswerIt(PART, ME, what)


def rate(what: Rating) -> RateIt:
    return RateIt(PART, ME, what)


def guess(what: Guess) -> GuessIt:
    return GuessIt(PART, ME, what)


def reveal(ok: bool) -> SetReveal:
    return SetReveal(PART, ME, ok)


TOOL = NameTool(PART, ME, Tool.CURSOR)
REWORK = SayRework(PART, ME, Rework.LITTLE)


def after(part: Part, *replies: Reply) -> Part:
    """The part once all replies were applied; each must be."""
    for reply in replies:
        outcome = apply(part, reply, survey_open=True)
        assert isinstance(outcome, Applied)
        part = outcome.part
    return part


def test_an_author_answers_and_adds_tool_and_rework() -> None:
    part = after(AUTHOR, answer(AiAnswer.WROTE), TOOL, REWORK)
    assert (part.answer, part.tool, part.rework) == (AiAnswer.WROTE, Tool.CURSOR, Rework.LITTLE)


def test_an_author_who_changes_to_no_used_no_tool() -> None:
    part = after(AUTHOR, answer(AiAnswer.HELPED), TOOL, REWORK, answer(AiAnswer.NO))
    assert (part.answer, part.tool, part.rework) == (AiAnswer.NO, None, None)


def test_a_reviewer_rates_then_guesses_and_may_change_the_guess() -> None:
    part = after(REVIEWER, rate(Rating.OK), guess(Guess.NO), guess(Guess.YES))
    assert (part.rating, part.guess) == (Rating.OK, Guess.YES)


def test_a_rating_may_change_until_the_guess() -> None:
    assert after(REVIEWER, rate(Rating.OK), rate(Rating.SUPER)).rating is Rating.SUPER


def test_a_reviewer_who_only_rates_may_change_the_rating_until_the_survey_closes() -> None:
    part = after(replace(REVIEWER, guessable=False), rate(Rating.OK), rate(Rating.SUPER))
    assert part.rating is Rating.SUPER


def test_the_combined_message_takes_both_answers() -> None:
    part = after(COMBINED, rate(Rating.OK), answer(AiAnswer.NO))
    assert (part.rating, part.answer) == (Rating.OK, AiAnswer.NO)


def test_the_author_may_choose_not_to_reveal_and_change_back() -> None:
    assert after(AUTHOR, reveal(False)).reveal_ok is False
    assert after(AUTHOR, reveal(False), reveal(True)).reveal_ok is True


RATED = replace(REVIEWER, rating=Rating.OK)
GUESSED = replace(RATED, guess=Guess.YES)
TOLD = replace(GUESSED, state=PartState.FINAL)
ANSWERED = replace(AUTHOR, answer=AiAnswer.HELPED)
SETTLED = replace(ANSWERED, state=PartState.FINAL)


@pytest.mark.parametrize(
    ("part", "reply", "reason"),
    [
        (REVIEWER, guess(Guess.YES), WhyRefused.RATE_FIRST),
        (GUESSED, rate(Rating.SUPER), WhyRefused.RATING_IS_FINAL),
        (replace(RATED, guess=Guess.NO_IDEA), rate(Rating.SUPER), WhyRefused.RATING_IS_FINAL),
        (replace(RATED, guessable=False), guess(Guess.YES), WhyRefused.NO_GUESS_HERE),
        (COMBINED, guess(Guess.YES), WhyRefused.NO_GUESS_HERE),
        (AUTHOR, guess(Guess.YES), WhyRefused.NOT_YOUR_QUESTION),
        (AUTHOR, rate(Rating.OK), WhyRefused.NOT_YOUR_QUESTION),
        (REVIEWER, answer(AiAnswer.NO), WhyRefused.NOT_YOUR_QUESTION),
        (REVIEWER, reveal(False), WhyRefused.NOT_YOUR_QUESTION),
        (REVIEWER, TOOL, WhyRefused.NOT_YOUR_QUESTION),
        (REVIEWER, REWORK, WhyRefused.NOT_YOUR_QUESTION),
        (AUTHOR, TOOL, WhyRefused.ANSWER_FIRST),
        (AUTHOR, REWORK, WhyRefused.ANSWER_FIRST),
        (replace(AUTHOR, answer=AiAnswer.NO), TOOL, WhyRefused.ANSWER_FIRST),
        (TOLD, guess(Guess.NO), WhyRefused.ALREADY_REVEALED),
        (TOLD, rate(Rating.SUPER), WhyRefused.ALREADY_REVEALED),
        (SETTLED, answer(AiAnswer.NO), WhyRefused.ALREADY_REVEALED),
        (replace(AUTHOR, state=PartState.CLOSED), answer(AiAnswer.NO), WhyRefused.CLOSED),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(
    part: Part, reply: Reply, reason: WhyRefused
) -> None:
    assert apply(part, reply, survey_open=True) == Refused(reason)


def test_after_the_reveal_tool_rework_and_the_choice_for_later_reviewers_stay_open() -> None:
    part = after(SETTLED, TOOL, REWORK, reveal(False))
    assert (part.tool, part.rework, part.reveal_ok) == (Tool.CURSOR, Rework.LITTLE, False)


@pytest.mark.parametrize(
    ("part", "reply"),
    [
        (ANSWERED, answer(AiAnswer.HELPED)),
        (SETTLED, answer(AiAnswer.HELPED)),
        (GUESSED, guess(Guess.YES)),
        (GUESSED, rate(Rating.OK)),
        (TOLD, guess(Guess.YES)),
        (AUTHOR, reveal(True)),
        (replace(ANSWERED, tool=Tool.CURSOR), TOOL),
    ],
)
def test_the_same_click_again_changes_nothing(part: Part, reply: Reply) -> None:
    assert apply(part, reply, survey_open=True) == Unchanged()


def test_nobody_is_asked_whether_a_part_was_sent_before_it_takes_a_reply() -> None:
    waiting = replace(AUTHOR, state=PartState.WAITING, sent=False)
    assert after(waiting, answer(AiAnswer.NO)).answer is AiAnswer.NO


def test_a_reply_of_no_known_kind_is_our_own_mistake() -> None:
    with pytest.raises(AssertionError):
        apply(AUTHOR, cast(Reply, object()), survey_open=True)


def _replies() -> st.SearchStrategy[Any]:
    return st.one_of(
        st.sampled_from(AiAnswer).map(answer),
        st.sampled_from(Rating).map(rate),
        st.sampled_from(Guess).map(guess),
        st.booleans().map(reveal),
        st.sampled_from(Tool).map(lambda tool: NameTool(PART, ME, tool)),
        st.sampled_from(Rework).map(lambda rework: SayRework(PART, ME, rework)),
    )


PARTS = st.builds(
    replace,
    st.sampled_from([AUTHOR, REVIEWER, COMBINED]),
    state=st.sampled_from(PartState),
    answer=st.sampled_from([None, *AiAnswer]),
    rating=st.sampled_from([None, *Rating]),
    guess=st.sampled_from([None, *Guess]),
)


@given(PARTS, _replies())
def test_a_reply_twice_is_a_reply_once(part: Part, reply: Reply) -> None:
    outcome = apply(part, reply, survey_open=True)
    if isinstance(outcome, Applied):
        assert apply(outcome.part, reply, survey_open=True) == Unchanged()


@given(PARTS, _replies())
def test_a_closed_survey_takes_nothing(part: Part, reply: Reply) -> None:
    assert isinstance(apply(part, reply, survey_open=False), Refused)


@given(PARTS, st.lists(_replies(), max_size=8))
def test_replies_never_touch_state_outcome_or_whose_part_it_is(
    part: Part, replies: list[Reply]
) -> None:
    changed = part
    for reply in replies:
        outcome = apply(changed, reply, survey_open=True)
        changed = outcome.part if isinstance(outcome, Applied) else changed
    for field in ("part_id", "member_id", "role", "state", "outcome", "guessable", "revealed_at"):
        assert getattr(changed, field) == getattr(part, field)


@given(PARTS, st.lists(_replies(), max_size=8))
def test_what_was_revealed_is_final(part: Part, replies: list[Reply]) -> None:
    told = replace(part, state=PartState.FINAL)
    changed = told
    for reply in replies:
        outcome = apply(changed, reply, survey_open=True)
        changed = outcome.part if isinstance(outcome, Applied) else changed
    assert (changed.answer, changed.guess, changed.rating) == (
        told.answer,
        told.guess,
        told.rating,
    )


@pytest.mark.parametrize(
    ("part", "survey_open", "is_open"),
    [
        (REVIEWER, True, True),
        (GUESSED, True, True),
        (replace(RATED, guess=Guess.NO_IDEA), True, True),
        (replace(REVIEWER, state=PartState.WAITING), True, True),
        (REVIEWER, False, False),
        (TOLD, True, False),
        (replace(REVIEWER, state=PartState.CLOSED), True, False),
        (replace(REVIEWER, guessable=False), True, False),
        (AUTHOR, True, False),
    ],
)
def test_a_guess_is_open_while_it_can_be_made_or_changed(
    part: Part, survey_open: bool, is_open: bool
) -> None:
    assert has_open_guess(part, survey_open=survey_open) is is_open
