"""Clones to read, made commit by commit as people would, in one go by `git fast-import`."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

ADA = "Ada Byron <ada@example.com>"
GRACE = "Grace Hopper <4242+ghopper@users.noreply.github.com>"
GITHUB = "GitHub <noreply@github.com>"
START = datetime(2026, 1, 5, 9, tzinfo=UTC)


@dataclass
class CloneWriter:
    """Writes a history: each commit an hour after the one before, each changing one file.

    Marks are fast-import's names for commits; `tip` is the main branch's newest.
    """

    lines: list[bytes] = field(default_factory=list)
    at: datetime = START
    marks: int = 0
    tip: int = 0

    def commit(
        self,
        message: str,
        author: str = ADA,
        *,
        parents: tuple[int, ...] | None = None,
        committer: str | None = None,
        text: str = "",
    ) -> int:
        """A commit on the main branch; with `parents` one beside it. Returns its mark."""
        beside = parents is not None
        came_from = parents if parents is not None else ((self.tip,) if self.tip else ())
        self.marks += 1
        self.at += timedelta(hours=1)
        when = f"{int(self.at.timestamp())} +0000"
        body, content = message.encode(), (text or f"{self.marks}\n").encode()
        self.lines += [
            f"commit refs/heads/{'side' if beside else 'main'}".encode(),
            f"mark :{self.marks}".encode(),
            f"author {author} {when}".encode(),
            f"committer {committer or author} {when}".encode(),
            b"data %d" % len(body),
            body,
            *(
                f"{'merge' if place else 'from'} :{mark}".encode()
                for place, mark in enumerate(came_from)
            ),
            f"M 100644 inline file{self.marks % 50}".encode(),
            b"data %d" % len(content),
            content,
        ]
        if not beside:
            self.tip = self.marks
        return self.marks

    def branch(self, *messages: str, author: str = ADA, start: int | None = None) -> int:
        """Commits beside the main branch, from its tip on; returns the newest one's mark."""
        mark = self.tip if start is None else start
        for message in messages:
            mark = self.commit(message, author, parents=(mark,))
        return mark

    def merge(self, branch: int, message: str, author: str = ADA) -> int:
        """Merge a branch into the main one, as GitHub's button does."""
        self.tip = self.commit(message, author, parents=(self.tip, branch), committer=GITHUB)
        self.lines.append(b"reset refs/heads/main")
        self.lines.append(f"from :{self.tip}".encode())
        return self.tip

    def write(self, path: Path, *, remote: str = "https://github.com/acme/shop.git") -> Path:
        """Make the clone at `path`, bare; returns it."""
        _git("init", "--quiet", "--bare", "--initial-branch=main", str(path))
        stream = b"\n".join([*self.lines, b"done", b""])
        _git("-C", str(path), "fast-import", "--quiet", "--done", "--force", told=stream)
        if remote:
            _git("-C", str(path), "remote", "add", "origin", remote)
        return path


def _git(*words: str, told: bytes = b"") -> None:
    subprocess.run(["git", *words], input=told, check=True, capture_output=True)
