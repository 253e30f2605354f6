"""Where a trace was found, what a rule makes of it, and how much that says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Place(StrEnum):
    """The kinds of traces: where in a pull request they stood."""

    ACCOUNT = "account"
    """Whose pull request it is."""
    BRANCH = "branch"
    BODY = "body"
    """A line of the title or the description."""
    BODY_LINK = "body_link"
    COMMIT = "commit"
    """A line of a commit's message."""
    COMMIT_LINK = "commit_link"
    COMMIT_ACCOUNT = "commit_account"
    COMMIT_AUTHOR = "commit_author"
    """Name and address of a commit's author."""
    COMMITTER = "committer"
    NOTE = "note"
    """What a git note or an Agent Trace record names."""
    STARTED_BY = "started_by"
    """The login of a person who may have started the agent."""
    REVERTS = "reverts"
    """What it takes back (bot/domain/facts/reverts.py): says nothing about AI."""
    EARLIER = "earlier"
    """What rules before version 2 saw; they kept no texts."""


class Strength(StrEnum):
    STRONG = "strong"
    WEAK = "weak"
    REVIEW = "review"
    """It reviewed or described the work, which says nothing about who wrote it."""


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
    """One match: `rule` (`<tool>.<mark>`) of `tool` matched `text`, found at `place`."""

    rule: str
    tool: str
    strength: Strength
    place: Place
    text: str
