"""A local clone, and the pull requests that were merged into it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import IO

from bot.domain.ids import RepositoryId
from bot.domain.merges import merge_of
from bot.domain.pull_requests import Snapshot
from bot.errors import UserError
from bot.integrations.git.branches import Line
from bot.integrations.git.commits import FORMAT, read_commits
from bot.integrations.git.origins import Origin, origin_of
from bot.integrations.git.people import People, made_up_id
from bot.integrations.git.programs import Git, lines
from bot.integrations.git.snapshots import MergedWork

_NOTES = "--notes=ai"
_AS_IT_IS = ("--no-ext-diff", "--no-textconv", "--no-color", _NOTES, FORMAT)


@dataclass(frozen=True)
class Clone:
    """A clone as it stands: `branch` is the one whose history is read.

    `shallow`: only the newest commits are there. `partial`: contents would have to be fetched, so
    sizes stay unknown: nothing is fetched.
    """

    git: Git
    origin: Origin
    branch: str
    shallow: bool
    partial: bool

    @property
    def repository_id(self) -> RepositoryId:
        """Made up of its name, below zero: a clone does not know GitHub's."""
        return RepositoryId(made_up_id(f"repository:{self.origin.full_name.lower()}"))

    def read(self, since: date | None = None) -> Reading:
        """Look at the whole history once; what it holds is read while it is iterated."""
        with self.git.reading("rev-list", "--parents", "--topo-order", self.branch) as ancestry:
            line = Line(lines(ancestry))
        return Reading(self, line, self.people(), since)

    def people(self) -> People:
        """Everybody in its history, the busiest first."""
        with self.git.reading("shortlog", "-sne", self.branch) as listed:
            return People(lines(listed))


@dataclass(frozen=True)
class Reading:
    """One pass over a clone's history, back to `since`."""

    clone: Clone
    line: Line
    people: People
    since: date | None

    def __len__(self) -> int:
        """How many commits the main line has."""
        return len(self.line)

    def __iter__(self) -> Iterator[Snapshot | None]:
        """One item for each commit of the main line, newest first; None: it names no pull request.

        Raises UserError where git fails.
        """
        with ExitStack() as stack:
            asked = stack.enter_context(tempfile.TemporaryFile())
            asked.writelines(f"{name}\n".encode() for name in self.line.aside())
            asked.seek(0)
            aside = read_commits(stack.enter_context(self._log_aside(asked)))
            for commit in read_commits(stack.enter_context(self._log_main())):
                if self.since is not None and commit.committed_at.date() < self.since:
                    return
                brought = list(islice(aside, len(self.line.brought_by(commit.sha))))
                merge = merge_of(commit.subject, commit.body)
                yield (
                    MergedWork(self.clone, self.people, commit, merge, brought).snapshot()
                    if merge is not None
                    else None
                )

    def _log_main(self) -> AbstractContextManager[IO[bytes]]:
        sizes = ["--no-patch"] if self.clone.partial else ["--shortstat"]
        way = ["--first-parent", "--diff-merges=first-parent", *sizes]
        return self.clone.git.reading("log", *way, *_AS_IT_IS, self.clone.branch)

    def _log_aside(self, asked: IO[bytes]) -> AbstractContextManager[IO[bytes]]:
        way = ["--no-walk=unsorted", "--stdin", "--no-patch"]
        return self.clone.git.reading("log", *way, *_AS_IT_IS, feed=asked)


def open_clone(path: Path, branch: str | None = None) -> Clone:
    """The clone at `path`, which may be a folder inside it, or a bare one.

    Without `branch` the one that the origin calls its main one is read, or the one checked out.
    Raises UserError with what to do.
    """
    if not path.is_dir():
        raise UserError(f"{path}: there is no such folder.")
    git = Git(path.resolve())
    top = git.ask("rev-parse", "--show-toplevel") or git.ask("rev-parse", "--absolute-git-dir")
    if top is None:
        raise UserError(f"{path}: is no git repository. Give the folder of a clone.")
    return Clone(
        git=git,
        origin=origin_of(git.ask("remote", "get-url", "origin"), Path(top.removesuffix(".git"))),
        branch=_branch(git, branch),
        shallow=git.ask("rev-parse", "--is-shallow-repository") == "true",
        partial=git.ask("config", "--get-regexp", r"^remote\..*\.promisor$") is not None,
    )


def _branch(git: Git, wanted: str | None) -> str:
    """Raises UserError where there is no such branch, or nothing at all."""
    remote_head = git.ask("symbolic-ref", "--quiet", "refs/remotes/origin/HEAD")
    for branch in [wanted] if wanted else [remote_head, "HEAD"]:
        found = git.ask(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{branch}^{{commit}}"
        )
        if branch and found is not None:
            return found
    if wanted:
        raise UserError(f"--branch {wanted}: {git.path} has no such branch.")
    raise UserError(f"{git.path}: has no commits yet.")
