"""Who works at a generated company: habits, teams, who joins and who leaves."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import log

from playground.companies.names import REGIONS, TEAMS
from playground.companies.plans import CompanyPlan

_REGIONS = tuple(
    region for place, region in enumerate(REGIONS) for _ in range(8 if place == 0 else 2)
)
_FOREVER = 1 << 30
_ABROAD = 0.15
"""How many of a team live elsewhere than most of it."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody and their habits; days count from the plan's first, `left_on` is exclusive.

    `ai` multiplies the company's share of AI at the time; `skill` is how often a guess is right,
    `unsure` how often there is none; `answers` the share of surveys they answer, `quality` how
    much more of their work is "Super".
    """

    number: int
    name: str
    real_name: str
    login: str
    tz: str
    team: int
    is_lead: bool
    joined_on: int
    left_on: int
    first_day: int
    starts_h: int
    hours: int
    pace: float
    size: float
    review_speed: float
    ai: float
    tool: int
    quality: float
    skill: float
    unsure: float
    answers: float

    def works_on(self, weekday: int) -> bool:
        """Whether this weekday (Monday is 0) is one of their five."""
        return (weekday - self.first_day) % 7 < 5

    def is_here(self, day: int) -> bool:
        """Whether they work at the company on that day."""
        return self.joined_on <= day < self.left_on


@dataclass(frozen=True, slots=True)
class Team:
    """A team; its people are found by their `team`."""

    number: int
    name: str
    repositories: tuple[str, ...]


def hire_everybody(plan: CompanyPlan) -> tuple[Person, ...]:
    """Everybody who works there at some time: `plan.people` at once, and their successors."""
    rng = random.Random(f"{plan.seed}/people")  # nosec B311
    taken: dict[str, int] = {}
    moods = [_spread(rng, plan.adoption.teams_differ) for _ in range(count_teams(plan))]
    homes = [rng.choice(rng.choice(_REGIONS).zones) for _ in moods]
    everybody: list[Person] = []
    for desk in range(plan.people):
        team = desk % len(moods)
        for joined_on, left_on in _terms(rng, plan):
            person = _hire(rng, plan, taken, moods[team], homes[team])
            is_lead = desk < len(moods)
            everybody.append(
                replace(
                    person,
                    number=len(everybody),
                    team=team,
                    is_lead=is_lead,
                    joined_on=joined_on,
                    left_on=left_on,
                )
            )
    return tuple(everybody)


def count_teams(plan: CompanyPlan) -> int:
    """How many teams there are."""
    return max(1, round(plan.people / plan.team_size))


def team_name(number: int) -> str:
    """What a team is called; from the twenty-first on with a number."""
    more = number // len(TEAMS)
    return TEAMS[number % len(TEAMS)] + (f" {more + 1}" if more else "")


def _terms(rng: random.Random, plan: CompanyPlan) -> Iterator[tuple[int, int]]:
    """The terms of those who sit at one desk one after the other."""
    joined_on, chance = 0, plan.turnover / 365
    while True:
        left_on = joined_on + 30 + int(rng.expovariate(chance)) if chance > 0 else _FOREVER
        yield joined_on, left_on
        joined_on = left_on + 7
        if joined_on >= plan.days:
            return


def _hire(
    rng: random.Random, plan: CompanyPlan, taken: dict[str, int], mood: float, home: str
) -> Person:
    region = _REGIONS[rng.randrange(len(_REGIONS))]
    given, family = rng.choice(region.given), rng.choice(region.family)
    login = _login(taken, _ascii(given), _ascii(family))
    return Person(
        number=0,
        name=login.replace("-", "."),
        real_name=region.full(_native(given), _native(family)),
        login=login,
        tz=rng.choice(region.zones) if rng.random() < _ABROAD else home,
        team=0,
        is_lead=False,
        joined_on=0,
        left_on=_FOREVER,
        first_day=region.first_day,
        starts_h=rng.choice((7, 8, 8, 9, 9, 9, 10, 10)),
        hours=rng.choice((6, 7, 8, 8, 8, 9)),
        pace=_spread(rng, 1.8),
        size=_spread(rng, 1.6),
        review_speed=_spread(rng, 1.7),
        ai=mood * _spread(rng, plan.adoption.people_differ),
        tool=min(int(rng.random() ** 1.7 * 7), 6),
        quality=rng.uniform(-0.1, 0.12),
        skill=rng.uniform(0.48, 0.88),
        unsure=rng.uniform(0.03, 0.2),
        answers=rng.uniform(0.5, 0.98),
    )


def _login(taken: dict[str, int], given: str, family: str) -> str:
    login = f"{given}-{family}"
    taken[login] = taken.get(login, 0) + 1
    return login if taken[login] == 1 else f"{login}{taken[login]}"


def _spread(rng: random.Random, factor: float) -> float:
    """A multiplier that is 1 on average; the extremes lie `factor` above and below the middle."""
    mean = (factor - 1 / factor) / (2 * log(factor)) if factor > 1 else 1.0
    return float(factor ** rng.uniform(-1, 1)) / mean


def _native(name: str) -> str:
    return name.partition("/")[0]


def _ascii(name: str) -> str:
    native, _, latin = name.partition("/")
    return (latin or native).lower()
