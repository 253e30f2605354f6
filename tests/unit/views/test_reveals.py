"""A reveal is right or wrong, friendly either way, and says no more than the author agreed to."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.surveys import AiAnswer, Guess, Outcome, WhyRefused, is_right
from bot.views.refusals import refused
from bot.views.reveals import RevealView, outcome_line, reveal
from tests.unit.views.makers import PR, SCORE, shown


@pytest.mark.parametrize("guess", [Guess.YES, Guess.NO])
@pytest.mark.parametrize("answer", list(AiAnswer))
def test_a_reveal_tells_ai_or_not_but_not_how_much(guess: Guess, answer: AiAnswer) -> None:
    outcome = Outcome.RIGHT if is_right(guess, answer) else Outcome.WRONG
    told = shown(reveal(RevealView(PR, outcome, guess, SCORE)))
    assert ("AI was not involved" in told) == (answer is AiAnswer.NO)
    assert ("AI was involved" in told) == (answer is not AiAnswer.NO)
    assert "7 of 9" in told


@pytest.mark.parametrize("outcome", [Outcome.PRIVATE, Outcome.UNRESOLVED, Outcome.VOID])
def test_what_is_not_scored_tells_neither_the_answer_nor_a_score(outcome: Outcome) -> None:
    told = shown(reveal(RevealView(PR, outcome, Guess.YES, SCORE)))
    assert "involved" not in told
    assert "7 of 9" not in told


def test_a_void_guess_is_told_why() -> None:
    view = RevealView(PR, Outcome.VOID, Guess.NO, why_shown="a line in it credits <Codex>")
    assert "because a line in it credits &lt;Codex&gt;" in shown(reveal(view))


def test_an_outcome_or_a_reason_without_words_is_noticed_at_once() -> None:
    unheard_of: Any = "maybe"
    with pytest.raises(AssertionError):
        outcome_line(unheard_of, Guess.YES, score=None, why_shown="")
    with pytest.raises(AssertionError):
        refused(unheard_of)


def test_every_refusal_has_kind_words_of_its_own() -> None:
    texts = {refused(reason)["text"] for reason in WhyRefused}
    assert len(texts) == len(WhyRefused)
