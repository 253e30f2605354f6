"""Reads through one connection what an organisation has: repositories, people, teams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from bot.domain.pull_requests import Actor
from bot.domain.repositories import Repository
from bot.domain.teams import Team
from bot.errors import Permanent
from bot.integrations.github.payloads.shapes import Account, RepositoryShape, TeamShape
from bot.ports.github import GitHub

_OF_INSTALLATION = "installation/repositories"
_OF_TOKEN = "user/repos?affiliation=owner,collaborator,organization_member"  # nosec B105


async def repositories_of(
    github: GitHub, account: str, *, by_token: bool
) -> tuple[Repository, ...]:
    """All repositories that the connection opens, of that account.

    A token also opens what its owner may see elsewhere: that is not what was connected.
    """
    if not by_token:
        return _repositories(await github.pages(_OF_INSTALLATION, key="repositories"), account)
    return _repositories(await github.pages(_OF_TOKEN), account)


def _repositories(found: Sequence[Any], account: str) -> tuple[Repository, ...]:
    shapes = [RepositoryShape.model_validate(one) for one in found]
    prefix = f"{account}/"
    return tuple(one.repository() for one in shapes if one.full_name.lower().startswith(prefix))


async def members_of(github: GitHub, organisation: str) -> tuple[Actor, ...]:
    """Everybody in the organisation; nobody where it is a person's account.

    Who may not see members is shown those who say so in public, and no refusal: teams tell.
    """
    await _if_organisation(github, f"orgs/{quote(organisation)}/teams")
    found = await _if_organisation(github, f"orgs/{quote(organisation)}/members")
    return tuple(Account.model_validate(one).actor() for one in found)


async def teams_of(github: GitHub, organisation: str) -> tuple[Team, ...]:
    """All teams of the organisation, those that are nested in others included."""
    found = await _if_organisation(github, f"orgs/{quote(organisation)}/teams")
    return tuple(TeamShape.model_validate(one).team(organisation) for one in found)


async def team_members_of(github: GitHub, organisation: str, slug: str) -> tuple[Actor, ...]:
    """Everybody in a team and in those nested in it; nobody where it was deleted meanwhile."""
    path = f"orgs/{quote(organisation)}/teams/{quote(slug)}/members"
    found = await _if_organisation(github, path)
    return tuple(Account.model_validate(one).actor() for one in found)


async def _if_organisation(github: GitHub, path: str) -> Sequence[Any]:
    try:
        return await github.pages(path)
    except Permanent as error:
        if error.reason != "not_found":
            raise
        return ()
