"""Reads what GitHub's GraphQL says of a pull request: takes what we need, in our own words.

GraphQL names accounts otherwise than webhooks do; here they become the same, so that the same
pull request makes the same row whichever way it came.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Generic, TypeVar

from pydantic import BeforeValidator, Field

from bot.domain.attributions.signs import all_traces, visible_signs
from bot.domain.attributions.texts import CommitText, PullRequestTexts
from bot.domain.attributions.traces import traces_of
from bot.domain.ids import GithubLogin, RepositoryId
from bot.domain.pull_requests import (
    GHOST,
    LISTS,
    Actor,
    ActorKind,
    Commit,
    PullRequest,
    Review,
    ReviewState,
    Snapshot,
    TimelineEvent,
    Trace,
    Turn,
)
from bot.integrations.github.payloads.shapes import Count, Id, Number, Payload, Text, Time

_T = TypeVar("_T")
_KINDS = {"User": ActorKind.USER, "Bot": ActorKind.BOT}
_TURNS = {
    "ConvertToDraftEvent": Turn.DRAFTED,
    "ReadyForReviewEvent": Turn.READY,
    "ReviewRequestedEvent": Turn.REVIEW_REQUESTED,
    "ClosedEvent": Turn.CLOSED,
    "ReopenedEvent": Turn.REOPENED,
}
_STATES = {state.value: state for state in ReviewState if state is not ReviewState.PENDING}
# The one App whose account webhooks call otherwise than by its own name with `[bot]` behind.
_COPILOT = Actor(GithubLogin("copilot"), 198982749, ActorKind.BOT)
_BOT = "[bot]"


class _PageInfo(Payload):
    has_next: bool = Field(alias="hasNextPage")
    end: str | None = Field(default=None, alias="endCursor")


class Some(Payload, Generic[_T]):
    """A page of a list; a null in it is an item that GitHub failed to show."""

    page: _PageInfo = Field(alias="pageInfo")
    nodes: list[_T | None]
    total: Count | None = Field(default=None, alias="totalCount")

    @property
    def whole(self) -> bool:
        return not self.page.has_next and None not in self.nodes

    @property
    def found(self) -> list[_T]:
        return [node for node in self.nodes if node is not None]


class _Account(Payload):
    kind: str = Field(default="User", alias="__typename")
    login: Text
    id: Id = Field(default=0, alias="databaseId")

    def actor(self) -> Actor:
        if self.id == _COPILOT.github_id:
            return _COPILOT
        login = self.login.lower()
        if self.kind == "Bot" and not login.endswith(_BOT):
            login += _BOT
        return Actor(GithubLogin(login), self.id, _KINDS.get(self.kind, ActorKind.OTHER))


class _CommitAuthor(Payload):
    name: str | None = None
    email: str | None = None
    user: _Account | None = None


class _Commit(Payload):
    oid: Text
    message: str = ""
    authored_at: Time = Field(alias="authoredDate")
    committed_at: Time = Field(alias="committedDate")
    author: _CommitAuthor = _CommitAuthor()
    committer: _CommitAuthor | None = None

    def commit(self) -> Commit:
        return Commit(self.oid, self.authored_at, self.committed_at, self._account())

    def text(self) -> CommitText:
        account = self._account()
        return CommitText(
            sha=self.oid,
            message=self.message,
            author_name=self.author.name or "",
            author_email=self.author.email or "",
            author_login=None if account is None else account.login,
            committer_email=(self.committer and self.committer.email) or "",
        )

    def _account(self) -> Actor | None:
        return None if self.author.user is None else self.author.user.actor()


class _CommitOf(Payload):
    commit: _Commit


class _Review(Payload):
    # Numbers of reviews have outgrown GraphQL's whole numbers, so it writes them as text.
    id: Id = Field(alias="fullDatabaseId")
    state: str
    submitted_at: Time | None = Field(default=None, alias="submittedAt")
    author: _Account | None = None

    def review(self) -> Review | None:
        """None for a draft that nobody else can see yet, and for states we do not know."""
        state = _STATES.get(self.state.lower())
        if self.submitted_at is None or state is None:
            return None
        reviewer = self.author.actor() if self.author else GHOST
        return Review(self.id, reviewer, state, self.submitted_at)


class _Turn(Payload):
    kind: str = Field(alias="__typename")
    happened_at: Time | None = Field(default=None, alias="createdAt")

    def turn(self) -> TimelineEvent | None:
        turn = _TURNS.get(self.kind)
        if turn is None or self.happened_at is None:
            return None
        return TimelineEvent(turn, self.happened_at)


class _Label(Payload):
    name: Text


class _MergeCommit(Payload):
    oid: Text
    message: str = ""


def _known(some: object) -> list[object]:
    """The items of a list that we take one page of; none where GitHub failed to show it."""
    nodes = some.get("nodes") if isinstance(some, dict) else None
    return [node for node in nodes or () if node is not None]


class PullRequestNode(Payload):
    """A pull request as GraphQL shows it, with a page of each of its lists."""

    id: Text
    number: Number
    title: Text
    url: Text
    state: str
    draft: bool = Field(alias="isDraft")
    body: str = ""
    head_ref: Text = Field(alias="headRefName")
    base_ref: Text = Field(alias="baseRefName")
    created_at: Time = Field(alias="createdAt")
    updated_at: Time = Field(alias="updatedAt")
    closed_at: Time | None = Field(default=None, alias="closedAt")
    merged_at: Time | None = Field(default=None, alias="mergedAt")
    additions: Count | None = None
    deletions: Count | None = None
    changed_files: Count | None = Field(default=None, alias="changedFiles")
    author: _Account | None = None
    merged_by: _Account | None = Field(default=None, alias="mergedBy")
    merge_commit: _MergeCommit | None = Field(default=None, alias="mergeCommit")
    assignees: Annotated[tuple[_Account, ...], BeforeValidator(_known)] = ()
    labels: Annotated[tuple[_Label, ...], BeforeValidator(_known)] = ()
    commits: Some[_CommitOf] | None = None
    reviews: Some[_Review] | None = None
    turns: Some[_Turn] | None = Field(default=None, alias="timelineItems")

    @property
    def lists(self) -> tuple[Some[_CommitOf] | None, Some[_Review] | None, Some[_Turn] | None]:
        """Those that have pages; None where GitHub failed to show one."""
        return self.commits, self.reviews, self.turns

    @property
    def longer(self) -> frozenset[str]:
        """The names of the lists that do not end here, or of which something is missing."""
        named = zip(LISTS, self.lists, strict=True)
        return frozenset(name for name, some in named if some is None or not some.whole)


def snapshot_of(
    pages: Sequence[PullRequestNode],
    repository_id: RepositoryId,
    repository: str,
    *,
    longer: frozenset[str] = frozenset(),
) -> Snapshot:
    """One picture of a pull request from its pages, the first one first.

    With lists that are `longer` than what is here it is a glimpse, and another look is wanted.
    """
    first = pages[0]
    commits = [one.commit for page in pages if page.commits for one in page.commits.found]
    reviews = [one.review() for page in pages if page.reviews for one in page.reviews.found]
    turns = [one.turn() for page in pages if page.turns for one in page.turns.found]
    traces = traces_of(_texts(first, commits))
    return Snapshot(
        _pull_request(first, traces, repository_id, repository),
        reviews=tuple(review for review in reviews if review is not None),
        commits=tuple(commit.commit() for commit in commits),
        timeline=tuple(turn for turn in turns if turn is not None),
        traces=traces,
        complete=not longer,
        longer=longer,
    )


def _pull_request(
    node: PullRequestNode, traces: frozenset[Trace], repository_id: RepositoryId, name: str
) -> PullRequest:
    author = _author(node)
    merged = node.merged_at is not None
    return PullRequest(
        repository_id=repository_id,
        repository=name,
        number=node.number,
        title=node.title,
        url=node.url,
        author=author,
        head_ref=node.head_ref,
        base_ref=node.base_ref,
        draft=node.draft,
        state="open" if node.state == "OPEN" else "closed",
        opened_at=node.created_at,
        closed_at=node.closed_at,
        merged_at=node.merged_at,
        updated_at=node.updated_at,
        assignees=tuple(sorted((a.actor() for a in node.assignees), key=_by_id)),
        signals=visible_signs(all_traces(author, node.head_ref, traces)),
        node_id=node.id,
        additions=node.additions,
        deletions=node.deletions,
        changed_files=node.changed_files,
        commit_count=None if node.commits is None else node.commits.total,
        labels=frozenset(label.name for label in node.labels),
        merged_by=node.merged_by.actor() if merged and node.merged_by else None,
        merge_sha=node.merge_commit.oid if merged and node.merge_commit else None,
    )


def _texts(node: PullRequestNode, commits: Sequence[_Commit]) -> PullRequestTexts:
    author = _author(node)
    texts = [commit.text() for commit in commits]
    if node.merge_commit is not None:
        texts.append(CommitText(node.merge_commit.oid, node.merge_commit.message))
    return PullRequestTexts(
        author.login, author.github_id, node.title, node.body, node.head_ref, tuple(texts)
    )


def _author(node: PullRequestNode) -> Actor:
    return node.author.actor() if node.author else GHOST


def _by_id(actor: Actor) -> int:
    return actor.github_id
