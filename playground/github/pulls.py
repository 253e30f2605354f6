"""The pull requests of one repository, generated and hand-made together, in pages."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial

from playground.github.histories import History
from playground.github.records import Plan, Repository
from playground.github.world import World
from playground.pull_requests import PullRequest

UPDATED_AT, CREATED_AT = "UPDATED_AT", "CREATED_AT"
_NOTHING = Plan(count=0)
Key = tuple[str, int]
_Row = tuple[Key, Callable[[], PullRequest]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which pull requests, in which order, from where on."""

    order: str = CREATED_AT
    descending: bool = False
    states: Collection[str] = ()
    after: Key | None = None


def state_of(pr: PullRequest) -> str:
    """`OPEN`, `CLOSED` or `MERGED`."""
    return "MERGED" if pr.merged_at else pr.state.upper()


def key_of(pr: PullRequest, order: str) -> Key:
    """What a pull request is sorted by; numbers follow the order of opening."""
    return (pr.updated_at if order == UPDATED_AT else "", pr.number)


class Pulls:
    """A look at a repository's pull requests as they are now."""

    def __init__(self, world: World, repository: Repository) -> None:
        self._repository = repository
        self._history = world.history(repository) or History("", _NOTHING)
        self._made = world.hand_made(repository)

    def find(self, number: int) -> PullRequest:
        """Return one; raises LookupError."""
        return self._made.get(number) or self._known(self._history.find(number))

    def count(self, states: Collection[str] = ()) -> int:
        """How many there are."""
        made = [pr for pr in self._made.values() if not states or state_of(pr) in states]
        if not states:
            return len(made) + len(self._history) - self._changed
        ranks = (rank for rank in range(len(self._history)) if not self._is_made(rank))
        return len(made) + sum(self._history.state_at(rank) in states for rank in ranks)

    def walk(self, wanted: Wanted) -> Iterator[tuple[Key, PullRequest]]:
        """Go through them in order; each is made when it is reached."""
        rows = heapq.merge(
            self._generated(wanted), self._by_hand(wanted), key=_key, reverse=wanted.descending
        )
        for key, make in rows:
            if _is_behind(key, wanted):
                yield key, make()

    def _at(self, rank: int) -> PullRequest:
        return self._known(self._history.at(rank))

    def _known(self, pr: PullRequest) -> PullRequest:
        pr.repository, pr.origin = self._repository.full_name, self._repository.origin
        return pr

    @property
    def _changed(self) -> int:
        """How many of the generated ones were changed by hand."""
        return sum(1 <= number <= len(self._history) for number in self._made)

    def _is_made(self, rank: int) -> bool:
        return self._history.number_at(rank) in self._made

    def _by_hand(self, wanted: Wanted) -> Iterator[_Row]:
        there = [
            pr for pr in self._made.values() if not wanted.states or state_of(pr) in wanted.states
        ]
        there.sort(key=lambda pr: key_of(pr, wanted.order), reverse=wanted.descending)
        return ((key_of(pr, wanted.order), partial(_itself, pr)) for pr in there)

    def _generated(self, wanted: Wanted) -> Iterator[_Row]:
        history = self._history
        for rank in self._ranks(wanted):
            if self._is_made(rank):
                continue
            if wanted.states and history.state_at(rank) not in wanted.states:
                continue
            updated_at = history.updated_at(rank) if wanted.order == UPDATED_AT else ""
            key = (updated_at, history.number_at(rank))
            yield key, partial(self._at, rank)

    def _ranks(self, wanted: Wanted) -> Iterator[int]:
        if wanted.order == UPDATED_AT:
            return iter(self._ranks_by_update(wanted))
        return (self._history.rank_of(number) for number in self._numbers(wanted))

    def _ranks_by_update(self, wanted: Wanted) -> range:
        size, after = len(self._history), wanted.after
        if wanted.descending:
            start = size if after is None else self._history.first_after(after[0]) + 1
            return range(min(start, size) - 1, -1, -1)
        return range(0 if after is None else self._history.first_after(after[0]), size)

    def _numbers(self, wanted: Wanted) -> range:
        size, after = len(self._history), wanted.after
        if wanted.descending:
            return range(size if after is None else min(after[1] - 1, size), 0, -1)
        return range(1 if after is None else after[1] + 1, size + 1)


def _itself(pr: PullRequest) -> PullRequest:
    return pr


def _key(row: _Row) -> Key:
    return row[0]


def _is_behind(key: Key, wanted: Wanted) -> bool:
    if wanted.after is None:
        return True
    return key < wanted.after if wanted.descending else key > wanted.after
