"""The running score that a reveal ends with: "7 of 9"."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.domain.surveys import Outcome


@dataclass(frozen=True, slots=True)
class Score:
    """How many of somebody's `revealed` guesses were `right`."""

    right: int
    revealed: int

    def __str__(self) -> str:
        return f"{self.right} of {self.revealed}"


def score(outcomes: Iterable[Outcome | None]) -> Score:
    """Count revealed guesses; whatever is neither right nor wrong is not counted."""
    told = [o for o in outcomes if o in (Outcome.RIGHT, Outcome.WRONG)]
    return Score(right=told.count(Outcome.RIGHT), revealed=len(told))
