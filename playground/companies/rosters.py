"""Who of a team is there on a day, who opens the next pull request, and who reviews it."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from itertools import accumulate

from playground.companies.people import Person


class Roster:
    """One team through time; ask for days in order."""

    def __init__(self, people: Sequence[Person]) -> None:
        self._people = people
        changes = {day for one in people for day in (one.joined_on, one.left_on)}
        self._changes = sorted(changes, reverse=True)
        self._here: list[Person] = []
        self._authors: list[list[Person]] = [[]] * 7
        self._paces: list[list[float]] = [[]] * 7

    def look(self, day: int) -> None:
        """Let those who joined in and those who left out."""
        if not self._changes or day < self._changes[-1]:
            return
        while self._changes and self._changes[-1] <= day:
            self._changes.pop()
        self._here = [one for one in self._people if one.is_here(day)]
        for weekday in range(7):
            authors = [one for one in self._here if one.works_on(weekday)]
            self._authors[weekday] = authors
            self._paces[weekday] = list(accumulate(one.pace for one in authors))

    def pace(self, weekday: int) -> float:
        """What they get done together on this weekday, in people of ordinary pace."""
        paces = self._paces[weekday]
        return paces[-1] if paces else 0.0

    def author(self, weekday: int, dice: float) -> Person:
        """Who opens the next one; `dice` is between 0 and 1."""
        paces = self._paces[weekday]
        return self._authors[weekday][bisect(paces, dice * paces[-1], 0, len(paces) - 1)]

    def reviewer(self, author: int, dice: float, *, but: int = -1) -> Person | None:
        """Who reviews: mostly the same few for everybody; None when nobody else is there."""
        here = self._here
        size = len(here)
        first = int(dice * dice * size) + author % 3
        for step in range(size):
            found = here[(first + step) % size]
            if found.number not in (author, but):
                return found
        return None
