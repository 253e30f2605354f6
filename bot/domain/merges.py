"""Tells from a commit's message whether it merged a pull request, and which.

The ways are those of GitHub (merge button, squash), GitLab, Bitbucket, Azure DevOps and bors. What
was rebased onto the main line names no pull request, and none is made up for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_HIGHEST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Merge:
    """What a message says about the pull request that it merged; "" what it does not say.

    `owner` is whose fork the branch came from. A squash names no branch (`head_ref`).
    """

    number: int
    title: str
    head_ref: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class _Way:
    """How one host writes it: a pattern for the whole subject, and one for a line of the body.

    Where the subject has no title the body's first paragraph is it.
    """

    subject: re.Pattern[str]
    body: re.Pattern[str] | None = None


def _way(subject: str, body: str | None = None) -> _Way:
    return _Way(re.compile(subject), re.compile(body, re.MULTILINE) if body else None)


_SQUASH = _way(r"(?P<title>.+) \(#(?P<number>\d+)\)")
_WAYS = (
    _way(r"Merge pull request #(?P<number>\d+) from (?:(?P<owner>[^/\s]+)/)?(?P<head>\S+)"),
    _way(r"Merge pull request #(?P<number>\d+) in \S+ from (?P<head>\S+) to \S+"),
    _way(
        r"Merge branch '(?P<head>[^']+)'.*",
        r"^See merge request (?:[\w./-]*)!(?P<number>\d+)$",
    ),
    _way(r"Merged in (?P<head>\S+) \(pull request #(?P<number>\d+)\)"),
    _way(r"Merged PR (?P<number>\d+): (?P<title>.+)"),
    _way(r"Auto merge of #(?P<number>\d+) - (?P<owner>[^:\s]+):(?P<head>[^,\s]+).*"),
    _way(r"Merge #(?P<number>\d+)(?:: (?P<title>.+))?"),
    _SQUASH,
    _way(r"(?P<title>.+) \((?:pull request #|!)(?P<number>\d+)\)"),
    _way(r"(?P<title>.+)", r"^See merge request (?:[\w./-]*)!(?P<number>\d+)$"),
)


def merge_of(subject: str, body: str) -> Merge | None:
    """Which pull request a commit with this message merged; None: it names none."""
    for way in _WAYS:
        found = way.subject.fullmatch(subject)
        also = way.body.search(body) if way.body is not None else None
        if found is not None and (also is not None or way.body is None):
            said = found.groupdict() | (also.groupdict() if also is not None else {})
            return _merge(said, subject, body)
    return None


def squashed(subject: str) -> int | None:
    """Which pull request the subject of GitHub's squash names; None: it is none."""
    found = _SQUASH.subject.fullmatch(subject)
    return _number(found["number"]) if found is not None else None


def _number(said: str | None) -> int | None:
    number = int((said or "0")[:11])
    return number if 0 < number <= _HIGHEST else None


def _merge(said: dict[str, str | None], subject: str, body: str) -> Merge | None:
    number = _number(said["number"])
    if number is None:
        return None
    title = said.get("title") or body.strip().split("\n", 1)[0] or subject
    return Merge(number, title.strip(), said.get("head") or "", said.get("owner") or "")
