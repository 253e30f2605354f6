"""Whose pull requests reviewers call "Super", fairly compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import MemberId
from bot.domain.leaderboards.places import Standings, standings
from bot.domain.leaderboards.ranking import WINDOW
from bot.domain.surveys import Rating

ENOUGH_RATERS = 3
PRIOR_RATINGS = 5
"""How many ratings of an average author everybody is lent: the strength of the shrinking."""


@dataclass(frozen=True, slots=True)
class RatingFact:
    """One rating; `probability` is that of its pull request having been drawn."""

    rater: MemberId
    author: MemberId
    rating: Rating
    rated_at: datetime
    probability: float = 1.0


@dataclass(frozen=True, slots=True)
class Praise:
    """The ratings an author got."""

    supers: int
    ratings: int
    raters: int

    def shrunk_share(self, average: float) -> float:
        """Give the share of "Super", pulled towards `average` the more the fewer ratings."""
        return (self.supers + PRIOR_RATINGS * average) / (self.ratings + PRIOR_RATINGS)


def champions(
    facts: Iterable[RatingFact],
    *,
    names: Mapping[MemberId, bool],
    threshold: int = 5,
    until: datetime | None = None,
) -> Standings:
    """Rank authors by their shrunk share of "Super" from at least ENOUGH_RATERS others.

    Shrinking is the posterior mean of a beta prior worth PRIOR_RATINGS ratings at the average of
    all authors (Efron and Morris, 1975), so that three lucky ratings do not beat thirty good ones.
    Rating oneself does not count. With `until` only the WINDOW up to it counts. Names as in
    `rank`.
    """
    told = [f for f in facts if f.rater != f.author and _counts(f, until)]
    by_author: dict[MemberId, list[RatingFact]] = {}
    for fact in told:
        by_author.setdefault(fact.author, []).append(fact)
    everybody = _praise(told)
    average = everybody.supers / max(everybody.ratings, 1)
    praises = {author: _praise(theirs) for author, theirs in by_author.items()}
    scores = {a: p.shrunk_share(average) for a, p in praises.items() if p.raters >= ENOUGH_RATERS}
    return standings(scores, names=names, threshold=threshold)


def _counts(fact: RatingFact, until: datetime | None) -> bool:
    return until is None or until - WINDOW < fact.rated_at <= until


def _praise(facts: Sequence[RatingFact]) -> Praise:
    supers = sum(fact.rating is Rating.SUPER for fact in facts)
    return Praise(supers, len(facts), len({fact.rater for fact in facts}))
