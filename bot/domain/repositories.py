"""Repositories as GitHub shows them, and which of them a workspace wants counted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from fnmatch import fnmatchcase

from bot.domain.ids import RepositoryId

MOST_PATTERNS = 100
_PATTERN = re.compile(r"!?[A-Za-z0-9._*?-]+(?:/[A-Za-z0-9._*?-]+)?")
_LONGEST_PATTERN = 141


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository as GitHub describes it; `updated_at` is GitHub's, None where it gave none."""

    repository_id: RepositoryId
    full_name: str
    node_id: str = ""
    default_branch: str = ""
    private: bool = True
    archived: bool = False
    updated_at: datetime | None = None

    def tells_more_than(self, known: Repository) -> bool:
        """Whether this is not the older description, and says something else."""
        if self.updated_at is None:
            return False
        is_older = known.updated_at is not None and self.updated_at < known.updated_at
        return not is_older and self != replace(known, updated_at=self.updated_at)


class Choice(StrEnum):
    """How a workspace's admin says which repositories count."""

    ALL = "all"
    LISTED = "listed"
    MATCHING = "matching"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which repositories count; also those that come later.

    A pattern is `owner/name` with `*` and `?`, in whatever case, or just a name for every owner;
    with `!` in front it takes out what it matches. The last pattern that matches decides.
    """

    choice: Choice = Choice.ALL
    repository_ids: frozenset[RepositoryId] = frozenset()
    patterns: tuple[str, ...] = ()

    def includes(self, repository_id: RepositoryId, full_name: str) -> bool:
        match self.choice:
            case Choice.ALL:
                return True
            case Choice.LISTED:
                return repository_id in self.repository_ids
            case Choice.MATCHING:
                return _matching(self.patterns, full_name)


def wrong_patterns(patterns: Iterable[str]) -> tuple[str, ...]:
    """Those that no repository's name could match because of how they are written."""
    return tuple(
        one for one in patterns if len(one) > _LONGEST_PATTERN or not _PATTERN.fullmatch(one)
    )


def _matching(patterns: tuple[str, ...], full_name: str) -> bool:
    owner, _, name = full_name.lower().partition("/")
    included = False
    for pattern in patterns:
        whose, _, which = _parts(pattern.removeprefix("!").lower())
        # Apart, because a star ends at the slash.
        if fnmatchcase(owner, whose) and fnmatchcase(name, which):
            included = not pattern.startswith("!")
    return included


def _parts(pattern: str) -> tuple[str, str, str]:
    return pattern.partition("/") if "/" in pattern else ("*", "/", pattern)
