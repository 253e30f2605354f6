"""Pull requests and their reviews as GitHub tells them: who wrote, who approved, who looked first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

from bot.domain.ids import GithubLogin, RepositoryId


class ActorKind(StrEnum):
    USER = "user"
    BOT = "bot"
    OTHER = "other"
    """Organisations, mannequins of an import, and whatever GitHub thinks of next."""


@dataclass(frozen=True, slots=True)
class Actor:
    """An account on GitHub; `login` is in lower case."""

    login: GithubLogin
    github_id: int
    kind: ActorKind


GHOST = Actor(GithubLogin("ghost"), 10137, ActorKind.USER)
"""GitHub's stand-in for accounts that were deleted: nobody to ask or to link."""


class PullRequestKey(NamedTuple):
    """What tells a pull request from all others of its workspace."""

    repository_id: RepositoryId
    number: int


BEFORE_ALL = PullRequestKey(RepositoryId(-(2**63)), 0)
"""Comes before every key: repositories that GitHub did not number have ids below zero."""


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request as the newest event left it; all times are aware UTC.

    `repository` is the full name (`owner/name`). `state` is `open` or `closed`. `signals` are the
    visible signs of AI (see `bot.domain.attributions`). Sizes are None where nobody said them yet;
    `node_id` is GitHub's name for it in GraphQL, "" while unknown. `started_by` is the person whom
    an agent names as having started it.
    """

    repository_id: RepositoryId
    repository: str
    number: int
    title: str
    url: str
    author: Actor
    head_ref: str
    base_ref: str
    draft: bool
    state: str
    opened_at: datetime
    closed_at: datetime | None
    merged_at: datetime | None
    updated_at: datetime
    assignees: tuple[Actor, ...] = ()
    signals: frozenset[str] = frozenset()
    node_id: str = ""
    additions: int | None = None
    deletions: int | None = None
    changed_files: int | None = None
    commit_count: int | None = None
    labels: frozenset[str] = frozenset()
    merged_by: Actor | None = None
    merge_sha: str | None = None
    started_by: GithubLogin | None = None

    @property
    def key(self) -> PullRequestKey:
        return PullRequestKey(self.repository_id, self.number)


class ReviewState(StrEnum):
    """A review's state now: a dismissed approval is `dismissed`, no longer `approved`."""

    APPROVED = "approved"
    CHANGES_REQUESTED = "changes_requested"
    COMMENTED = "commented"
    DISMISSED = "dismissed"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Review:
    review_id: int
    reviewer: Actor
    state: ReviewState
    submitted_at: datetime


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit of a pull request's branch, before any squash; times are aware UTC."""

    sha: str
    authored_at: datetime
    committed_at: datetime
    author: Actor | None = None


class Turn(StrEnum):
    """What happened to a pull request on its way, of that which its times depend on."""

    DRAFTED = "drafted"
    READY = "ready"
    REVIEW_REQUESTED = "review_requested"
    CLOSED = "closed"
    REOPENED = "reopened"


class TimelineEvent(NamedTuple):
    """One turn on a pull request's way."""

    turn: Turn
    happened_at: datetime


class Trace(NamedTuple):
    """A line of a pull request's texts, or an account, that may show whose work it is.

    `kind` says where it was: see `bot.domain.attributions`.
    """

    kind: str
    text: str


LISTS = ("commits", "reviews", "turns")
"""What a pull request may have more of than GitHub shows at once."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one look at GitHub, or one webhook, says about a pull request.

    `complete`: commits and turns are all there are, so what is stored beside them has gone.
    `longer`: the lists (of LISTS) of which a look did not show everything, so another one must.
    """

    pull_request: PullRequest
    reviews: tuple[Review, ...] = ()
    commits: tuple[Commit, ...] = ()
    timeline: tuple[TimelineEvent, ...] = ()
    traces: frozenset[Trace] = frozenset()
    complete: bool = False
    longer: frozenset[str] = frozenset()


def rank_of(snapshot: Snapshot) -> str:
    """Orders looks at commits and turns: the highest is the one to keep; "" for none.

    A complete look beats a partial one, then the later `updated_at`; of two in one second, whole
    seconds being all GitHub tells, always the same one, whichever comes first.
    """
    if not snapshot.complete and not snapshot.commits:
        return ""
    seen = sorted(map(_said, snapshot.commits)) + sorted(
        f"{event.turn}{event.happened_at.timestamp()}" for event in snapshot.timeline
    )
    digest = sha256("\n".join(seen).encode()).hexdigest()[:16]
    return f"{int(snapshot.complete)} {_stamp(snapshot.pull_request.updated_at)} {digest}"


def _said(commit: Commit) -> str:
    times = commit.authored_at.timestamp(), commit.committed_at.timestamp()
    author = commit.author
    who = "" if author is None else f"{author.login} {author.github_id} {author.kind}"
    return f"{commit.sha}{times}{who}"


def glimpse_of(snapshot: Snapshot) -> str:
    """The look that this one makes wanted: any complete one that is not older; "" for none.

    Compares with ranks: a "!" comes before what they end in.
    """
    if not snapshot.longer:
        return ""
    stamp = _stamp(snapshot.pull_request.updated_at)
    return f"1 {stamp} !{','.join(name for name in LISTS if name in snapshot.longer)}"


def longer_in(glimpse: str) -> frozenset[str]:
    """The lists that such a glimpse did not show to their end."""
    return frozenset(glimpse.partition("!")[2].split(","))


def is_covered(event: TimelineEvent, rank: str) -> bool:
    """Whether the look of this rank saw everything up to this turn."""
    return rank.startswith("1") and _stamp(event.happened_at) <= rank.split()[1]


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


_VERDICTS = frozenset({ReviewState.APPROVED, ReviewState.CHANGES_REQUESTED})


def approvers(reviews: Iterable[Review], *, author: Actor) -> tuple[Actor, ...]:
    """Name everybody whose latest verdict that was not dismissed is an approval, by login.

    A comment neither gives nor takes an approval (GitHub also makes one of every reply in a
    thread), as in GitHub's `latestOpinionatedReviews`. A dismissed review is passed over, so that
    an older verdict speaks again. Bots never approve. The author counts: approving one's own work
    makes a combined message.
    """
    latest: dict[int, Review] = {}
    for review in sorted(reviews, key=_when):
        if review.state in _VERDICTS and review.reviewer.kind is ActorKind.USER:
            latest[review.reviewer.github_id] = review
    approving = (r.reviewer for r in latest.values() if r.state is ReviewState.APPROVED)
    return tuple(sorted(approving, key=lambda actor: actor.login))


def _when(review: Review) -> tuple[datetime, int]:
    return review.submitted_at, review.review_id
