"""When a number about a group may be told, by itself and beside the one told before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measure:
    """A number and the count it rests on."""

    value: float
    n: int


@dataclass(frozen=True, slots=True)
class Row:
    """One fact of a number: whose work it is about, who said it, and what."""

    author: Hashable
    respondent: Hashable
    value: float
    weight: float = 1.0


def mean(rows: Sequence[Row], threshold: int) -> Measure | None:
    """The weighted mean, where it may be told."""
    if not may_be_told(rows, threshold):
        return None
    total = sum(row.weight for row in rows)
    return Measure(sum(row.weight * row.value for row in rows) / total, len(rows))


def may_be_told(rows: Sequence[Row], threshold: int) -> bool:
    """Whether the rows hide each of their people.

    They are of `threshold` distinct authors and as many respondents, they differ (all or none
    would tell of everybody), and nobody makes up more than half of them.
    """
    return _differ(rows) and _are_of_many(rows, threshold)


def may_follow(before: Sequence[Row], now: Sequence[Row], threshold: int) -> bool:
    """Whether a number counted from `now` may be told to those who know that from `before`.

    The difference of two numbers is a number too, about the rows that came and went: it must not
    tell of one of their people either. So they are of `threshold` distinct authors and as many
    respondents, nobody makes up more than half of them, and not all that came are alike while all
    that went are. Where nothing changed there is nothing to tell.
    """
    came, went = _difference(now, before), _difference(before, now)
    changed = [*came, *went]
    return not changed or ((_differ(came) or _differ(went)) and _are_of_many(changed, threshold))


def _difference(rows: Sequence[Row], others: Sequence[Row]) -> list[Row]:
    return list((Counter(rows) - Counter(others)).elements())


def _differ(rows: Sequence[Row]) -> bool:
    return len({row.value for row in rows}) > 1


def _are_of_many(rows: Sequence[Row], threshold: int) -> bool:
    authors = _are_many([(row.author, row.weight) for row in rows], threshold)
    respondents = _are_many([(row.respondent, row.weight) for row in rows], threshold)
    return authors and respondents


def _are_many(people: Sequence[tuple[Hashable, float]], threshold: int) -> bool:
    counts: dict[Hashable, float] = {}
    weights: dict[Hashable, float] = {}
    for who, weight in people:
        counts[who] = counts.get(who, 0) + 1
        weights[who] = weights.get(who, 0) + weight
    return len(counts) >= threshold and not (_has_a_majority(counts) or _has_a_majority(weights))


def _has_a_majority(shares: Mapping[Hashable, float]) -> bool:
    return max(shares.values()) * 2 > sum(shares.values())
