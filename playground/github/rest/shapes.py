"""What REST says of accounts, repositories, teams, Apps and installations."""

from __future__ import annotations

from playground.github.node_ids import node_id
from playground.github.records import ORGANIZATION, Account, App, Installed, Repository, Team
from playground.github.world import World
from playground.records import Json

_API = "https://api.github.com"
_WEB = "https://github.com"


def account(one: Account) -> Json:
    """A simple user: a person, a bot or an organisation."""
    url = f"{_API}/users/{one.login}"
    return {
        "login": one.login,
        "id": one.id,
        "node_id": one.node_id,
        "avatar_url": f"https://avatars.githubusercontent.com/u/{one.id}?v=4",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{_WEB}/{one.login}",
        "followers_url": f"{url}/followers",
        "organizations_url": f"{url}/orgs",
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events{{/privacy}}",
        "type": one.kind,
        "user_view_type": "public",
        "site_admin": False,
    }


def full_account(one: Account, *, mine: bool = False) -> Json:
    """What `GET /user` and `GET /users/{login}` say; only one's own shows the e-mail address."""
    return account(one) | {
        "name": one.name or None,
        "company": None,
        "email": one.email or None if mine else None,
        "bio": None,
        "created_at": one.created_at,
        "updated_at": one.created_at,
    }


def organisation(one: Account) -> Json:
    """What `GET /orgs/{org}` says."""
    url = f"{_API}/orgs/{one.login}"
    return {
        "login": one.login,
        "id": one.id,
        "node_id": one.node_id,
        "url": url,
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events",
        "hooks_url": f"{url}/hooks",
        "issues_url": f"{url}/issues",
        "members_url": f"{url}/members{{/member}}",
        "public_members_url": f"{url}/public_members{{/member}}",
        "avatar_url": f"https://avatars.githubusercontent.com/u/{one.id}?v=4",
        "description": None,
        "name": one.name or None,
        "is_verified": False,
        "has_organization_projects": True,
        "has_repository_projects": True,
        "public_repos": 0,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "html_url": f"{_WEB}/{one.login}",
        "created_at": one.created_at,
        "updated_at": one.created_at,
        "archived_at": None,
        "type": one.kind,
    }


def short_organisation(one: Account) -> Json:
    """An organisation as webhooks name it."""
    keys = (
        "login",
        "id",
        "node_id",
        "url",
        "repos_url",
        "events_url",
        "hooks_url",
        "issues_url",
        "members_url",
        "public_members_url",
        "avatar_url",
        "description",
    )
    whole = organisation(one)
    return {key: whole[key] for key in keys}


def repository(world: World, one: Repository) -> Json:
    """A repository."""
    owner = world.accounts.find(one.owner.lower()) or Account(one.owner, ORGANIZATION)
    url = f"{_API}/repos/{one.full_name}"
    now = world.now()
    return {
        "id": one.id,
        "node_id": one.node_id,
        "name": one.name,
        "full_name": one.full_name,
        "private": one.private,
        "owner": account(owner),
        "html_url": f"{_WEB}/{one.full_name}",
        "description": one.description,
        "fork": False,
        "url": url,
        "pulls_url": f"{url}/pulls{{/number}}",
        "commits_url": f"{url}/commits{{/sha}}",
        "created_at": one.created_at,
        "updated_at": now,
        "pushed_at": now,
        "size": 4711,
        "language": None,
        "has_issues": True,
        "archived": one.archived,
        "disabled": False,
        "visibility": "private" if one.private else "public",
        "default_branch": one.default_branch,
        "topics": [],
        "forks_count": 0,
        "open_issues_count": 0,
        "watchers_count": 0,
    }


def short_repository(one: Repository) -> Json:
    """A repository as `installation` webhooks name it."""
    return {
        "id": one.id,
        "node_id": one.node_id,
        "name": one.name,
        "full_name": one.full_name,
        "private": one.private,
    }


def team(world: World, one: Team) -> Json:
    """A team with its parent."""
    parent = world.teams.find(f"{one.organisation}/{one.parent}") if one.parent else None
    return _team(one) | {"parent": _team(parent) if parent else None}


def _team(one: Team) -> Json:
    url = f"{_API}/orgs/{one.organisation}/teams/{one.slug}"
    return {
        "id": one.id,
        "node_id": node_id("T", one.id),
        "url": url,
        "html_url": f"{_WEB}/orgs/{one.organisation}/teams/{one.slug}",
        "name": one.name,
        "slug": one.slug,
        "description": None,
        "privacy": "closed",
        "notification_setting": "notifications_enabled",
        "permission": "pull",
        "members_url": f"{url}/members{{/member}}",
        "repositories_url": f"{url}/repos",
    }


def app(world: World, one: App) -> Json:
    """What `GET /app` says."""
    owner = world.accounts.find(one.owner.lower()) or Account(one.owner, ORGANIZATION)
    there = [it for it in world.installations if it.app_id == one.id and not it.removed]
    return {
        "id": one.id,
        "slug": one.slug,
        "node_id": node_id("A", one.id),
        "client_id": one.client_id,
        "owner": account(owner),
        "name": one.name,
        "description": "",
        "external_url": "https://example.com",
        "html_url": f"{world.web_url}/apps/{one.slug}",
        "created_at": "2026-01-05T09:00:00Z",
        "updated_at": "2026-01-05T09:00:00Z",
        "permissions": dict(one.permissions),
        "events": list(one.events),
        "installations_count": len(there),
    }


def installation(world: World, one: Installed) -> Json:
    """An App's installation."""
    owner = world.accounts.find(one.account.lower()) or Account(one.account, ORGANIZATION)
    app_ = world.apps[str(one.app_id)]
    is_org = owner.kind == ORGANIZATION
    place = f"organizations/{one.account}/settings" if is_org else "settings"
    by = world.accounts.find((one.suspended_by or "").lower())
    return {
        "id": one.id,
        "client_id": app_.client_id,
        "account": account(owner),
        "repository_selection": "all" if one.repositories is None else "selected",
        "access_tokens_url": f"{_API}/app/installations/{one.id}/access_tokens",
        "repositories_url": f"{_API}/installation/repositories",
        "html_url": f"{_WEB}/{place}/installations/{one.id}",
        "app_id": one.app_id,
        "app_slug": app_.slug,
        "target_id": owner.id,
        "target_type": owner.kind,
        "permissions": dict(one.permissions),
        "events": list(one.events),
        "created_at": one.created_at,
        "updated_at": one.updated_at,
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": account(by) if by else None,
        "suspended_at": one.suspended_at,
    }
