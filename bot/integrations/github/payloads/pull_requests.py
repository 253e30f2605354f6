"""Reads what webhooks say about pull requests and their reviews."""

from __future__ import annotations

from datetime import datetime

from bot.domain.attributions import PullRequestTexts, signals_of, traces_of
from bot.domain.deliveries import PullRequestNews
from bot.domain.pull_requests import (
    GHOST,
    PullRequest,
    Review,
    ReviewState,
    Snapshot,
    TimelineEvent,
    Turn,
)
from bot.integrations.github.payloads.shapes import (
    Account,
    Count,
    Id,
    Number,
    Payload,
    RepositoryShape,
    Text,
    Time,
)

_STATES = {state.value: state for state in ReviewState}
_TURNS = {
    "converted_to_draft": Turn.DRAFTED,
    "ready_for_review": Turn.READY,
    "review_requested": Turn.REVIEW_REQUESTED,
    "closed": Turn.CLOSED,
    "reopened": Turn.REOPENED,
}


class _Ref(Payload):
    ref: Text


class _Label(Payload):
    name: Text


class _PullRequest(Payload):
    number: Number
    node_id: Text | None = None
    title: Text
    html_url: Text
    state: str
    user: Account | None = None
    body: str | None = None
    head: _Ref
    base: _Ref
    draft: bool | None = None
    assignees: list[Account] | None = None
    labels: list[_Label] | None = None
    created_at: Time
    updated_at: Time
    closed_at: Time | None = None
    merged_at: Time | None = None
    merged_by: Account | None = None
    merge_commit_sha: Text | None = None
    additions: Count | None = None
    deletions: Count | None = None
    changed_files: Count | None = None
    commits: Count | None = None

    def pull_request(self, repository: RepositoryShape) -> PullRequest:
        author = self.user.actor() if self.user else GHOST
        is_merged = self.merged_at is not None
        return PullRequest(
            repository_id=repository.repository().repository_id,
            repository=repository.full_name,
            number=self.number,
            title=self.title,
            url=self.html_url,
            author=author,
            head_ref=self.head.ref,
            base_ref=self.base.ref,
            draft=bool(self.draft),
            state="open" if self.state == "open" else "closed",
            opened_at=self.created_at,
            closed_at=self.closed_at,
            merged_at=self.merged_at,
            updated_at=self.updated_at,
            assignees=tuple(
                sorted((a.actor() for a in self.assignees or ()), key=lambda actor: actor.github_id)
            ),
            signals=signals_of(
                author_login=author.login,
                body=self.body,
                head_ref=self.head.ref,
                title=self.title,
            ),
            node_id=self.node_id or "",
            additions=self.additions,
            deletions=self.deletions,
            changed_files=self.changed_files,
            commit_count=self.commits,
            labels=frozenset(label.name for label in self.labels or ()),
            merged_by=self.merged_by.actor() if is_merged and self.merged_by else None,
            # Until the merge it names a trial that GitHub makes anew with each push.
            merge_sha=self.merge_commit_sha if is_merged else None,
        )

    def texts(self) -> PullRequestTexts:
        author = self.user.actor() if self.user else GHOST
        return PullRequestTexts(
            author.login, author.github_id, self.title, self.body, self.head.ref
        )


class _Review(Payload):
    id: Id
    user: Account | None = None
    state: str
    submitted_at: Time | None = None

    def review(self) -> Review | None:
        """None for a draft that nobody else can see yet, and for states we do not know."""
        state = _STATES.get(self.state.lower())
        if self.submitted_at is None or state is None:
            return None
        reviewer = self.user.actor() if self.user else GHOST
        return Review(self.id, reviewer, state, self.submitted_at)


class _Event(Payload):
    action: str = ""
    repository: RepositoryShape
    pull_request: _PullRequest

    def news(self, *reviews: Review) -> PullRequestNews:
        snapshot = Snapshot(
            self.pull_request.pull_request(self.repository),
            reviews,
            timeline=self._timeline(),
            traces=traces_of(self.pull_request.texts()),
        )
        return PullRequestNews(snapshot, self.repository.repository())

    def _timeline(self) -> tuple[TimelineEvent, ...]:
        turn = _TURNS.get(self.action)
        return () if turn is None else (TimelineEvent(turn, self._happened_at(turn)),)

    def _happened_at(self, turn: Turn) -> datetime:
        pr = self.pull_request
        return pr.closed_at or pr.updated_at if turn is Turn.CLOSED else pr.updated_at


class _ReviewEvent(_Event):
    review: _Review


def read_pull_request(body: bytes) -> PullRequestNews:
    """`pull_request`, whatever its action: each shows the whole pull request as it is now."""
    return _Event.model_validate_json(body).news()


def read_review(body: bytes) -> PullRequestNews:
    """`pull_request_review`: submitted, edited, dismissed."""
    event = _ReviewEvent.model_validate_json(body)
    review = event.review.review()
    # Its action names what happened to the review, not to the pull request.
    return event.news() if review is None else event.news(review)


def read_review_comment(body: bytes) -> PullRequestNews:
    """`pull_request_review_comment`: a comment belongs to a review that comes by itself, and says
    nothing for or against; so only the pull request beside it is read."""
    return _Event.model_validate_json(body).news()
