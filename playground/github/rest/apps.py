"""What an App asks about itself, and what its installations and their tokens are."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

from playground.github.records import Installed, Repository, Token
from playground.github.refusals import Refused, not_found, suspended
from playground.github.rest import shapes
from playground.github.rest.asking import Ask
from playground.records import Json

_HOUR_S = 3600


def show_app(ask: Ask) -> Json:
    return shapes.app(ask.world, ask.app)


def list_installations(ask: Ask) -> list[Json]:
    there = [o for o in ask.world.installations if o.app_id == ask.app.id and not o.removed]
    return ask.page(there, lambda one: shapes.installation(ask.world, one))


def show_installation(ask: Ask) -> Json:
    return shapes.installation(ask.world, _installation(ask))


def show_installation_of(ask: Ask) -> Json:
    """The installation that covers an organisation, a person or a repository."""
    info = ask.request.match_info
    owner = info.get("org") or info.get("user") or info["owner"]
    for one in ask.world.installations:
        if one.app_id == ask.app.id and not one.removed and one.account.lower() == owner.lower():
            return shapes.installation(ask.world, one)
    raise not_found()


def _installation(ask: Ask) -> Installed:
    found = ask.world.installations.find(str(ask.number("id")))
    if found is None or found.removed or found.app_id != ask.app.id:
        raise not_found()
    return found


def make_token(ask: Ask) -> tuple[int, Json]:
    """A token of an installation, for an hour, for fewer repositories or permissions if asked."""
    one = _installation(ask)
    if one.suspended_at is not None:
        raise suspended()
    wanted = ask.body.get("permissions") or {}
    if not set(wanted) <= set(one.permissions):
        raise Refused(422, "The permissions requested are not granted to this installation.")
    _forget_old_tokens(ask)
    expires_at = ask.world.state.clock.now() + _HOUR_S
    token = ask.world.tokens.put(
        Token(
            f"ghs_{secrets.token_hex(18)}",
            app_id=one.app_id,
            installation_id=one.id,
            permissions=wanted,
            repositories=_named(ask, one),
            expires_at=expires_at,
        )
    )
    some = one.repositories is not None or token.repositories is not None
    said: Json = {
        "token": token.value,
        "expires_at": datetime.fromtimestamp(expires_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "permissions": wanted or dict(one.permissions),
        "repository_selection": "selected" if some else "all",
    }
    if some:
        there = [r for r in _of(ask, one) if _is_named(r, token.repositories)]
        said["repositories"] = [shapes.repository(ask.world, r) for r in there]
    return 201, said


def _named(ask: Ask, one: Installed) -> list[str] | None:
    """The repositories that a token is wanted for by name or id, as origins; None for all."""
    names, numbers = ask.body.get("repositories"), ask.body.get("repository_ids")
    if names is None and numbers is None:
        return None
    there = [r for r in _of(ask, one) if r.name in (names or ()) or r.id in (numbers or ())]
    if len(there) != len(names or ()) + len(numbers or ()):
        raise Refused(
            422, "There is at least one repository that does not exist or is not accessible"
        )
    return [r.origin for r in there]


def _is_named(repository: Repository, origins: list[str] | None) -> bool:
    return origins is None or repository.origin in origins


def _forget_old_tokens(ask: Ask) -> None:
    """Tokens of installations live an hour: nobody asks for them later."""
    now = ask.world.state.clock.now()
    for old in ask.world.tokens:
        if old.installation_id and old.expires_at <= now:
            ask.world.tokens.drop(old.key)


def revoke_token(ask: Ask) -> tuple[int, None]:
    """Give the installation's own token back."""
    _ = ask.installation
    if ask.caller.token is not None:
        ask.caller.token.revoked = True
        ask.world.tokens.put(ask.caller.token)
    return 204, None


def _of(ask: Ask, one: Installed) -> list[Repository]:
    return [r for r in ask.world.repositories if one.covers(r) and not r.deleted]


def list_installation_repositories(ask: Ask) -> Json:
    one = ask.installation
    there = [r for r in _of(ask, one) if ask.caller.was_given(r)]
    return {
        "total_count": len(there),
        "repository_selection": "all" if one.repositories is None else "selected",
        "repositories": ask.page(there, lambda r: shapes.repository(ask.world, r)),
    }


def list_user_installations(ask: Ask) -> Json:
    ask.person()
    there = ask.caller.installations()
    return {
        "total_count": len(there),
        "installations": ask.page(there, lambda one: shapes.installation(ask.world, one)),
    }


def list_user_installation_repositories(ask: Ask) -> Json:
    ask.person()
    number = ask.number("id")
    one = next((it for it in ask.caller.installations() if it.id == number), None)
    if one is None:
        raise not_found()
    there = _of(ask, one)
    return {
        "total_count": len(there),
        "repository_selection": "all" if one.repositories is None else "selected",
        "repositories": ask.page(there, lambda r: shapes.repository(ask.world, r)),
    }


ROUTES: dict[tuple[str, str], Any] = {
    ("GET", "app"): show_app,
    ("GET", "app/installations"): list_installations,
    ("GET", "app/installations/{id}"): show_installation,
    ("POST", "app/installations/{id}/access_tokens"): make_token,
    ("DELETE", "installation/token"): revoke_token,
    ("GET", "orgs/{org}/installation"): show_installation_of,
    ("GET", "users/{user}/installation"): show_installation_of,
    ("GET", "repos/{owner}/{name}/installation"): show_installation_of,
    ("GET", "installation/repositories"): list_installation_repositories,
    ("GET", "user/installations"): list_user_installations,
    ("GET", "user/installations/{id}/repositories"): list_user_installation_repositories,
}
