"""What a team may know about itself without learning anything about one of its people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from bot.domain.ids import GithubLogin, MemberId
from bot.domain.leaderboards.cells import Measure, Row, may_be_told, may_follow, mean
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
class Basis:
    """What each of the sensitive numbers was last counted from."""

    ai_share: Sequence[Row] = ()
    detection_rate: Sequence[Row] = ()
    mean_rating: Sequence[Row] = ()


@dataclass(frozen=True, slots=True)
class Count:
    """What a post says about the team, and what that rests on, for the next one to compare."""

    facts: TeamFacts
    basis: Basis


def team_facts(
    *,
    merges: Sequence[MergeFact],
    answers: Iterable[AnswerFact],
    guesses: Iterable[GuessFact],
    ratings: Iterable[RatingFact],
    threshold: int = 5,
    before: Count | None = None,
) -> Count:
    """Work out the team's numbers from facts of one window; `before` is what the last post said.

    Shares and means weigh each fact by 1 / probability, so that what was not drawn is stood for.
    A number is None unless it `may_be_told`. The sensitive ones (share, rate and rating) are said
    as they were `before` until enough changed, see `may_follow`. Merges and the wait for the first
    review are public on GitHub: always as they are now.
    """
    basis = Basis(_said(answers), _guessed(guesses), _rated(ratings))
    share, rate, rating = (
        _figure(name, basis, before, threshold)
        for name in ("ai_share", "detection_rate", "mean_rating")
    )
    return Count(
        TeamFacts(len(merges), share[0], rate[0], rating[0], _median(_waits(merges), threshold)),
        Basis(share[1], rate[1], rating[1]),
    )


def _figure(
    name: str, basis: Basis, before: Count | None, threshold: int
) -> tuple[Measure | None, Sequence[Row]]:
    rows: Sequence[Row] = getattr(basis, name)
    if before is not None and not may_follow(getattr(before.basis, name), rows, threshold):
        return getattr(before.facts, name), getattr(before.basis, name)
    return mean(rows, threshold), rows


def _said(answers: Iterable[AnswerFact]) -> list[Row]:
    return [Row(a.author, a.author, float(a.used_ai), 1 / a.probability) for a in answers]


def _guessed(guesses: Iterable[GuessFact]) -> list[Row]:
    return [Row(g.author, g.detective, float(g.right), 1 / g.probability) for g in guesses]


def _rated(ratings: Iterable[RatingFact]) -> list[Row]:
    return [
        Row(r.author, r.rater, _POINTS[r.rating], 1 / r.probability)
        for r in ratings
        if r.rater != r.author
    ]


def _waits(merges: Iterable[MergeFact]) -> list[Row]:
    return [
        Row(m.author, m.first_reviewer, (m.first_review_at - m.opened_at).total_seconds() / 3600)
        for m in merges
        if m.first_review_at is not None
    ]


def _median(rows: Sequence[Row], threshold: int) -> Measure | None:
    if not may_be_told(rows, threshold):
        return None
    return Measure(median(row.value for row in rows), len(rows))
