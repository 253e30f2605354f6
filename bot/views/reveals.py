"""How a guess turned out: the message a reviewer gets, friendly either way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from bot.domain.reveals import Score
from bot.domain.surveys import Guess, Outcome
from bot.views.blocks import Message, context, message, section
from bot.views.pull_requests import PullRequestView, linked_title, place, titled
from bot.views.texts import escaped


@dataclass(frozen=True, slots=True)
class RevealView:
    """What a reveal says; `why_shown` (a clause after "because") is for void guesses."""

    pull_request: PullRequestView
    outcome: Outcome
    guess: Guess | None
    score: Score | None = None
    why_shown: str = ""


def reveal(view: RevealView) -> Message:
    """The message to a reviewer who guessed."""
    line = outcome_line(view.outcome, view.guess, score=view.score, why_shown=view.why_shown)
    return message(
        f"{_HEADLINES[view.outcome]} {titled(view.pull_request)}",
        [section(f"{linked_title(view.pull_request)}\n{line}"), context(place(view.pull_request))],
    )


_HEADLINES = {
    Outcome.RIGHT: "You were right about",
    Outcome.WRONG: "Not this time:",
    Outcome.UNRESOLVED: "No reveal for",
    Outcome.VOID: "Your guess does not count for",
    Outcome.PRIVATE: "The author keeps it private:",
}


def outcome_line(
    outcome: Outcome, guess: Guess | None, *, score: Score | None, why_shown: str
) -> str:
    """The sentence that tells it, as markup; a scored outcome ends with the running score."""
    match outcome:
        case Outcome.RIGHT:
            return f":mag: *Good hunch!* {_truth(guess is Guess.YES)} {_running(score)}".rstrip()
        case Outcome.WRONG:
            return f":wave: *Not this time.* {_truth(guess is Guess.NO)} {_running(score)}".rstrip()
        case Outcome.PRIVATE:
            return "The author chose not to reveal the answer, so your guess is not scored."
        case Outcome.UNRESOLVED:
            return "There was no reveal in time: your guess counts neither for nor against you."
        case Outcome.VOID:
            return f"Your guess is not scored, because {spoiled(why_shown)}."
        case _:
            assert_never(outcome)


def spoiled(why_shown: str) -> str:
    """What to say after "because" where AI can be seen; `why_shown` may be "" or anything."""
    why = escaped(why_shown, 200, otherwise="")
    return f"{why}: a visible sign of AI" if why else "a sign of AI is visible"


def _truth(ai: bool) -> str:
    return "The author said AI was involved." if ai else "The author said AI was not involved."


def _running(score: Score | None) -> str:
    return f"Your score: *{score}*." if score is not None else ""
