"""A pull request's texts as they are read once and then forgotten; only traces of them are kept."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CommitText:
    """What one commit says of its makers; "" or None for what a source does not bring.

    `note` is its git note under refs/notes/ai, or its Agent Trace record as JSON.
    """

    sha: str
    message: str
    author_name: str = ""
    author_email: str = ""
    author_login: str | None = None
    committer_email: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class PullRequestTexts:
    """A pull request's title, description and commits, from before any squash.

    A squash or merge commit's message counts like any commit's.
    """

    author_login: str
    author_id: int | None
    title: str
    body: str | None
    head_ref: str
    commits: tuple[CommitText, ...] = ()
