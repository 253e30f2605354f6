"""Companies made of a seed: people, teams, years of pull requests, and how well they guess.

`generate(CompanyPlan(seed=7, people=400))` gives the same company on every machine. Nothing here
reads a clock or knows Hunch; tests, benchmarks and the page use it alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from playground.companies.calendars import Incident, incidents
from playground.companies.names import REPOSITORIES
from playground.companies.people import Person, Team, count_teams, hire_everybody, team_name
from playground.companies.plans import SIZES, Adoption, CompanyPlan, Effects, Incidents
from playground.companies.records import PullRequest, Review
from playground.companies.work import Work


@dataclass(frozen=True, slots=True)
class Company:
    """A generated company; its pull requests are made anew, the same ones, each time they are
    asked for."""

    plan: CompanyPlan
    people: tuple[Person, ...]
    teams: tuple[Team, ...]
    incidents: tuple[Incident, ...]

    @property
    def slug(self) -> str:
        """The name as an account on GitHub."""
        return "-".join(self.plan.name.lower().split())

    @property
    def repositories(self) -> tuple[str, ...]:
        """All repositories, as `owner/name`."""
        return tuple(dict.fromkeys(name for team in self.teams for name in team.repositories))

    def pull_requests(self) -> Iterator[PullRequest]:
        """All pull requests in the order of their numbers, which is that of their opening days."""
        return Work(self.plan, self.people, self.teams).run()

    def here_on(self, day: int) -> tuple[Person, ...]:
        """Who works there on that day of the plan."""
        return tuple(person for person in self.people if person.is_here(day))


def generate(plan: CompanyPlan) -> Company:
    """Make the company of a plan."""
    slug = "-".join(plan.name.lower().split())
    teams = tuple(_team(slug, number) for number in range(count_teams(plan)))
    return Company(plan, hire_everybody(plan), teams, incidents(plan))


def _team(slug: str, number: int) -> Team:
    names = [REPOSITORIES[(number * 2 + step) % len(REPOSITORIES)] for step in range(2)]
    return Team(number, team_name(number), tuple(f"{slug}/{name}" for name in names))


__all__ = [
    "SIZES",
    "Adoption",
    "Company",
    "CompanyPlan",
    "Effects",
    "Incident",
    "Incidents",
    "Person",
    "PullRequest",
    "Review",
    "Team",
    "generate",
]
