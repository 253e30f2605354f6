"""Which commits each merge of the main line brought in.

A commit belongs to the oldest merge that reaches it: what was merged twice counts to the first.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence

_NOBODY = -1


class Line:
    """The main line of a history, newest first, and what came to it from aside.

    Commits are small numbers inside; a million of them take some hundred megabytes.
    """

    def __init__(self, ancestry: Iterable[str]) -> None:
        """`ancestry`: lines of a commit and its parents, children before parents, as rev-list's."""
        self._numbers: dict[bytes, int] = {}
        self._parents: list[tuple[int, ...] | int] = []
        head = _NOBODY
        for line in ancestry:
            commit, *parents = (self._number(name) for name in line.split())
            head = commit if head == _NOBODY else head
            self._parents[commit] = parents[0] if len(parents) == 1 else tuple(parents)
        self._names = list(self._numbers)
        self.main = array("l", self._first_parents(head))
        self._brought = self._share()

    def _number(self, name: str) -> int:
        number = self._numbers.setdefault(bytes.fromhex(name), len(self._numbers))
        if number == len(self._parents):
            self._parents.append(())
        return number

    def _first_parents(self, commit: int) -> Iterator[int]:
        while commit != _NOBODY:
            yield commit
            commit = next(iter(self._parents_of(commit)), _NOBODY)

    def _parents_of(self, commit: int) -> tuple[int, ...]:
        parents = self._parents[commit]
        return (parents,) if isinstance(parents, int) else parents

    def _share(self) -> dict[int, array[int]]:
        """Give every commit aside to the oldest merge that reaches it."""
        taken = bytearray(len(self._names))
        for commit in self.main:
            taken[commit] = True
        return {
            merge: brought
            for merge in reversed(self.main)
            if (brought := self._take(self._parents_of(merge)[1:], taken))
        }

    def _take(self, tips: Sequence[int], taken: bytearray) -> array[int]:
        found, waiting = array("l"), [tip for tip in tips if not taken[tip]]
        while waiting:
            commit = waiting.pop()
            if taken[commit]:
                continue
            taken[commit] = True
            found.append(commit)
            waiting.extend(parent for parent in self._parents_of(commit) if not taken[parent])
        return found

    def brought_by(self, merge: str) -> Sequence[str]:
        """The commits that this merge brought in, newest line first; none for other commits."""
        number = self._numbers.get(bytes.fromhex(merge), _NOBODY)
        return [self._names[one].hex() for one in self._brought.get(number, ())]

    def aside(self) -> Iterator[str]:
        """All commits that merges brought in, merge by merge from the newest on."""
        for commit in self.main:
            yield from (self._names[one].hex() for one in self._brought.get(commit, ()))

    def __len__(self) -> int:
        """How many commits the main line has."""
        return len(self.main)
