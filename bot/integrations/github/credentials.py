"""Asks GitHub how it stands with an installation of our App, or with a token: a look, no change."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

from bot.domain.connections import NEEDED, ConnectionState, Finding, lacking
from bot.errors import Permanent
from bot.integrations.github.client import GitHubClient

_REFUSED = frozenset({"scope_missing", "not_found"})


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Account(_Answer):
    login: str
    id: int
    type: str = "User"


class _Installation(_Answer):
    account: _Account
    permissions: dict[str, str] = {}
    suspended_at: str | None = None


class _Repository(_Answer):
    full_name: str


async def look_at_installation(app: GitHubClient, installation_id: int) -> Finding:
    """Whether the installation is there, awake and allowed what we need.

    Raises Retryable where GitHub gives no answer, Permanent where nothing was learnt.
    """
    try:
        answer = await app.get(f"app/installations/{installation_id}")
    except Permanent as error:
        return Finding(_state(error))
    found = _Installation.model_validate(answer)
    missing = lacking(found.permissions, of_person=found.account.type == "User")
    return Finding(
        _state_of(missing, found.suspended_at is not None),
        account=found.account.login.lower(),
        account_id=found.account.id,
        scopes=_scopes(found.permissions),
        missing=missing,
    )


def _state_of(missing: tuple[str, ...], suspended: bool) -> ConnectionState:
    if suspended:
        return ConnectionState.SUSPENDED
    return ConnectionState.SCOPE_MISSING if missing else ConnectionState.ACTIVE


def _state(error: Permanent) -> ConnectionState:
    match error.reason:
        case "not_found" | "gone":
            return ConnectionState.REMOVED
        case "suspended":
            return ConnectionState.SUSPENDED
        case "revoked":
            return ConnectionState.REVOKED
        case _:
            raise error


def _scopes(permissions: Mapping[str, str]) -> frozenset[str]:
    return frozenset(f"{name}:{access}" for name, access in permissions.items())


async def look_at_token(github: GitHubClient, account: str) -> Finding:
    """Whether the token opens the account, tried out: GitHub has no list of what it allows.

    Raises Retryable where GitHub gives no answer, Permanent where nothing was learnt.
    """
    try:
        found = _Account.model_validate(await github.get(f"users/{account}"))
        missing = await _missing(github, found)
    except Permanent as error:
        return Finding(_state_of_token(error), expires_at=github.expires_at)
    state = ConnectionState.SCOPE_MISSING if missing else ConnectionState.ACTIVE
    scopes = {f"{name}:{access}" for name, access in NEEDED.items()} - {*missing}
    return Finding(
        state,
        account=found.login.lower(),
        account_id=found.id,
        scopes=frozenset(scopes),
        missing=missing,
        expires_at=github.expires_at,
    )


def _state_of_token(error: Permanent) -> ConnectionState:
    match error.reason:
        case "not_found" | "scope_missing":
            return ConnectionState.SCOPE_MISSING
        case "suspended":
            return ConnectionState.SUSPENDED
        case "revoked" | "gone":
            return ConnectionState.REVOKED
        case _:
            raise error


async def _missing(github: GitHubClient, account: _Account) -> tuple[str, ...]:
    """The permissions without which GitHub refuses one of the things we will ask for."""
    of_org = account.type == "Organization"
    listed = f"orgs/{account.login}/repos" if of_org else "user/repos?affiliation=owner"
    missing = [] if not of_org or await _may(github, f"orgs/{account.login}/teams") else ["members"]
    first = await _first_repository(github, listed)
    if first is None:
        return _with_access([*missing, "metadata"])
    for name, path in (("pull_requests", "pulls"), ("contents", "commits")):
        if not await _may(github, f"repos/{first}/{path}"):
            missing.append(name)
    return _with_access(missing)


async def _first_repository(github: GitHubClient, path: str) -> str | None:
    separator = "&" if "?" in path else "?"
    try:
        found = await github.get(f"{path}{separator}per_page=1&sort=pushed")
    except Permanent as error:
        if error.reason in _REFUSED:
            return None
        raise
    return _Repository.model_validate(found[0]).full_name if found else None


async def _may(github: GitHubClient, path: str) -> bool:
    try:
        await github.get(f"{path}?per_page=1")
    except Permanent as error:
        # A repository without a commit answers 409, to those who may read it.
        if error.reason in _REFUSED:
            return False
        if error.reason != "HTTP 409":
            raise
    return True


def _with_access(names: list[str]) -> tuple[str, ...]:
    return tuple(f"{name}:{NEEDED[name]}" for name in sorted(names))
