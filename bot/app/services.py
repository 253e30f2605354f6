"""Builds what the handlers and jobs share: vault, Slack clients, the desk."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import aiohttp

from bot import failpoints, log
from bot.app.databases import Store
from bot.app.keyrings import open_keyring
from bot.domain.ids import WorkspaceId
from bot.errors import Permanent, Retryable, SecretLocked, SettingsError, Unclear
from bot.integrations.slack import SlackClientsByToken, new_client, new_session, who_owns
from bot.key_files import Keyring
from bot.settings import Settings
from bot.use_cases import installs
from bot.use_cases.outbox import Patience
from handlers.desk import Desk
from storage.vault import PostgresVault

_log = log.get("app.services")
# So long, because each look leaves an audit event.
_TOKEN_IS_FRESH_S = 60.0


class Tokens:
    """Each workspace's bot token from the vault, remembered for a moment."""

    def __init__(self, store: Store, vault: PostgresVault) -> None:
        self._store = store
        self._vault = vault
        self._known: dict[WorkspaceId, tuple[float, str]] = {}
        self._lent: dict[WorkspaceId, str] = {}

    def lend(self, workspace_id: WorkspaceId, token: str) -> None:
        """Use this token where the stored one cannot be opened, for as long as this process lives."""
        self._lent[workspace_id] = token

    async def of(self, workspace_id: WorkspaceId) -> str | None:
        """None where Hunch is not installed. Raises Permanent when no key opens the token."""
        known = self._known.get(workspace_id)
        if known is not None and time.monotonic() - known[0] < _TOKEN_IS_FRESH_S:
            return known[1]
        token = await self._read(workspace_id)
        if token is not None:
            self._known[workspace_id] = (time.monotonic(), token)
        return token

    async def _read(self, workspace_id: WorkspaceId) -> str | None:
        try:
            return await installs.bot_token(self._store.database, workspace_id, vault=self._vault)
        except SecretLocked as error:
            if workspace_id not in self._lent:
                raise Permanent("secret_locked") from error
            return self._lent[workspace_id]


@dataclass(frozen=True, slots=True)
class Services:
    """Everything one process needs, built once."""

    settings: Settings
    store: Store
    session: aiohttp.ClientSession
    keys: Keyring
    vault: PostgresVault
    tokens: Tokens
    slacks: SlackClientsByToken
    desk: Desk
    now: Callable[[], datetime]
    patience: Patience


@asynccontextmanager
async def open_services(
    settings: Settings, store: Store, *, now: Callable[[], datetime] | None = None
) -> AsyncIterator[Services]:
    """Build the adapters over an open database; they close with the block.

    `now` gives aware UTC: the one clock of everything that is decided here; by default the
    store's.
    """
    now = now or store.time.now
    failpoints.arm(settings.armed_failpoints)
    keys = await open_keyring(settings, store)
    vault = PostgresVault(keys, now=now)
    tokens = Tokens(store, vault)
    async with new_session() as session:
        patience = Patience().times(settings.patience)
        slacks = SlackClientsByToken(
            tokens.of,
            api_url=settings.slack_api_url,
            session=session,
            now=now,
            within_s=patience.request.total_seconds(),
        )
        desk = Desk(store.database, vault, slacks, now)
        yield Services(settings, store, session, keys, vault, tokens, slacks, desk, now, patience)


async def register_workspace(services: Services) -> WorkspaceId | None:
    """Make the workspace of SLACK_BOT_TOKEN known; None when no token is set.

    Raises SettingsError when Slack does not accept the token or cannot be reached.
    """
    settings = services.settings
    if settings.slack_bot_token is None:
        return None
    token = settings.slack_bot_token.get_secret_value()
    client = new_client(token, api_url=settings.slack_api_url, session=services.session)
    try:
        owner = await who_owns(client)
    except Permanent as error:
        raise SettingsError(
            f"SLACK_BOT_TOKEN: Slack says {error.reason}. Copy the token anew from the app's page."
        ) from error
    except (Retryable, Unclear) as error:
        raise SettingsError(
            f"SLACK_API_URL: Slack cannot be reached ({error}). Check the network and try again."
        ) from error
    async with services.store.database.transaction(owner.workspace_id, name="register") as tx:
        kept = await installs.register(tx, owner, token, vault=services.vault, now=services.now())
    if not kept:
        services.tokens.lend(owner.workspace_id, token)
        advice = "no key opens the stored token, so SLACK_BOT_TOKEN is used and nothing is written"
        _log.warning("workspace.token_locked", workspace_id=owner.workspace_id, advice=advice)
    _log.info("workspace.registered", workspace_id=owner.workspace_id, bot=owner.bot_user_id)
    return owner.workspace_id
