"""Places on a list of names: ties share one, hidden names leave no trace, few names mean none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.ids import MemberId


class Suppressed(StrEnum):
    TOO_FEW_NAMES = "too_few_names"
    """So few people would be named that the list would be about them."""


@dataclass(frozen=True, slots=True)
class Place:
    """One place and who shares it, by member id; `rank` counts 1, 2, 3 without gaps."""

    rank: int
    member_ids: tuple[MemberId, ...]


@dataclass(frozen=True, slots=True)
class Standings:
    """The places, best first; none of them where `suppressed` gives the reason."""

    places: tuple[Place, ...]
    suppressed: Suppressed | None = None


_SAME = 9
"""Decimals up to which two scores are one: sums of floats differ in the last bits."""


def standings(
    scores: Mapping[MemberId, float], *, names: Mapping[MemberId, bool], threshold: int
) -> Standings:
    """Place everybody whose name may be shown, the highest score first.

    Places are counted among the named alone and ties do not skip any (1, 1, 2), so that a gap
    never tells of somebody hidden. Fewer than `threshold` named people: nobody is.
    """
    named = {who: round(score, _SAME) for who, score in scores.items() if names.get(who, False)}
    if len(named) < threshold:
        return Standings((), Suppressed.TOO_FEW_NAMES)
    ladder = sorted(set(named.values()), reverse=True)
    return Standings(
        tuple(
            Place(rank, tuple(sorted(who for who, score in named.items() if score == step)))
            for rank, step in enumerate(ladder, start=1)
        )
    )
