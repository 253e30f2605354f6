"""Prints measurements: ours, the baseline's, their ratio pair by pair, and the goal."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison; the ratio is taken pair by pair, because a machine's speed drifts."""

    what: str
    ours: Sequence[float]
    bare: Sequence[float]
    sign: str
    goal: float

    @property
    def ratio(self) -> float:
        return statistics.median(a / b for a, b in zip(self.ours, self.bare, strict=True))

    @property
    def met(self) -> bool:
        return self.ratio >= self.goal if self.sign == ">=" else self.ratio < self.goal


def show(rows: Sequence[Row]) -> None:
    """A line a comparison; medians."""
    width = max(len(row.what) for row in rows)
    print(f"{'':{width}}  {'ours':>10}  {'bare':>10}  {'ratio':>6}  goal")
    for row in rows:
        ours, bare = statistics.median(row.ours), statistics.median(row.bare)
        verdict = "met" if row.met else "MISSED"
        print(
            f"{row.what:{width}}  {ours:10.2f}  {bare:10.2f}  {row.ratio:6.2f}  "
            f"{row.sign} {row.goal} {verdict}"
        )
