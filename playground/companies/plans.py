"""What a generated company is to be like: everything that may be configured, with its defaults."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Effects:
    """What AI does to a pull request; 1.0 or 0.0 is no effect.

    `cycle_time` multiplies the working time from opening to merge (nights between stay), `size` the lines changed,
    `rework` the commits after the first review, `reverts` the chance of a revert. `rating` moves
    that share of the ratings from "Could be better" to "Super", or back if negative.
    """

    cycle_time: float = 0.8
    size: float = 1.3
    rework: float = 1.25
    reverts: float = 1.5
    rating: float = 0.06


@dataclass(frozen=True, slots=True)
class Adoption:
    """How much of the work AI helps with: shares of all pull requests, at both ends of the plan.

    People and teams use it more or less than that by up to these factors (1.0: all the same).
    """

    at_start: float = 0.15
    at_end: float = 0.6
    people_differ: float = 1.8
    teams_differ: float = 1.3
    wrote_most: float = 0.35
    shows: float = 0.2
    by_agents: float = 0.06


@dataclass(frozen=True, slots=True)
class Incidents:
    """Bad weeks: so many a year, so long, and working time multiplied by `slowdown` meanwhile."""

    a_year: float = 3.0
    days: int = 7
    slowdown: float = 2.2


@dataclass(frozen=True, slots=True)
class CompanyPlan:
    """A company: `people` who work there at any time, over `days` from `starts_on` on.

    The same plan gives the same company, to the byte. `a_week` is how many pull requests a person
    opens in a working week, `turnover` the share of people who leave within a year and are
    replaced, `service_bots` the share of pull requests that machines open on top.
    """

    seed: int = 1
    name: str = "Fernweh Systems"
    people: int = 40
    starts_on: date = date(2026, 1, 5)
    days: int = 365
    a_week: float = 2.2
    team_size: int = 8
    turnover: float = 0.15
    service_bots: float = 0.08
    effects: Effects = field(default_factory=Effects)
    adoption: Adoption = field(default_factory=Adoption)
    incidents: Incidents = field(default_factory=Incidents)

    def __post_init__(self) -> None:
        if not 5 <= self.people <= 5000:
            raise ValueError("A company has 5 to 5,000 people.")
        if self.days < 0 or self.team_size < 2:
            raise ValueError("Days must not be negative, and a team has two people or more.")

    @property
    def ends_on(self) -> date:
        """The first day that is not lived any more."""
        return self.starts_on + timedelta(days=self.days)

    def until(self, today: date, *, days: int) -> CompanyPlan:
        """The same company with its `days` of history ending before `today`."""
        return replace(self, starts_on=today - timedelta(days=days), days=days)


SIZES = {"tiny": 12, "small": 40, "large": 400}
"""Companies one can ask for by name, and how many people work there."""
