"""Reads what webhooks say about people, their organisation and its teams."""

from __future__ import annotations

from pydantic import Field

from bot.domain.deliveries import AccountNews, RenamedNews, TeamMemberNews, TeamNews
from bot.integrations.github.payloads.shapes import (
    Account,
    Organisation,
    Payload,
    TeamShape,
    Text,
)

_IN_ORG = {"member_added": True, "member_removed": False}


class _Collaborator(Payload):
    member: Account


class _TeamMember(Payload):
    action: str
    member: Account | None = None
    team: TeamShape
    organization: Organisation


class _Membership(Payload):
    user: Account | None = None


class _From(Payload):
    login: dict[str, Text] = Field(default_factory=dict)


class _OrganisationEvent(Payload):
    action: str
    organization: Organisation
    membership: _Membership = _Membership()
    changes: _From = _From()


class _TeamEvent(Payload):
    action: str
    team: TeamShape
    organization: Organisation


def read_collaborator(body: bytes) -> AccountNews:
    """`member`: somebody may now do more or less in one repository; we only meet them."""
    return AccountNews(_Collaborator.model_validate_json(body).member.actor())


def read_team_member(body: bytes) -> TeamMemberNews | None:
    """`membership`: added to a team, or removed. None where the account is no more."""
    event = _TeamMember.model_validate_json(body)
    if event.member is None:
        return None
    team = event.team.team(event.organization.name)
    return TeamMemberNews(team, event.member.actor(), joined=event.action == "added")


def read_organisation(body: bytes) -> AccountNews | RenamedNews | None:
    """`organization`: people came or left, or it was renamed; an invitation is nothing yet."""
    event = _OrganisationEvent.model_validate_json(body)
    old = event.changes.login.get("from")
    if event.action == "renamed" and old is not None:
        return RenamedNews(old.lower(), event.organization.name)
    in_org, user = _IN_ORG.get(event.action), event.membership.user
    if in_org is None or user is None:
        return None
    return AccountNews(user.actor(), event.organization.name, in_org)


def read_team(body: bytes) -> TeamNews:
    """`team`: created, edited, deleted, or given a repository."""
    event = _TeamEvent.model_validate_json(body)
    return TeamNews(event.team.team(event.organization.name), gone=event.action == "deleted")
