"""The fields where queries begin: repositories, organisations, teams, people, ids, limits."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from playground.github.graph.look import Info, Look, Problem
from playground.github.graph.pages import page_of, pull_requests
from playground.github.graph.pull_request_fields import Field, pull_request_of
from playground.github.node_ids import node_id, read_node_id
from playground.github.records import ORGANIZATION, USER, Account, Repository, Team
from playground.records import Json


def _web(path: str) -> str:
    return f"https://github.com/{path}"


def _login(account: Account) -> str:
    """GraphQL names bots without the suffix that REST gives them."""
    return account.login.removesuffix("[bot]")


ACCOUNT: dict[str, Field] = {
    "avatarUrl": lambda one, info, size=None: (
        f"https://avatars.githubusercontent.com/u/{one.id}?v=4"
    ),
    "createdAt": lambda one, info: one.created_at,
    "databaseId": lambda one, info: one.id,
    "description": lambda one, info: None,
    "email": lambda one, info: "",
    "id": lambda one, info: one.node_id,
    "isViewer": lambda one, info: one.login == info.context.caller.login,
    "login": lambda one, info: _login(one),
    "name": lambda one, info: one.name or None,
    "resourcePath": lambda one, info: f"/{one.login}",
    "url": lambda one, info: _web(one.login),
}


def _people(look: Look, members: dict[str, str]) -> list[Json]:
    return [
        {"person": look.account(login), "role": role.upper()} for login, role in members.items()
    ]


def _with_roles(page: Json, **more: str) -> Json:
    """Put people into the nodes, and their roles on the edges."""
    edges = [
        {
            "cursor": edge["cursor"],
            "node": edge["node"]["person"],
            "role": edge["node"]["role"],
            **more,
        }
        for edge in page["edges"]
    ]
    return {**page, "edges": edges, "nodes": [edge["node"] for edge in edges]}


def _members(one: Account, info: Info, **args: Any) -> Json:
    look: Look = info.context
    _must_see_inside(look, one.login)
    return _with_roles(page_of(_people(look, one.members), info, args))


def _must_see_inside(look: Look, organisation: str) -> None:
    if not (look.caller.belongs_to(organisation) and look.caller.can("members")):
        raise look.forbidden()


def _team_members(one: Team, info: Info, **args: Any) -> Json:
    page = page_of(_people(info.context, one.members), info, args)
    return _with_roles(page, memberAccessUrl=_web(f"orgs/{one.organisation}"))


def _teams_of(look: Look, organisation: str) -> list[Team]:
    _must_see_inside(look, organisation)
    return [one for one in look.world.teams if one.organisation == organisation]


def _teams(one: Account, info: Info, **args: Any) -> Json:
    return page_of(_teams_of(info.context, one.login), info, args)


def _team(one: Account, info: Info, slug: str) -> Team | None:
    return next((team for team in _teams_of(info.context, one.login) if team.slug == slug), None)


def _repositories(
    one: Account,
    info: Info,
    isArchived: Any = None,  # noqa: N803  (GitHub's name)
    **args: Any,
) -> Json:
    look: Look = info.context
    there = [r for r in look.world.repositories if r.owner == one.login and look.caller.sees(r)]
    return page_of([r for r in there if isArchived in (None, r.archived)], info, args)


ORGANISATION: dict[str, Field] = {
    **ACCOUNT,
    "membersWithRole": _members,
    "repositories": _repositories,
    "repository": lambda one, info, **args: _repository(None, info, one.login, **args),
    "team": _team,
    "teams": _teams,
}

TEAM: dict[str, Field] = {
    "combinedSlug": lambda one, info: one.key,
    "createdAt": lambda one, info: "2024-02-01T09:00:00Z",
    "databaseId": lambda one, info: one.id,
    "description": lambda one, info: None,
    "id": lambda one, info: node_id("T", one.id),
    "members": _team_members,
    "name": lambda one, info: one.name,
    "organization": lambda one, info: info.context.account(one.organisation),
    "parentTeam": lambda one, info: info.context.world.teams.find(
        f"{one.organisation}/{one.parent}"
    ),
    "resourcePath": lambda one, info: f"/orgs/{one.organisation}/teams/{one.slug}",
    "slug": lambda one, info: one.slug,
    "url": lambda one, info: _web(f"orgs/{one.organisation}/teams/{one.slug}"),
}


def _pull_request(one: Repository, info: Info, number: int) -> Any:
    look: Look = info.context
    look.pulls(one)
    found = pull_request_of(look, (one.id, number))
    if found is None:
        text = f"Could not resolve to a PullRequest with the number of {number}."
        raise Problem(text, "NOT_FOUND")
    return found


def _branch(one: Repository, info: Info) -> Json:
    return {"id": node_id("REF", one.id), "name": one.default_branch, "prefix": "refs/heads/"}


REPOSITORY: dict[str, Field] = {
    "createdAt": lambda one, info: one.created_at,
    "databaseId": lambda one, info: one.id,
    "defaultBranchRef": _branch,
    "description": lambda one, info: one.description,
    "id": lambda one, info: one.node_id,
    "isArchived": lambda one, info: one.archived,
    "isDisabled": lambda one, info: False,
    "isEmpty": lambda one, info: False,
    "isFork": lambda one, info: False,
    "isPrivate": lambda one, info: one.private,
    "name": lambda one, info: one.name,
    "nameWithOwner": lambda one, info: one.full_name,
    "owner": lambda one, info: info.context.account(one.owner),
    "pullRequest": _pull_request,
    "pullRequests": lambda one, info, **args: pull_requests(one, info, args),
    "pushedAt": lambda one, info: info.context.world.now(),
    "resourcePath": lambda one, info: f"/{one.full_name}",
    "updatedAt": lambda one, info: info.context.world.now(),
    "url": lambda one, info: _web(one.full_name),
    "visibility": lambda one, info: "PRIVATE" if one.private else "PUBLIC",
}


def _repository(
    _: object,
    info: Info,
    owner: str,
    name: str,
    followRenames: bool = True,  # noqa: N803  (GitHub's name)
) -> Repository:
    look: Look = info.context
    return look.repository(f"{owner}/{name}", follow=followRenames)


def _node(_: object, info: Info, id: str) -> Any:  # noqa: A002  (GitHub's name)
    look: Look = info.context
    try:
        kind, numbers = read_node_id(id)
    except ValueError:
        kind, numbers = "", ()
    found = _find(look, kind, numbers)
    if found is None:
        raise Problem(f"Could not resolve to a node with the global id of '{id}'", "NOT_FOUND")
    return found


def _find(look: Look, kind: str, numbers: tuple[int, ...]) -> Any:
    world = look.world
    if kind == "PR" and len(numbers) == 2:
        return pull_request_of(look, numbers)
    if len(numbers) != 1:
        return None
    if kind == "R":
        there = world.repository_by_id(numbers[0])
        return there if there is not None and look.caller.sees(there) else None
    if kind == "T":
        return next((one for one in world.teams if one.id == numbers[0]), None)
    if kind in ("U", "O", "BOT"):
        return next((one for one in world.accounts if one.id == numbers[0]), None)
    return None


def _nodes(_: object, info: Info, ids: list[str]) -> list[Any]:
    if len(ids) > 100:
        text = f"You may not provide more than 100 node ids; you provided {len(ids)}."
        raise Problem(text, "ARGUMENT_LIMIT")
    info.context.show(len(ids))
    return [_or_problem(info, one) for one in ids]


def _or_problem(info: Info, one: str) -> Any:
    """A node, or the problem with it: the other nodes are there all the same."""
    try:
        return _node(None, info, one)
    except Problem as problem:
        return problem


def _account_of(kind: str, what: str) -> Field:
    def resolve(_: object, info: Info, login: str) -> Account:
        found: Account | None = info.context.world.accounts.find(login.lower())
        if found is None or found.kind not in kind.split("|"):
            text = f"Could not resolve to {what} with the login of '{login}'."
            raise Problem(text, "NOT_FOUND")
        return found

    return resolve


def _rate_limit(_: object, info: Info, dryRun: bool = False) -> Json:  # noqa: N803  (GitHub's name)
    look: Look = info.context
    standing = look.limits.standing(look.caller.bucket, "graphql")
    return {
        "cost": look.cost,
        "limit": standing.limit,
        "nodeCount": look.nodes,
        "remaining": standing.remaining,
        "resetAt": datetime.fromtimestamp(standing.reset, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "used": standing.used,
    }


QUERY: dict[str, Field] = {
    "node": _node,
    "nodes": _nodes,
    "organization": lambda _, info, login: info.context.organisation(login),
    "rateLimit": _rate_limit,
    "repository": _repository,
    "repositoryOwner": _account_of(f"{USER}|{ORGANIZATION}", "a RepositoryOwner"),
    "user": _account_of(USER, "a User"),
    "viewer": lambda _, info: info.context.account(info.context.caller.login),
}
