"""How good the rules are, measured against what authors answered; never who said what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt
from types import MappingProxyType
from typing import NamedTuple

from bot.domain.ids import MemberId, SurveyId
from bot.domain.leaderboards.cells import Row, may_be_told

RULE = "rule:"
STRONG, WEAK, MARKED, UNMARKED = "strong", "weak", "marked", "unmarked"

_Z95 = 1.959964
"""The normal quantile of a 95 % interval."""


@dataclass(frozen=True, slots=True)
class AnswerFact:
    """One author's answer, and which rules had matched their pull request.

    `strong` and `weak` are names of rules about authorship.
    """

    survey_id: SurveyId
    author: MemberId
    said_ai: bool
    strong: frozenset[str] = frozenset()
    weak: frozenset[str] = frozenset()


class Said(NamedTuple):
    """What one author answered in one survey: what a number is counted from."""

    survey_id: SurveyId
    author: MemberId
    said_ai: bool


Cell = frozenset[Said]


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of `n`, with its 95 % interval."""

    value: float
    n: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Report:
    """What may be told of the rules' quality, over `answers` answers.

    `precision` by rule (`claude_code.address`), `strong`, `weak` (nothing strong) and `marked`
    (any of both): how often the author said that AI was involved. `recall`: how many of those who
    said so had any mark. `withheld`: for how many there are answers that cannot be told.
    """

    answers: int
    precision: Mapping[str, Rate]
    recall: Rate | None
    withheld: int


Basis = Mapping[str, Cell]
"""What a report's numbers rest on, by cell; kept to see whether the next may be told."""

NOTHING: Basis = MappingProxyType({})


def wilson(share: float, n: int) -> tuple[float, float]:
    """The 95 % score interval of a share of `n` (at least 1).

    E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22
    (1927); chosen for small n as by Brown, Cai and DasGupta, Interval estimation for a binomial
    proportion, Statistical Science 16 (2001). Answers of one author are counted as independent.
    """
    square = _Z95 * _Z95
    centre = (share + square / (2 * n)) / (1 + square / n)
    half = _Z95 * sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    return max(0.0, centre - half), min(1.0, centre + half)


def report(
    facts: Iterable[AnswerFact], *, threshold: int, before: Basis = NOTHING
) -> tuple[Report, Basis] | None:
    """Count what may be told; None where the report before has to stand a while longer.

    A cell is told where `may_be_told` lets it, and where it can stand `beside` every other cell
    told, now or in the report before (`before`). The largest come first. A report that could no
    longer tell what the one before told would tell of those who came or went in between: so that
    one stands until enough others have answered.
    """
    known = list(facts)
    cells = _cells(known)
    told = _told(cells, threshold, before)
    if not before.keys() & cells.keys() <= told.keys():
        return None
    rates = {name: _rate(cell) for name, cell in told.items() if name != UNMARKED}
    return Report(len(known), rates, _recall(told), len(cells) - len(told)), told


def beside(one: Cell, other: Cell, threshold: int) -> bool:
    """Whether the numbers of two cells may both be told.

    Their difference is a number too, about those that only one of them has. It must not tell of
    one of these people, so enough of them are on one side, and they differ. Cells that share
    nothing have no difference to take.
    """
    came, went = one - other, other - one
    if one.isdisjoint(other) or not (came or went):
        return True
    return _may_be_told(came, threshold) or _may_be_told(went, threshold)


def _may_be_told(cell: Cell, threshold: int) -> bool:
    return may_be_told([Row(s.author, s.author, float(s.said_ai)) for s in cell], threshold)


def _cells(facts: Iterable[AnswerFact]) -> dict[str, Cell]:
    cells: dict[str, set[Said]] = {}
    for fact in facts:
        said = Said(fact.survey_id, fact.author, fact.said_ai)
        for name in _names(fact):
            cells.setdefault(name, set()).add(said)
    return {name: frozenset(cell) for name, cell in cells.items()}


def _names(fact: AnswerFact) -> list[str]:
    if not fact.strong and not fact.weak:
        return [UNMARKED]
    rules = [RULE + rule for rule in sorted(fact.strong | fact.weak)]
    return [MARKED, STRONG if fact.strong else WEAK, *rules]


def _told(cells: Mapping[str, Cell], threshold: int, before: Basis) -> dict[str, Cell]:
    told: dict[str, Cell] = {}
    for name in sorted(cells, key=lambda name: (-len(cells[name]), name)):
        cell = cells[name]
        others = [*told.values(), *before.values()]
        if _may_be_told(cell, threshold) and all(beside(cell, o, threshold) for o in others):
            told[name] = cell
    return told


def _rate(cell: Cell) -> Rate:
    share = _said_ai(cell) / len(cell)
    return Rate(share, len(cell), *wilson(share, len(cell)))


def _recall(told: Mapping[str, Cell]) -> Rate | None:
    """Only where both halves are told: it would tell of the other one."""
    if MARKED not in told or UNMARKED not in told:
        return None
    found = _said_ai(told[MARKED])
    said = found + _said_ai(told[UNMARKED])
    return Rate(found / said, said, *wilson(found / said, said))


def _said_ai(cell: Cell) -> int:
    return sum(said.said_ai for said in cell)
