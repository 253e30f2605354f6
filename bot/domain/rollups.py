"""A week's numbers of a workspace, a team, a member or a repository, ready to be added up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from bot.domain import histograms
from bot.domain.facts import Measure, Population


class Scope(StrEnum):
    """Whose numbers: `scope_id` is 0 for the workspace, a GitHub account for a member."""

    WORKSPACE = "workspace"
    TEAM = "team"
    MEMBER = "member"
    REPOSITORY = "repository"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many pull requests were merged, and how many of them were or had what."""

    merged: int = 0
    reviewed: int = 0
    reverts: int = 0
    reverted: int = 0
    hotfixes: int = 0
    clipped: int = 0


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure's values: how many are known, their sum, and their histogram."""

    total: int = 0
    histogram: Mapping[int, int] = field(default_factory=dict)

    @property
    def n(self) -> int:
        return sum(self.histogram.values())

    def mean(self) -> float | None:
        """Exact; None where nothing is known."""
        return self.total / self.n if self.n else None

    def quantile(self, q: float) -> float | None:
        """Within `bot.domain.histograms.RELATIVE_ERROR`; None where nothing is known."""
        return histograms.quantile(self.histogram, q)


@dataclass(frozen=True, slots=True)
class Rollup:
    """What was merged in one week in one scope, of one tier and population.

    Facts for Hunch itself: whatever shows one to somebody asks first whether it may
    (docs/features/facts.md).
    """

    week: date
    scope: Scope
    scope_id: int
    tier: str
    population: Population
    counts: Counts
    measured: Mapping[Measure, Measured]


def added_up(measured: Iterable[Measured]) -> Measured:
    """Several weeks', teams' or tiers' values of one measure together."""
    known = list(measured)
    return Measured(
        sum(one.total for one in known),
        histograms.added_up(*(one.histogram for one in known)),
    )
