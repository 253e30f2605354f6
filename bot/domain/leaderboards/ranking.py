"""Who the best AI detectives are, measured so that neither luck nor a fixed answer wins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import hypot, sqrt
from statistics import NormalDist

from bot.domain.ids import MemberId
from bot.domain.leaderboards.places import Standings, standings

WINDOW = timedelta(weeks=12)
ENOUGH_GUESSES = 5
"""Revealed guesses needed on each side: on AI pull requests and on others."""
ENOUGH_AUTHORS = 3

_Z = NormalDist().inv_cdf(0.90)


@dataclass(frozen=True, slots=True)
class GuessFact:
    """One revealed guess; `probability` is that of its pull request having been drawn."""

    detective: MemberId
    author: MemberId
    was_ai: bool
    said_ai: bool
    revealed_at: datetime
    probability: float = 1.0

    @property
    def right(self) -> bool:
        return self.was_ai == self.said_ai


@dataclass(frozen=True, slots=True)
class Tally:
    """A detective's revealed guesses, counted on each side."""

    right_ai: int
    ai: int
    right_other: int
    other: int
    authors: int

    @property
    def balanced_accuracy(self) -> float:
        """The mean of the two hit rates; both sides must have guesses."""
        return (self.right_ai / self.ai + self.right_other / self.other) / 2

    @property
    def is_ranked(self) -> bool:
        """Enough was seen, and it beats a fixed answer, which scores exactly one half."""
        enough = min(self.ai, self.other) >= ENOUGH_GUESSES and self.authors >= ENOUGH_AUTHORS
        return enough and self.balanced_accuracy > 0.5


def rank(
    facts: Iterable[GuessFact],
    *,
    names: Mapping[MemberId, bool],
    threshold: int = 5,
    until: datetime | None = None,
) -> Standings:
    """Rank detectives by `lower_bound` of their balanced accuracy.

    `names` tells whose name may be shown; who is not in it stays hidden. With `until` only the
    guesses revealed in the WINDOW up to it count. A place needs ENOUGH_GUESSES on each side,
    ENOUGH_AUTHORS, and more than half balanced accuracy: always saying yes earns nothing.
    Guesses count alike whatever the chance of their draw: a hit rate is about those asked.
    """
    recent = [fact for fact in facts if until is None or until - WINDOW < fact.revealed_at <= until]
    by_detective: dict[MemberId, list[GuessFact]] = {}
    for fact in recent:
        by_detective.setdefault(fact.detective, []).append(fact)
    tallies = {who: tally(theirs) for who, theirs in by_detective.items()}
    scores = {who: lower_bound(t) for who, t in tallies.items() if t.is_ranked}
    return standings(scores, names=names, threshold=threshold)


def tally(facts: Sequence[GuessFact]) -> Tally:
    """Count one detective's guesses."""
    ai = [fact.right for fact in facts if fact.was_ai]
    other = [fact.right for fact in facts if not fact.was_ai]
    authors = len({fact.author for fact in facts})
    return Tally(sum(ai), len(ai), sum(other), len(other), authors)


def lower_bound(tally: Tally) -> float:
    """Give the one-sided lower 90 % confidence bound of the balanced accuracy.

    With hit rates p1 and p0, their one-sided Wilson score bounds w1 and w0 (Wilson, 1927) at
    z = 1.2816, combined for a mean of independent proportions by the method of variance estimates
    recovery (Newcombe, Statistics in Medicine 17, 1998, 873-890, method 10; Zou and Donner,
    Statistics in Medicine 27, 2008, 1693-1702):

        (p1 + p0) / 2  -  sqrt((p1 - w1)^2 + (p0 - w0)^2) / 2

    Unlike a Wald bound it does not call five hits out of five certain: few guesses rank low.
    """
    slack_ai = tally.right_ai / tally.ai - _wilson(tally.right_ai, tally.ai)
    slack_other = tally.right_other / tally.other - _wilson(tally.right_other, tally.other)
    return max(0.0, tally.balanced_accuracy - hypot(slack_ai, slack_other) / 2)


def _wilson(right: int, n: int) -> float:
    share, z2 = right / n, _Z * _Z
    spread = _Z * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return (share + z2 / (2 * n) - spread) / (1 + z2 / n)
