"""Who calls the API, by the token or the App's own signature, and what that opens."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from playground.github.records import App, Installed, Repository, Token
from playground.github.refusals import Refused, bad_credentials, suspended
from playground.github.world import World

_LONGEST_JWT_S = 600
_DRIFT_S = 60
_EXPIRED = (
    "'Expiration time' claim ('exp') must be a numeric value representing the future time at "
    "which the assertion expires"
)
_TOO_FAR = "'Expiration time' claim ('exp') is too far in the future"
_ISSUED = (
    "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was "
    "issued"
)


@dataclass(frozen=True, slots=True)
class Caller:
    """An App by its key, one of its installations, or a person by a token."""

    world: World
    app: App | None = None
    installation: Installed | None = None
    token: Token | None = None

    @property
    def login(self) -> str:
        """As whom it acts."""
        if self.token is not None and self.token.login:
            return self.token.login
        return self.app.bot if self.app else ""

    @property
    def is_person(self) -> bool:
        return self.token is not None and bool(self.token.login)

    @property
    def bucket(self) -> str:
        """Whose limits these calls count for."""
        if self.installation is not None:
            return f"installation ID {self.installation.id}"
        return f"user ID {self.login}"

    @property
    def kind(self) -> str:
        """What it is called when something is out of its reach."""
        fine_grained = self.token is not None and self.token.value.startswith("github_pat_")
        return "personal access token" if fine_grained else "integration"

    def headers(self) -> dict[str, str]:
        """What every answer says of a fine-grained token: when it ends."""
        if self.token is None or not self.token.owner or not self.token.expires_at:
            return {}
        ends_at = datetime.fromtimestamp(self.token.expires_at, UTC)
        said = ends_at.strftime("%Y-%m-%d %H:%M:%S UTC")
        return {"GitHub-Authentication-Token-Expiration": said}

    def can(self, permission: str) -> bool:
        """Whether it was given this permission, to read."""
        given = self._permissions()
        return given is None or permission in given

    def belongs_to(self, login: str) -> bool:
        """Whether it was let into this account, and not only sees what is public of it."""
        if self.installation is not None:
            return self.installation.account == login
        if self.token is not None and self.token.app_id:
            return any(one.account == login for one in self.installations())
        return self.token is not None and self.token.owner == login

    def _permissions(self) -> dict[str, str] | None:
        if self.installation is not None:
            given = self.installation.permissions
            only = self.token.permissions if self.token is not None else {}
            return {key: one for key, one in given.items() if not only or key in only}
        if self.token is not None and self.token.app_id:
            app = self.world.bots(self.token.app_id)
            return app.permissions if app else {}
        return self.token.permissions if self.token is not None else None

    def must(self, permission: str) -> None:
        """Raises Refused (403) without this permission."""
        if not self.can(permission):
            raise Refused(
                403,
                f"Resource not accessible by {self.kind}",
                headers={"X-Accepted-GitHub-Permissions": f"{permission}=read"},
            )

    def sees(self, repository: Repository) -> bool:
        """Whether the repository is there for it."""
        return not repository.deleted and (not repository.private or self.was_given(repository))

    def was_given(self, repository: Repository) -> bool:
        """Whether the repository is one of those that it was let into."""
        if self.installation is not None:
            return self.installation.covers(repository) and self._names(repository)
        if self.token is None:
            return False
        if self.token.app_id:
            return any(one.covers(repository) for one in self._installations(self.token.app_id))
        return repository.owner == self.token.owner and self._names(repository)

    def _names(self, repository: Repository) -> bool:
        """Whether the token is for this repository, among those of its account."""
        only = self.token.repositories if self.token is not None else None
        return only is None or repository.origin in only

    def _installations(self, app_id: int) -> list[Installed]:
        """Installations of an App in organisations of the person."""
        found = []
        for one in self.world.installations:
            if one.app_id == app_id and not one.removed and one.suspended_at is None:
                account = self.world.accounts.find(one.account.lower())
                if account is not None and self.login in (account.login, *account.members):
                    found.append(one)
        return found

    def installations(self) -> list[Installed]:
        """Where the App is that a person signed in to, of what they may see."""
        return self._installations(self.token.app_id) if self.token is not None else []


def identify(world: World, authorization: str) -> Caller:
    """Tell who calls by the header; raises Refused."""
    scheme, _, value = authorization.partition(" ")
    value = value.strip()
    if scheme.lower() not in ("bearer", "token") or not value:
        raise Refused(401, "Requires authentication")
    return _by_jwt(world, value) if value.count(".") == 2 else _by_token(world, value)


def _by_token(world: World, value: str) -> Caller:
    token = world.tokens.find(value)
    if token is None or token.revoked:
        raise bad_credentials()
    if token.expires_at and token.expires_at <= world.state.clock.now():
        raise bad_credentials()
    if not token.installation_id:
        return Caller(world, world.bots(token.app_id), token=token)
    installation = world.installations.find(str(token.installation_id))
    if installation is None or installation.removed:
        raise bad_credentials()
    if installation.suspended_at is not None:
        raise suspended()
    return Caller(world, world.bots(installation.app_id), installation, token)


def _by_jwt(world: World, value: str) -> Caller:
    try:
        claims: dict[str, Any] = jwt.decode(value, options={"verify_signature": False})
        issuer = str(claims.get("iss", ""))
    except jwt.InvalidTokenError as error:
        raise Refused(401, "A JSON web token could not be decoded") from error
    app = next((one for one in world.apps if issuer in (str(one.id), one.client_id)), None)
    if app is None:
        raise Refused(404, "Integration not found")
    _check(world, value, app, claims)
    return Caller(world, app)


def _check(world: World, value: str, app: App, claims: dict[str, Any]) -> None:
    key = load_pem_private_key(app.private_key.encode(), None).public_key()
    try:
        jwt.decode(
            value,
            key,  # type: ignore[arg-type]  # ours are RSA
            algorithms=["RS256"],
            options={"verify_exp": False, "verify_iat": False, "verify_nbf": False},
        )
    except jwt.InvalidTokenError as error:
        raise Refused(401, "A JSON web token could not be decoded") from error
    # Whoever cannot go by the playground's clock, when it was moved, goes by the real one.
    problems = [_wrong_times(claims, now) for now in (world.state.clock.now(), time.time())]
    if all(problems):
        raise Refused(401, problems[0])


def _wrong_times(claims: dict[str, Any], now: float) -> str:
    issued, expires = claims.get("iat"), claims.get("exp")
    if not isinstance(expires, int) or expires <= now:
        return _EXPIRED
    if not isinstance(issued, int) or issued > now + _DRIFT_S:
        return _ISSUED
    return _TOO_FAR if expires > now + _LONGEST_JWT_S + _DRIFT_S else ""
