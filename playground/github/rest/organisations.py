"""Organisations, their people and teams; repositories; the limits."""

from __future__ import annotations

from typing import Any

from playground.github.limits import Limits
from playground.github.records import Account, Repository, Team
from playground.github.refusals import not_found
from playground.github.rest import shapes
from playground.github.rest.asking import Ask
from playground.records import Json


def show_user(ask: Ask) -> Json:
    login = ask.person()
    found = ask.world.accounts.find(login.lower()) or Account(login)
    return shapes.full_account(found, mine=True)


def show_account(ask: Ask) -> Json:
    ask.signed_in()
    found = ask.world.accounts.find(ask.word("user").lower())
    if found is None:
        raise not_found()
    return shapes.full_account(found)


def show_organisation(ask: Ask) -> Json:
    return shapes.organisation(ask.organisation())


def list_members(ask: Ask) -> list[Json]:
    """Everybody of it, for who may see members; otherwise only those in public: nobody."""
    organisation = ask.organisation()
    wanted = ask.request.query.get("role", "all")
    logins = [
        login
        for login, role in organisation.members.items()
        if _sees_inside(ask, organisation) and wanted in ("all", role)
    ]
    return ask.page(logins, lambda login: _person(ask, login))


def _sees_inside(ask: Ask, organisation: Account) -> bool:
    return ask.caller.belongs_to(organisation.login) and ask.caller.can("members")


def _inside(ask: Ask) -> Account:
    """The organisation, for who may see its members; raises Refused (403, or 404 for strangers)."""
    organisation = ask.organisation()
    if not ask.caller.belongs_to(organisation.login):
        raise not_found()
    ask.caller.must("members")
    return organisation


def _person(ask: Ask, login: str) -> Json:
    return shapes.account(ask.world.accounts.find(login.lower()) or Account(login))


def show_membership(ask: Ask) -> Json:
    """Somebody's part in an organisation; only for who may see members."""
    organisation = _inside(ask)
    roles = {login.lower(): role for login, role in organisation.members.items()}
    role = roles.get(ask.word("user").lower())
    if role is None:
        raise not_found()
    return {
        "url": f"{ask.root}orgs/{organisation.login}/memberships/{ask.word('user')}",
        "state": "active",
        "role": role,
        "organization": shapes.short_organisation(organisation),
        "user": _person(ask, ask.word("user")),
    }


def list_teams(ask: Ask) -> list[Json]:
    organisation = _inside(ask)
    there = [one for one in ask.world.teams if one.organisation == organisation.login]
    return ask.page(there, lambda one: shapes.team(ask.world, one))


def _team(ask: Ask) -> Team:
    organisation = _inside(ask)
    found = ask.world.teams.find(f"{organisation.login}/{ask.word('slug')}")
    if found is None:
        raise not_found()
    return found


def show_team(ask: Ask) -> Json:
    return shapes.team(ask.world, _team(ask))


def list_team_members(ask: Ask) -> list[Json]:
    """Its members, and those of the teams below it, as GitHub does."""
    team = _team(ask)
    below = [one for one in ask.world.teams if one.organisation == team.organisation]
    logins = dict(team.members)
    waiting = [team.slug]
    while waiting:
        slug = waiting.pop()
        children = [one for one in below if one.parent == slug]
        for child in children:
            logins |= child.members
        waiting += [one.slug for one in children]
    return ask.page(list(logins), lambda login: _person(ask, login))


def _repositories_of(ask: Ask, owner: str) -> list[Json]:
    there = [
        one
        for one in ask.world.repositories
        if one.owner.lower() == owner.lower() and ask.caller.sees(one)
    ]
    return ask.page(there, lambda one: shapes.repository(ask.world, one))


def list_organisation_repositories(ask: Ask) -> list[Json]:
    return _repositories_of(ask, ask.organisation().login)


def list_user_repositories(ask: Ask) -> list[Json]:
    ask.signed_in()
    return _repositories_of(ask, ask.word("user"))


def list_my_repositories(ask: Ask) -> list[Json]:
    """Those that the token opens; `affiliation=owner` means one's own, not an organisation's."""
    login = ask.person()
    mine = ask.request.query.get("affiliation", "owner,organization_member").split(",")
    there = [one for one in ask.world.repositories if not one.deleted and ask.caller.was_given(one)]
    there = [one for one in there if "organization_member" in mine or one.owner == login]
    return ask.page(there, lambda one: shapes.repository(ask.world, one))


def show_repository(ask: Ask) -> Json:
    found: Repository = ask.repository(f"{ask.word('owner')}/{ask.word('name')}")
    return shapes.repository(ask.world, found)


def show_repository_by_id(ask: Ask) -> Json:
    ask.signed_in()
    found = ask.world.repository_by_id(ask.number("id"))
    if found is None or not ask.caller.sees(found):
        raise not_found()
    return shapes.repository(ask.world, found)


def rate_limit(ask: Ask, limits: Limits) -> Json:
    """What is left; asking costs nothing."""
    said = {}
    for resource in ("core", "graphql"):
        standing = limits.standing(ask.caller.bucket, resource)
        said[resource] = {
            "limit": standing.limit,
            "used": standing.used,
            "remaining": standing.remaining,
            "reset": standing.reset,
        }
    return {"resources": said, "rate": said["core"]}


ROUTES: dict[tuple[str, str], Any] = {
    ("GET", "user"): show_user,
    ("GET", "user/repos"): list_my_repositories,
    ("GET", "users/{user}"): show_account,
    ("GET", "users/{user}/repos"): list_user_repositories,
    ("GET", "orgs/{org}"): show_organisation,
    ("GET", "orgs/{org}/members"): list_members,
    ("GET", "orgs/{org}/memberships/{user}"): show_membership,
    ("GET", "orgs/{org}/teams"): list_teams,
    ("GET", "orgs/{org}/teams/{slug}"): show_team,
    ("GET", "orgs/{org}/teams/{slug}/members"): list_team_members,
    ("GET", "orgs/{org}/repos"): list_organisation_repositories,
    ("GET", "repos/{owner}/{name}"): show_repository,
    ("GET", "repositories/{id}"): show_repository_by_id,
}
