"""What a workspace counts: noise is told apart, hotfixes are recognised, people come first."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from bot.domain.facts.calendars import Calendar


class Population(StrEnum):
    """Among whose work a pull request counts; each counts in one."""

    PEOPLE = "people"
    BOTS = "bots"
    """Written by an account of a service, or by an agent that nobody is known to have started."""
    EXCLUDED = "excluded"
    """By somebody whom an admin keeps out."""
    NOISE = "noise"
    """By people, but not worth counting: see `FactSettings`."""


@dataclass(frozen=True, slots=True)
class FactSettings:
    """How a workspace counts. In patterns `*` stands for anything, `?` for one character; they
    match the whole, in any case.

    Noise: one of its labels, its title or its author matches, or it has more lines or files than
    `most_lines`, `most_files` (None: any size counts).
    A hotfix: one of its labels or its branch matches, or its title begins with "hotfix". Source:
    DORA counts a change that needs "a hotfix, rollback, fix forward, patch" as failed; git-flow
    names such branches `hotfix/…`.
    """

    calendar: Calendar = field(default_factory=Calendar)
    ignored_labels: tuple[str, ...] = ()
    ignored_titles: tuple[str, ...] = ()
    ignored_authors: tuple[str, ...] = ()
    most_lines: int | None = None
    most_files: int | None = None
    hotfix_labels: tuple[str, ...] = ("hotfix", "hot-fix", "hot fix")
    hotfix_heads: tuple[str, ...] = ("hotfix/*", "hotfix-*", "hot-fix/*")


MOST_PATTERNS = 50
LONGEST_PATTERN = 200
MOST_HOLIDAYS = 1000

_HOTFIX_TITLE = re.compile(r"\W{0,3}hot-?fix\b", re.IGNORECASE)


def mistakes(settings: FactSettings) -> frozenset[str]:
    """Name the fields whose values make no sense; empty: all is well."""
    calendar = settings.calendar
    lists = {
        "ignored_labels": settings.ignored_labels,
        "ignored_titles": settings.ignored_titles,
        "ignored_authors": settings.ignored_authors,
        "hotfix_labels": settings.hotfix_labels,
        "hotfix_heads": settings.hotfix_heads,
    }
    wrong = {
        "working_days": not calendar.working_days
        or not calendar.working_days <= frozenset(range(1, 8)),
        "hours": calendar.begins_at >= calendar.ends_at,
        "holidays": len(calendar.holidays) > MOST_HOLIDAYS,
        "most_lines": settings.most_lines is not None and settings.most_lines < 1,
        "most_files": settings.most_files is not None and settings.most_files < 1,
    } | {field: not _are_patterns(patterns) for field, patterns in lists.items()}
    return frozenset(field for field, is_wrong in wrong.items() if is_wrong)


def _are_patterns(patterns: tuple[str, ...]) -> bool:
    fit = all(pattern.strip() and len(pattern) <= LONGEST_PATTERN for pattern in patterns)
    return fit and len(patterns) <= MOST_PATTERNS


def is_hotfix(settings: FactSettings, *, title: str, head_ref: str, labels: Iterable[str]) -> bool:
    """Whether a pull request mends what was just released, by how its people marked it."""
    by_label = any(_matches(settings.hotfix_labels, label) for label in labels)
    by_head = _matches(settings.hotfix_heads, head_ref)
    return by_label or by_head or _HOTFIX_TITLE.match(title) is not None


def is_noise(
    settings: FactSettings,
    *,
    title: str,
    author: str,
    labels: Iterable[str],
    lines: int | None,
    files: int | None,
) -> bool:
    """Whether a pull request is not worth counting. An unknown size is no noise."""
    return (
        _exceeds(lines, settings.most_lines)
        or _exceeds(files, settings.most_files)
        or _matches(settings.ignored_titles, title)
        or _matches(settings.ignored_authors, author)
        or any(_matches(settings.ignored_labels, label) for label in labels)
    )


def _exceeds(size: int | None, most: int | None) -> bool:
    return size is not None and most is not None and size > most


def _matches(patterns: tuple[str, ...], text: str) -> bool:
    return bool(patterns) and _pattern(patterns).fullmatch(text) is not None


@lru_cache(maxsize=256)
def _pattern(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(_translated, patterns)), re.IGNORECASE | re.DOTALL)


def _translated(pattern: str) -> str:
    """Not as `fnmatch` has it: brackets stand for themselves, for titles begin with them."""
    return re.escape(pattern.strip()).replace(r"\*", ".*").replace(r"\?", ".")
