"""The past of a repository, made when it is looked at: any number of pull requests, none held.

The same plan tells the same past on every machine. Pull requests stand in the order in which they
were last updated; their numbers follow that order but for a few that took longer.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from playground.github.lives import Life, Moment, draw
from playground.github.records import Plan
from playground.pull_requests import PullRequest

# Working time that counts: five days a week of ten hours, from seven in the morning (UTC).
_DAY_S, _STARTS_S = 10 * 3600, 7 * 3600
_WEEK_S = 5 * _DAY_S
_MONDAY = datetime(2018, 1, 1, tzinfo=UTC)
# How pull requests that are updated one after the other are numbered.
_SHUFFLE = (3, 0, 5, 1, 6, 2, 4)
_BACK = tuple(_SHUFFLE.index(place) for place in range(len(_SHUFFLE)))
_STILL_OPEN = 12
_CLOSED_IN_1000 = 55


def working_seconds(moment: datetime) -> int:
    """Working time from the beginning of all counting until `moment`."""
    days, rest = divmod(int((moment - _MONDAY).total_seconds()), 86_400)
    weeks, weekday = divmod(days, 7)
    if weekday > 4:
        return (weeks + 1) * _WEEK_S
    return weeks * _WEEK_S + weekday * _DAY_S + min(max(rest - _STARTS_S, 0), _DAY_S)


def at_work(seconds: int) -> datetime:
    """The moment when so much working time has passed."""
    weeks, rest = divmod(seconds, _WEEK_S)
    days, rest = divmod(rest, _DAY_S)
    return _MONDAY + timedelta(weeks=weeks, days=days, seconds=_STARTS_S + rest)


class History:
    """Pull requests 1 to `len()` of a repository; `rank` 0 is the one updated longest ago."""

    def __init__(self, full_name: str, plan: Plan) -> None:
        self._name = full_name
        self._plan = plan
        ends_at = datetime.fromisoformat(plan.ends_at)
        self._ends_s = working_seconds(ends_at)
        self._begins_s = working_seconds(ends_at - timedelta(days=plan.days))
        self._slot_s = max(2, (self._ends_s - self._begins_s) // max(1, plan.count))

    def __len__(self) -> int:
        return self._plan.count

    def number_at(self, rank: int) -> int:
        """The number of the pull request at a rank."""
        block, place = divmod(rank, len(_SHUFFLE))
        whole = (block + 1) * len(_SHUFFLE) <= self._plan.count
        return block * len(_SHUFFLE) + (_SHUFFLE[place] if whole else place) + 1

    def rank_of(self, number: int) -> int:
        """The rank of a pull request; raises LookupError."""
        if not 1 <= number <= self._plan.count:
            raise LookupError(f"{self._name}#{number}")
        block, place = divmod(number - 1, len(_BACK))
        whole = (block + 1) * len(_BACK) <= self._plan.count
        return block * len(_BACK) + (_BACK[place] if whole else place)

    def updated_s(self, rank: int) -> int:
        """When it was last updated, in working seconds; strictly rising with the rank."""
        jitter = (self._plan.seed * 7919 + rank * 104_729) % (self._slot_s - 1)
        return self._begins_s + rank * self._slot_s + jitter

    def updated_at(self, rank: int) -> str:
        """When it was last updated, as GitHub writes it."""
        return f"{at_work(self.updated_s(rank)).isoformat()[:19]}Z"

    def first_after(self, updated_at: str) -> int:
        """The first rank that was updated at that moment or later; `len()` if none was."""
        low, high = 0, len(self)
        while low < high:
            middle = (low + high) // 2
            if self.updated_at(middle) < updated_at:
                low = middle + 1
            else:
                high = middle
        return low

    def state_at(self, rank: int) -> str:
        """How it ended: `OPEN`, `CLOSED` or `MERGED`; quicker than looking at all of it."""
        if rank >= len(self) - min(_STILL_OPEN, len(self) // 10) and rank % 3:
            return "OPEN"
        dice = (self.number_at(rank) * 2_654_435_761 + self._plan.seed) % 1000
        return "CLOSED" if dice < _CLOSED_IN_1000 else "MERGED"

    def at(self, rank: int) -> PullRequest:
        """The pull request at a rank."""
        number = self.number_at(rank)
        rng = random.Random(f"{self._plan.seed}/{self._name}/{number}")  # nosec B311
        moment = Moment(self._name, number, self.state_at(rank), at_work(self.updated_s(rank)))
        return draw(moment, Life(rng, self._plan))

    def find(self, number: int) -> PullRequest:
        """The pull request of a number; raises LookupError."""
        return self.at(self.rank_of(number))
