"""How a guess turns out: the reveal, and what is left at the expiry."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from bot.domain.ids import PartId
from bot.domain.surveys.parts import AiAnswer, Guess, Outcome, Part, PartState


@dataclass(frozen=True, slots=True)
class Revealed:
    """Author and reviewer have both answered; `outcome` is right or wrong."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class NotYet:
    """Nothing to reveal: a side is missing, nothing was guessed, or reveals are off."""


@dataclass(frozen=True, slots=True)
class Void:
    """Signs of AI became visible before the reveal: no guess counts here."""


@dataclass(frozen=True, slots=True)
class Private:
    """Both have answered, and the author does not want it revealed."""


_SCORED = (Guess.YES, Guess.NO)
_TOLD = (Outcome.RIGHT, Outcome.WRONG)


def is_right(guess: Guess, answer: AiAnswer) -> bool:
    """Tell whether a yes/no guess fits; "helped" and "wrote" both make "yes" right."""
    return (guess is Guess.YES) == (answer is not AiAnswer.NO)


def reveal_for(
    author_part: Part | None,
    reviewer_part: Part,
    *,
    signals: Collection[str],
    reveals_on: bool,
) -> Revealed | NotYet | Void | Private:
    """Decide what the reviewer is told now; looking again gives the same.

    What was revealed or voided stays so, whatever turns up or is switched later. While reveals are
    off nothing is revealed or scored. Private is no end: the author may change the choice until
    the expiry.
    """
    part = reviewer_part
    if part.outcome in _TOLD:
        return Revealed(part.outcome)
    if part.outcome is Outcome.VOID:
        return Void()
    if part.state is PartState.CLOSED or not part.guessable:
        return NotYet()
    if signals:
        return Void()
    if not reveals_on:
        return NotYet()
    return _compared(author_part, part.guess)


def _compared(author_part: Part | None, guess: Guess | None) -> Revealed | NotYet | Private:
    answer = author_part.answer if author_part is not None else None
    if author_part is None or answer is None or guess not in _SCORED:
        return NotYet()
    if not author_part.reveal_ok:
        return Private()
    return Revealed(Outcome.RIGHT if is_right(guess, answer) else Outcome.WRONG)


def at_expiry(parts: Iterable[Part], *, signals: Collection[str] = ()) -> dict[PartId, Outcome]:
    """Say how each unrevealed guess of an expired survey ends.

    Listed are the parts that could guess and were not revealed, but for "No idea" (nothing to
    settle): void when signs of AI became visible, private when only the author's choice stands
    in the way, unresolved otherwise. Only those who guessed need to be told.
    """
    listed = tuple(parts)
    author = next((part for part in listed if part.asks_the_author), None)
    return {
        part.part_id: _left_over(author, part, signals)
        for part in listed
        if part.guessable and part.outcome not in _TOLD and part.guess is not Guess.NO_IDEA
    }


def _left_over(author: Part | None, part: Part, signals: Collection[str]) -> Outcome:
    if signals:
        return Outcome.VOID
    kept = isinstance(_compared(author, part.guess), Private)
    return Outcome.PRIVATE if kept else Outcome.UNRESOLVED
