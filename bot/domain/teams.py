"""Teams as on GitHub, and who was in which of them when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

ALWAYS = datetime.min.replace(tzinfo=UTC)
"""Before we first looked: PostgreSQL's '-infinity'."""


@dataclass(frozen=True, slots=True)
class Team:
    """A team of an organisation; `parent_id` is GitHub's number of the team it is nested in."""

    github_team_id: int
    organisation: str
    slug: str
    name: str
    parent_id: int | None = None


class Said(StrEnum):
    """What news say about somebody and a team: a change by webhook, a state by looking."""

    JOINED = "joined"
    LEFT = "left"
    SEEN = "seen"
    MISSING = "missing"

    @property
    def is_in(self) -> bool:
        return self in (Said.JOINED, Said.SEEN)


class MembershipNews(NamedTuple):
    """What was heard, or seen, of somebody and a team at a time."""

    heard_at: datetime
    said: Said


class Spell(NamedTuple):
    """A time somebody was in a team: `since`, and up to but not including `until` (None: still)."""

    since: datetime
    until: datetime | None


def spells(news: Iterable[MembershipNews]) -> tuple[Spell, ...]:
    """When somebody was in a team, by all news in whatever order.

    Who is first heard to leave, or first seen there, had always been in it. Joining twice, or
    leaving twice, is the same as the first time.
    """
    found: list[Spell] = []
    since: datetime | None = None
    ordered = sorted(news)
    if ordered and ordered[0].said in (Said.LEFT, Said.SEEN):
        since = ALWAYS
    for heard_at, said in ordered:
        if said.is_in:
            since = heard_at if since is None else since
        elif since is not None:
            found += [Spell(since, heard_at)] if since < heard_at else []
            since = None
    return (*found, Spell(since, None)) if since is not None else tuple(found)


def was_in(news: Iterable[MembershipNews], at: datetime) -> bool:
    """Whether somebody was in a team at a time, by all news."""
    return any(s.since <= at and (s.until is None or at < s.until) for s in spells(news))
