"""The life of one pull request: opened, reviewed, reworked, merged, each in working hours."""

from __future__ import annotations

import random
from math import exp
from statistics import NormalDist
from typing import NamedTuple

from playground.companies.calendars import DAY_S
from playground.companies.people import Person
from playground.companies.plans import CompanyPlan
from playground.companies.records import Review
from playground.companies.rosters import Roster

_STEPS = 1024
_HOUR_S = 3600


def _lognormal(sigma: float) -> tuple[float, ...]:
    """Values around 1 with a long tail, to be drawn by a die: quicker than computing each."""
    normal = NormalDist()
    return tuple(exp(sigma * normal.inv_cdf((step + 0.5) / _STEPS)) for step in range(_STEPS))


WAITS = _lognormal(0.9)
LINES = _lognormal(1.1)


class Day(NamedTuple):
    """A day on which pull requests are opened; `ends_at` is the end of all that is told.

    `ai_share` is how much of the company's work AI helps with by then.
    """

    number: int
    weekday: int
    midnights: dict[str, int]
    slowdown: float
    ai_share: float
    ends_at: int


class Reviewed(NamedTuple):
    """How the reviews went; `done_at` is None when nobody approved in time."""

    reviews: tuple[Review, ...]
    done_at: int | None
    rounds: int


class Lives:
    """Draws what happens to pull requests of a plan, each step by the dice."""

    def __init__(self, plan: CompanyPlan, rng: random.Random) -> None:
        self._effects = plan.effects
        self._roll = rng.random

    def work(self, who: Person, day: Day, since: int, work_s: int) -> int | None:
        """When `who` is done who takes `work_s` of working time from `since` on; None: never.

        Never is when they have left by then, or it would be after all that is told.
        """
        midnight = day.midnights[who.tz]
        ahead, clock = divmod(since - midnight, DAY_S)
        start, span = who.starts_h * _HOUR_S, who.hours * _HOUR_S
        place = (day.weekday + ahead - who.first_day) % 7
        if place > 4:
            ahead, place = ahead + 7 - place, 0
        else:
            work_s += min(max(clock - start, 0), span)
        days, rest = divmod(work_s, span)
        weeks, to = divmod(place + days, 5)
        ahead += weeks * 7 + to - place
        at = midnight + ahead * DAY_S + start + rest
        return at if day.number + ahead < who.left_on and at < day.ends_at else None

    def wait_s(self, hours: float, day: Day, *, used_ai: bool) -> int:
        """Working time around `hours`; bad weeks and AI change it."""
        factor = self._effects.cycle_time if used_ai else 1.0
        return int(WAITS[int(self._roll() * _STEPS)] * hours * factor * day.slowdown * _HOUR_S)

    def review(
        self, author: Person, roster: Roster, day: Day, opened_at: int, *, used_ai: bool
    ) -> Reviewed:
        """One or two people review, the first perhaps in two rounds."""
        roll = self._roll
        first = roster.reviewer(author.number, roll())
        if first is None:
            return Reviewed((), opened_at, 0)
        at = self.work(
            first, day, opened_at, self.wait_s(2.6 * first.review_speed, day, used_ai=used_ai)
        )
        if at is None:
            return Reviewed((), None, 0)
        reviews: list[Review] = []
        if roll() < 0.18 * (self._effects.rework if used_ai else 1.0):
            reviews.append(Review(first.login, "changes_requested", at, None, None))
            at = self.work(first, day, at, self.wait_s(2.0, day, used_ai=used_ai))
            if at is None:
                return Reviewed(tuple(reviews), None, 1)
        reviews.append(self._approval(first, author, at, used_ai))
        rounds = len(reviews)
        if roll() < 0.3:
            at = self._second(reviews, author, first, roster, day, opened_at, used_ai) or at
        return Reviewed(tuple(reviews), at, rounds)

    def _second(
        self,
        reviews: list[Review],
        author: Person,
        first: Person,
        roster: Roster,
        day: Day,
        since: int,
        used_ai: bool,
    ) -> int | None:
        """A second opinion, given on its own time; returns when the later of the two approved."""
        second = roster.reviewer(author.number, self._roll(), but=first.number)
        if second is None:
            return None
        wait_s = self.wait_s(2.6 * second.review_speed, day, used_ai=used_ai)
        at = self.work(second, day, since, wait_s)
        if at is None:
            return None
        reviews.append(self._approval(second, author, at, used_ai))
        reviews.sort(key=_submitted_at)
        return reviews[-1].submitted_at

    def _approval(self, who: Person, author: Person, at: int, used_ai: bool) -> Review:
        """With what the reviewer would say in the game, if they answered."""
        roll = self._roll
        if roll() > who.answers:
            return Review(who.login, "approved", at, None, None)
        better = author.quality + (self._effects.rating if used_ai else 0.0)
        dice = roll()
        rating = (
            "super"
            if dice < 0.32 + better
            else "ok"
            if dice < 0.84 + better / 2
            else "could_be_better"
        )
        dice = roll()
        if dice < who.unsure:
            guess = "no_idea"
        else:
            is_right = roll() < who.skill
            guess = "yes" if is_right == used_ai else "no"
        return Review(who.login, "approved", at, rating, guess)


def _submitted_at(review: Review) -> int:
    return review.submitted_at
