"""What a team may know about itself without learning anything about one of its people."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from bot.domain.ids import GithubLogin, MemberId
from bot.domain.leaderboards.champions import RatingFact
from bot.domain.leaderboards.ranking import GuessFact
from bot.domain.surveys import Rating

_POINTS = {Rating.COULD_BE_BETTER: 1.0, Rating.OK: 2.0, Rating.SUPER: 3.0}


@dataclass(frozen=True, slots=True)
class MergeFact:
    """One merged pull request; all times aware UTC."""

    author: GithubLogin
    opened_at: datetime
    first_reviewer: GithubLogin | None = None
    first_review_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AnswerFact:
    """One author's answer; `probability` is that of the pull request having been drawn."""

    author: MemberId
    used_ai: bool
    probability: float = 1.0


@dataclass(frozen=True, slots=True)
class Measure:
    """A number and the count it rests on."""

    value: float
    n: int


@dataclass(frozen=True, slots=True)
class TeamFacts:
    """`merged` pull requests, and what may be said of them; None is "not enough data".

    `ai_share` (declared) and `detection_rate` are 0 to 1, `mean_rating` is 1 ("Could be better")
    to 3 ("Super"), `first_review_h` the median hours from opening to the first review.
    """

    merged: int
    ai_share: Measure | None
    detection_rate: Measure | None
    mean_rating: Measure | None
    first_review_h: Measure | None


@dataclass(frozen=True, slots=True)
class _Row:
    author: Hashable
    respondent: Hashable
    value: float
    weight: float = 1.0


def team_facts(
    *,
    merges: Sequence[MergeFact],
    answers: Iterable[AnswerFact],
    guesses: Iterable[GuessFact],
    ratings: Iterable[RatingFact],
    threshold: int = 5,
) -> TeamFacts:
    """Work out the team's numbers from facts of one window.

    Shares and means weigh each fact by 1 / probability, so that what was not drawn is stood for.
    A number is None unless it rests on `threshold` distinct authors and as many respondents, its
    facts differ (all or none would tell of everybody), and nobody makes up more than half of it.
    The count of merges is public on GitHub and always shown.
    """
    said = [_Row(a.author, a.author, a.used_ai, 1 / a.probability) for a in answers]
    guessed = [_Row(g.author, g.detective, g.right, 1 / g.probability) for g in guesses]
    rated = [
        _Row(r.author, r.rater, _POINTS[r.rating], 1 / r.probability)
        for r in ratings
        if r.rater != r.author
    ]
    return TeamFacts(
        merged=len(merges),
        ai_share=_mean(said, threshold),
        detection_rate=_mean(guessed, threshold),
        mean_rating=_mean(rated, threshold),
        first_review_h=_median(_waits(merges), threshold),
    )


def _waits(merges: Iterable[MergeFact]) -> list[_Row]:
    return [
        _Row(m.author, m.first_reviewer, (m.first_review_at - m.opened_at).total_seconds() / 3600)
        for m in merges
        if m.first_review_at is not None
    ]


def _mean(rows: Sequence[_Row], threshold: int) -> Measure | None:
    if not _may_be_told(rows, threshold):
        return None
    total = sum(row.weight for row in rows)
    return Measure(sum(row.weight * row.value for row in rows) / total, len(rows))


def _median(rows: Sequence[_Row], threshold: int) -> Measure | None:
    if not _may_be_told(rows, threshold):
        return None
    return Measure(median(row.value for row in rows), len(rows))


def _may_be_told(rows: Sequence[_Row], threshold: int) -> bool:
    differ = len({row.value for row in rows}) > 1
    authors = _are_many([(row.author, row.weight) for row in rows], threshold)
    respondents = _are_many([(row.respondent, row.weight) for row in rows], threshold)
    return differ and authors and respondents


def _are_many(people: Sequence[tuple[Hashable, float]], threshold: int) -> bool:
    counts: dict[Hashable, float] = {}
    weights: dict[Hashable, float] = {}
    for who, weight in people:
        counts[who] = counts.get(who, 0) + 1
        weights[who] = weights.get(who, 0) + weight
    return len(counts) >= threshold and not (_has_a_majority(counts) or _has_a_majority(weights))


def _has_a_majority(shares: Mapping[Hashable, float]) -> bool:
    return max(shares.values()) * 2 > sum(shares.values())
