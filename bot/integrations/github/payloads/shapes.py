"""The pieces that GitHub's payloads have in common.

Payloads differ by age and by event, and GitHub adds fields at will; so every model takes unknown
fields, and only what we cannot be without is required.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from bot.domain.ids import GithubLogin, RepositoryId
from bot.domain.pull_requests import Actor, ActorKind
from bot.domain.repositories import Repository
from bot.domain.teams import Team

Id = Annotated[int, Field(ge=0, lt=2**63)]
Number = Annotated[int, Field(gt=0, lt=2**31)]
Count = Annotated[int, Field(ge=0, lt=2**31)]
# PostgreSQL text cannot hold NUL.
Text = Annotated[str, AfterValidator(lambda text: text.replace("\x00", ""))]


def _utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("out of the calendar") from None


Time = Annotated[AwareDatetime, AfterValidator(_utc)]
_KINDS = {"User": ActorKind.USER, "Bot": ActorKind.BOT}


class Payload(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Account(Payload):
    login: Text
    id: Id
    type: str = "User"

    def actor(self) -> Actor:
        kind = _KINDS.get(self.type, ActorKind.OTHER)
        return Actor(GithubLogin(self.login.lower()), self.id, kind)


class RepositoryShape(Payload):
    """A repository, also where an event tells little more than its name."""

    id: Id
    full_name: Text
    node_id: Text | None = None
    default_branch: Text | None = None
    private: bool | None = None
    archived: bool | None = None
    updated_at: Time | None = None

    def repository(self) -> Repository:
        return Repository(
            RepositoryId(self.id),
            self.full_name,
            node_id=self.node_id or "",
            default_branch=self.default_branch or "",
            private=self.private is not False,
            archived=bool(self.archived),
            updated_at=self.updated_at if self.default_branch else None,
        )


class Organisation(Payload):
    login: Text
    id: Id

    @property
    def name(self) -> str:
        return self.login.lower()


class _Parent(Payload):
    id: Id


class TeamShape(Payload):
    id: Id
    name: Text
    slug: Text
    parent: _Parent | None = None

    def team(self, organisation: str) -> Team:
        parent_id = None if self.parent is None else self.parent.id
        return Team(self.id, organisation, self.slug, self.name, parent_id)
