"""What a generated company did: pull requests with their reviews, and what people would say."""

from __future__ import annotations

from typing import NamedTuple

from playground.pull_requests import Sign


class Review(NamedTuple):
    """One review; the rating and the guess are what the reviewer would say, None: nothing.

    `state` is as GitHub's webhooks write it; moments are whole seconds since 1970.
    """

    reviewer: str
    state: str
    submitted_at: int
    rating: str | None
    guess: str | None


class PullRequest(NamedTuple):
    """One pull request of a generated company; people are their GitHub logins.

    `initiator` is whose work it is: the author, or who started the agent; None for services.
    `answer` is what they would say of AI (`no`, `helped`, `wrote`), None where they would not.
    `used_ai` is the truth. Merged, closed or still open: at most one of the moments is set.
    """

    number: int
    repository: str
    title: str
    author: str
    initiator: str | None
    team: int
    opened_at: int
    reviews: tuple[Review, ...]
    merged_at: int | None
    closed_at: int | None
    additions: int
    deletions: int
    changed_files: int
    commits: int
    used_ai: bool
    tool: str
    sign: Sign
    answer: str | None
    rework: str
    reverts: int | None

    @property
    def first_review_at(self) -> int | None:
        """When somebody looked at it first."""
        return self.reviews[0].submitted_at if self.reviews else None

    @property
    def approvers(self) -> tuple[str, ...]:
        """Who approved."""
        return tuple(one.reviewer for one in self.reviews if one.state == "approved")
