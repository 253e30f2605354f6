"""Commits as `git log` tells them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO

from bot.integrations.git.programs import fields

# A NUL cannot be part of a commit, so it parts the fields; the sizes follow the last one.
FORMAT = "--format=%H%x00%P%x00%aN%x00%aE%x00%at%x00%cN%x00%cE%x00%ct%x00%B%x00%N%x00"
_FIELDS = 10
_SIZES = re.compile(
    r"(\d+) files? changed(?:, (\d+) insertions?\(\+\))?(?:, (\d+) deletions?\(-\))?"
)
# Clocks that were wrong when somebody committed; nothing was before git.
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever a commit names, after the clone's .mailmap."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a commit changed against its first parent."""

    changed_files: int = 0
    additions: int = 0
    deletions: int = 0


@dataclass(frozen=True, slots=True)
class GitCommit:
    """One commit; times are aware UTC. `note` is what `refs/notes/ai` says of it, "" if nothing."""

    sha: str
    parents: tuple[str, ...]
    author: Person
    authored_at: datetime
    committer: Person
    committed_at: datetime
    message: str
    note: str = ""
    sizes: Sizes = Sizes()

    @property
    def subject(self) -> str:
        return self.message.split("\n", 1)[0].strip()

    @property
    def body(self) -> str:
        return self.message.partition("\n")[2].strip()


def read_commits(stream: IO[bytes]) -> Iterator[GitCommit]:
    """The commits of a `git log` in `FORMAT`, one after the other."""
    parts = fields(stream)
    sha = next(parts).strip()
    while sha:
        told = [next(parts) for _ in range(_FIELDS - 1)]
        # What follows the last field: sizes, if asked for, and the next commit's name.
        rest = next(parts).rstrip("\n").rsplit("\n", 1)
        following = rest[-1].strip() if not _SIZES.search(rest[-1]) else ""
        yield _commit(sha, told, _sizes("\n".join(rest)))
        sha = following


def _commit(sha: str, told: list[str], sizes: Sizes) -> GitCommit:
    parents, author, author_email, authored, committer, email, committed, message, note = told
    committed_at = _when(committed)
    return GitCommit(
        sha=sha,
        parents=tuple(parents.split()),
        author=Person(author.strip(), author_email.strip().lower()),
        authored_at=_when(authored) or committed_at or _EARLIEST,
        committer=Person(committer.strip(), email.strip().lower()),
        committed_at=committed_at or _EARLIEST,
        message=message.strip(),
        note=note.strip(),
        sizes=sizes,
    )


def _sizes(text: str) -> Sizes:
    found = _SIZES.search(text)
    return Sizes(*(int(number or 0) for number in found.groups())) if found else Sizes()


def _when(seconds: str) -> datetime | None:
    """None where a commit has no time, or one that cannot be."""
    try:
        at = datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return at if _EARLIEST <= at <= _LATEST else None
