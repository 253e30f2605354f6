"""Reads GitHub's webhook payloads: takes the few fields we need and ignores the rest.

Payloads differ by age and by event, and GitHub adds fields at will; so every model takes unknown
fields, and only what a pull request cannot be without is required.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from bot.domain.attributions import signals_of
from bot.domain.ids import GithubLogin, RepositoryId
from bot.domain.pull_requests import (
    GHOST,
    Actor,
    ActorKind,
    PullRequest,
    Review,
    ReviewState,
    Snapshot,
)

_Id = Annotated[int, Field(ge=0, lt=2**63)]
_Number = Annotated[int, Field(gt=0, lt=2**31)]
# PostgreSQL text cannot hold NUL.
_Text = Annotated[str, AfterValidator(lambda text: text.replace("\x00", ""))]


def _utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("out of the calendar") from None


_Time = Annotated[AwareDatetime, AfterValidator(_utc)]
_KINDS = {"User": ActorKind.USER, "Bot": ActorKind.BOT}


class _Payload(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Account(_Payload):
    login: _Text
    id: _Id
    type: str = "User"

    def actor(self) -> Actor:
        kind = _KINDS.get(self.type, ActorKind.OTHER)
        return Actor(GithubLogin(self.login.lower()), self.id, kind)


class _Ref(_Payload):
    ref: _Text


class _Repository(_Payload):
    id: _Id
    full_name: _Text


class _PullRequest(_Payload):
    number: _Number
    title: _Text
    html_url: _Text
    state: str
    user: _Account | None = None
    body: str | None = None
    head: _Ref
    base: _Ref
    draft: bool | None = None
    assignees: list[_Account] | None = None
    created_at: _Time
    updated_at: _Time
    closed_at: _Time | None = None
    merged_at: _Time | None = None

    def pull_request(self, repository: _Repository) -> PullRequest:
        author = self.user.actor() if self.user else GHOST
        return PullRequest(
            repository_id=RepositoryId(repository.id),
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
        )


class _Review(_Payload):
    id: _Id
    user: _Account | None = None
    state: str
    submitted_at: _Time | None = None

    def review(self) -> Review | None:
        """None for a draft that nobody else can see yet, and for states we do not know."""
        states = {state.value for state in ReviewState}
        state = self.state.lower()
        if self.submitted_at is None or state not in states:
            return None
        reviewer = self.user.actor() if self.user else GHOST
        return Review(self.id, reviewer, ReviewState(state), self.submitted_at)


class _Event(_Payload):
    repository: _Repository
    pull_request: _PullRequest


class _ReviewEvent(_Event):
    review: _Review


class _Installation(_Payload):
    id: _Id


class _Installed(_Payload):
    installation: _Installation


@dataclass(frozen=True, slots=True)
class PullRequestNews:
    """What one event says about a pull request, and the review it came with."""

    pull_request: PullRequest
    review: Review | None = None

    @property
    def snapshot(self) -> Snapshot:
        return Snapshot(self.pull_request, () if self.review is None else (self.review,))


def read(event: str, body: bytes) -> PullRequestNews | None:
    """Read one verified delivery; None: an event that says nothing about a pull request.

    Raises ValueError (pydantic's) when a field that we need is missing or senseless.
    """
    if event == "pull_request":
        news = _Event.model_validate_json(body)
        return PullRequestNews(news.pull_request.pull_request(news.repository))
    if event == "pull_request_review":
        reviewed = _ReviewEvent.model_validate_json(body)
        pr = reviewed.pull_request.pull_request(reviewed.repository)
        return PullRequestNews(pr, reviewed.review.review())
    return None


def installation_of(body: bytes) -> int | None:
    """The GitHub App installation a delivery comes from; None when it names none."""
    try:
        return _Installed.model_validate_json(body).installation.id
    except ValueError:
        return None
