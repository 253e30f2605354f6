"""Builds what the handlers and jobs share: vault, Slack clients, the desk."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import aiohttp

from bot import failpoints, log
from bot.app.databases import Store, need_database, open_store
from bot.app.githubs import GitHubApp, GitHubsByConnection
from bot.app.keyrings import open_keyring
from bot.app.tokens import SlackTokens
from bot.domain.ids import WorkspaceId
from bot.errors import Permanent, Retryable, SettingsError, Unclear
from bot.integrations.github.oauth import GitHubPagesOfApp
from bot.integrations.slack import (
    SlackAppOAuth,
    SlackClientsByToken,
    new_client,
    new_session,
    who_owns,
)
from bot.key_files import Keyring
from bot.ports import SlackOAuth
from bot.settings import Settings
from bot.use_cases import installs
from bot.use_cases.outbox import Patience
from handlers.counts import Refusals
from handlers.desk import Desk
from jobs import registry
from jobs.pipelines import Pipeline
from storage.vault import PostgresVault

_log = log.get("app.services")
_UNSET = "copy SLACK_BOT_TOKEN anew, or unset it if its workspace installed Hunch by OAuth"


@dataclass(frozen=True, slots=True)
class Services:
    """Everything one process needs, built once."""

    settings: Settings
    store: Store
    session: aiohttp.ClientSession
    keys: Keyring
    vault: PostgresVault
    oauth: SlackOAuth | None
    tokens: SlackTokens
    slacks: SlackClientsByToken
    githubs: GitHubsByConnection
    pipelines: Sequence[Pipeline]
    desk: Desk
    now: Callable[[], datetime]
    patience: Patience


@asynccontextmanager
async def open_services(
    settings: Settings,
    store: Store,
    *,
    now: Callable[[], datetime] | None = None,
    makes_key: bool = True,
) -> AsyncIterator[Services]:
    """Build the adapters over an open database; they close with the block.

    `makes_key` says whether the very first key is made here.

    `now` gives aware UTC: the one clock of everything that is decided here; by default the
    store's.
    """
    now = now or store.time.now
    failpoints.arm(settings.armed_failpoints)
    keys = await open_keyring(settings, store, makes_key=makes_key)
    vault = PostgresVault(keys, now=now)
    async with new_session() as session:
        patience = Patience().times(settings.patience)
        oauth = _oauth(settings, store, session)
        tokens = SlackTokens(store, vault, oauth, now=now)
        slacks = SlackClientsByToken(
            tokens,
            api_url=settings.slack_api_url,
            session=session,
            now=now,
            within_s=patience.request.total_seconds(),
            watch=store.watch,
        )
        githubs = GitHubsByConnection(
            store,
            vault,
            github_app(settings),
            api_url=settings.github_api_url,
            session=session,
            now=now,
        )
        refusals = Refusals(store.watch.metrics.refusals)
        pipelines = registry.pipelines(store.database, githubs, now=now)
        desk = Desk(
            store.database,
            vault,
            slacks,
            now,
            refusals,
            store.watch,
            kinds=registry.run_kinds(pipelines),
            github=_github_pages(settings, store, session, githubs, now),
            public_url=settings.public_url,
        )
        try:
            yield Services(
                settings, store, session, keys, vault, oauth, tokens, slacks, githubs, pipelines,
                desk, now, patience,
            )  # fmt: skip
        finally:
            await tokens.close()


@asynccontextmanager
async def open_existing(settings: Settings) -> AsyncIterator[Services]:
    """Open what was started before; makes neither a database nor a key.

    Raises UserError with what to do where there is no database.
    """
    need_database(settings)
    async with (
        open_store(settings) as store,
        open_services(settings, store, makes_key=False) as services,
    ):
        yield services


def _oauth(
    settings: Settings, store: Store, session: aiohttp.ClientSession
) -> SlackAppOAuth | None:
    """Slack's OAuth, where SLACK_CLIENT_ID is set."""
    if settings.slack_client_id is None or settings.slack_client_secret is None:
        return None
    return SlackAppOAuth(
        settings.slack_client_id,
        settings.slack_client_secret.get_secret_value(),
        api_url=settings.slack_api_url,
        session=session,
        watch=store.watch,
    )


def _github_pages(
    settings: Settings,
    store: Store,
    session: aiohttp.ClientSession,
    githubs: GitHubsByConnection,
    now: Callable[[], datetime],
) -> GitHubPagesOfApp | None:
    """GitHub's pages for people, where GITHUB_CLIENT_ID is set."""
    if settings.github_client_id is None or settings.github_client_secret is None:
        return None
    return GitHubPagesOfApp(
        settings.github_client_id,
        settings.github_client_secret.get_secret_value(),
        app=githubs.for_app(),
        as_installation=githubs.for_installation,
        api_url=settings.github_api_url,
        session=session,
        now=now,
        watch=store.watch,
    )


def github_app(settings: Settings) -> GitHubApp | None:
    """Our GitHub App, where GITHUB_APP_ID is set."""
    if settings.github_app_id is None or settings.github_private_key is None:
        return None
    return GitHubApp(settings.github_app_id, settings.github_private_key.get_secret_value())


async def register_workspace(services: Services, *, replace: bool = False) -> WorkspaceId | None:
    """Make the workspace of SLACK_BOT_TOKEN known; None when no token is set.

    A stored token that no key opens is written over only when asked for (`replace`); otherwise
    this process goes by SLACK_BOT_TOKEN and keeps it to itself.

    Raises SettingsError when Slack does not accept the token or cannot be reached. Where others
    come by OAuth, a token that is refused is no reason to leave those alone: then it is logged.
    """
    settings = services.settings
    if settings.slack_bot_token is None:
        return None
    token = settings.slack_bot_token.get_secret_value()
    client = new_client(token, api_url=settings.slack_api_url, session=services.session)
    try:
        owner = await who_owns(client)
    except Permanent as error:
        if services.oauth is not None:
            _log.warning("workspace.token_refused", reason=error.reason, advice=_UNSET)
            return None
        raise SettingsError(
            f"SLACK_BOT_TOKEN: Slack says {error.reason}. Copy the token anew from the app's page."
        ) from error
    except (Retryable, Unclear) as error:
        raise SettingsError(
            f"SLACK_API_URL: Slack cannot be reached ({error}). Check the network and try again."
        ) from error
    async with services.store.database.transaction(owner.workspace_id, name="register") as tx:
        kept = await installs.register(
            tx, owner, token, vault=services.vault, now=services.now(), replace=replace
        )
    if not kept:
        services.tokens.lend(owner.workspace_id, token)
        advice = "no key opens the stored token, so SLACK_BOT_TOKEN is used and nothing is written"
        _log.warning("workspace.token_locked", workspace_id=owner.workspace_id, advice=advice)
    _log.info("workspace.registered", workspace_id=owner.workspace_id, bot=owner.bot_user_id)
    return owner.workspace_id
