"""The ways into GitHub in use: one client a connection, its credential read when it is needed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import aiohttp

from bot.app.databases import Store
from bot.domain.connections import Connection, ConnectionKind, ConnectionState, Finding
from bot.domain.ids import WorkspaceId
from bot.errors import Permanent, SecretLocked
from bot.integrations.github.app import InstallationTokens
from bot.integrations.github.client import (
    AppKey,
    Credential,
    GitHubClient,
    GivenToken,
    InstallationToken,
)
from bot.integrations.github.credentials import look_at_installation, look_at_token
from bot.ports import Vault
from bot.ports.github import CredentialCheck, CredentialState
from bot.use_cases import connections
from bot.views.connections import cannot_ask, what_to_do

# So long, because each look leaves an audit event.
_FRESH_S = 60.0
_STATES = {
    ConnectionState.ACTIVE: CredentialState.VALID,
    ConnectionState.SUSPENDED: CredentialState.SUSPENDED,
    ConnectionState.SCOPE_MISSING: CredentialState.SCOPE_MISSING,
    ConnectionState.REMOVED: CredentialState.REVOKED,
    ConnectionState.REVOKED: CredentialState.REVOKED,
}
_REASONS = {ConnectionState.REMOVED: "gone"}
_BLAMED = frozenset({"revoked", "suspended", "scope_missing", "gone"})


@dataclass(frozen=True, slots=True)
class GitHubApp:
    """Our App as the settings know it."""

    app_id: int
    private_key: str = field(repr=False)


class GitHubsByConnection:
    """See `bot.ports.github.GitHubClients`. `app` is None where GITHUB_APP_ID is not set.

    Whatever GitHub refuses because of the credential has it looked at, by a job, once a minute at
    most: the look decides what is kept and told, not the refusal.
    """

    def __init__(
        self,
        store: Store,
        vault: Vault,
        app: GitHubApp | None,
        *,
        api_url: str,
        session: aiohttp.ClientSession,
        now: Callable[[], datetime],
    ) -> None:
        self._db = store.database
        self._vault = vault
        self._app = app
        self._api_url = api_url
        self._session = session
        self._now = now
        self._watch = store.watch
        self._clients: dict[tuple[WorkspaceId, int], tuple[Connection, GitHubClient]] = {}
        self._looked: dict[tuple[WorkspaceId, int], float] = {}
        self._tokens = self._installation_tokens()
        self._as_app = self._app_client()

    def for_app(self) -> GitHubClient | None:
        return self._as_app

    def for_installation(self, installation_id: int) -> GitHubClient:
        """An installation that belongs to no workspace yet. Raises Permanent without an App."""
        if self._tokens is None:
            raise Permanent("no_app")
        return self._new(InstallationToken(self._tokens, installation_id))

    async def look_at_installation(self, installation_id: int) -> Finding:
        """How it stands with an installation that is not kept yet. Raises Retryable, Permanent."""
        if self._as_app is None:
            raise Permanent("no_app")
        return await look_at_installation(self._as_app, installation_id)

    async def for_connection(self, workspace_id: WorkspaceId, connection_id: int) -> GitHubClient:
        found = await self._find(workspace_id, connection_id)
        if not found.opens:
            raise Permanent(_REASONS.get(found.state, found.state.value))
        return self._client(workspace_id, found)

    async def check(self, workspace_id: WorkspaceId, connection_id: int) -> CredentialCheck:
        found, asked_at = await self._find(workspace_id, connection_id), self._now()
        try:
            finding = await self.look(workspace_id, found)
        except Permanent as error:
            return CredentialCheck(found.name, CredentialState.MISSING, cannot_ask(error.reason))
        async with self._db.transaction(workspace_id, name="settle_connection") as tx:
            kept = await connections.settle(tx, connection_id, finding, now=asked_at)
        if kept is None:
            raise Permanent("gone")
        return self._told(kept)

    async def look(self, workspace_id: WorkspaceId, found: Connection) -> Finding:
        """Ask GitHub how it stands with a connection. Raises Retryable; keeps nothing."""
        if found.kind is ConnectionKind.TOKEN:
            return await look_at_token(self._client(workspace_id, found), found.account)
        assert found.installation_id is not None, "an App's connection has one"
        return await self.look_at_installation(found.installation_id)

    async def look_at_new_token(self, token: str, account: str) -> Finding:
        """The same for a token that is not kept yet."""
        return await look_at_token(self._new(GivenToken(token)), account)

    def _told(self, found: Connection) -> CredentialCheck:
        state = _STATES[found.state]
        if state is CredentialState.VALID and found.ends_soon(self._now()):
            day = f"{found.expires_at:%Y-%m-%d}"
            fix = f"The token for {found.account} ends on {day}; make a new one before."
            return CredentialCheck(found.name, CredentialState.EXPIRES_SOON, fix)
        fix = what_to_do(found.kind, found.state, found.account, found.missing)
        return CredentialCheck(found.name, state, fix)

    async def _find(self, workspace_id: WorkspaceId, connection_id: int) -> Connection:
        async with self._db.transaction(workspace_id, name="read_connection") as tx:
            found = await connections.find(tx, connection_id)
        if found is None:
            raise Permanent("gone")
        return found

    def _client(self, workspace_id: WorkspaceId, found: Connection) -> GitHubClient:
        """The connection's client, the same until it is reached in another way."""
        key = workspace_id, found.connection_id
        known = self._clients.get(key)
        if known is not None and known[0].way == found.way:
            return known[1]
        client = self._new(self._credential(workspace_id, found), key)
        self._clients[key] = found, client
        return client

    def _credential(self, workspace_id: WorkspaceId, found: Connection) -> Credential:
        if found.kind is ConnectionKind.TOKEN:
            return _Kept(self, workspace_id, found.connection_id)
        if self._tokens is None or found.installation_id is None:
            raise Permanent("no_app")
        return InstallationToken(self._tokens, found.installation_id)

    def _new(
        self, credential: Credential, key: tuple[WorkspaceId, int] | None = None
    ) -> GitHubClient:
        async def blame(reason: str) -> None:
            if key is not None and reason in _BLAMED:
                await self._look_again(*key)

        return GitHubClient(
            credential,
            api_url=self._api_url,
            session=self._session,
            now=self._now,
            watch=self._watch,
            on_refusal=blame,
        )

    async def _look_again(self, workspace_id: WorkspaceId, connection_id: int) -> None:
        key, at = (workspace_id, connection_id), time.monotonic()
        if at - self._looked.get(key, -_FRESH_S) < _FRESH_S:
            return
        async with self._db.transaction(workspace_id, name="doubt_connection") as tx:
            await connections.look_again(tx, connection_id)
        self._looked[key] = at

    async def read_token(self, workspace_id: WorkspaceId, connection_id: int) -> str:
        """The stored token. Raises Permanent where there is none, or no key opens it."""
        async with self._db.transaction(workspace_id, name="read_github_token") as tx:
            try:
                value = await connections.read_token(tx, connection_id, vault=self._vault)
            except SecretLocked:
                locked = True
            else:
                locked = False
        if locked or value is None:
            raise Permanent("secret_locked" if locked else "gone")
        return value

    def _installation_tokens(self) -> InstallationTokens | None:
        if self._app is None:
            return None
        return InstallationTokens(
            self._app.app_id,
            self._app.private_key,
            api_url=self._api_url,
            session=self._session,
            now=self._now,
            watch=self._watch,
        )

    def _app_client(self) -> GitHubClient | None:
        if self._app is None:
            return None
        return GitHubClient(
            AppKey(),
            api_url=self._api_url,
            session=self._session,
            now=self._now,
            watch=self._watch,
            app=(str(self._app.app_id), self._app.private_key),
        )


class _Kept:
    """A token from the vault, remembered for a moment."""

    def __init__(
        self, githubs: GitHubsByConnection, workspace_id: WorkspaceId, connection_id: int
    ) -> None:
        self._githubs = githubs
        self._key = workspace_id, connection_id
        self._known: tuple[float, str] | None = None

    async def token(self) -> str:
        if self._known is None or time.monotonic() > self._known[0]:
            value = await self._githubs.read_token(*self._key)
            self._known = time.monotonic() + _FRESH_S, value
        return self._known[1]

    def refused(self) -> bool:
        self._known = None
        return True
