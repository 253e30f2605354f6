"""How far Hunch has come on this machine: for those who ask what to do next."""

from __future__ import annotations

from dataclasses import dataclass

import aiohttp

from bot.app.databases import has_database
from bot.app.services import Services, open_existing
from bot.domain.connections import Service
from bot.domain.ids import WorkspaceId
from bot.domain.installs import Install, InstallState, is_org
from bot.settings import Settings
from bot.use_cases import games
from bot.use_cases.connections import list_connections
from bot.use_cases.installs import list_installs

_EVERYWHERE = (
    "0.0.0.0",  # nosec B104
    "::",
)
_PATIENCE_S = 2.0


@dataclass(frozen=True, slots=True)
class Standing:
    """One workspace: what of Slack, GitHub and the game is there."""

    workspace_id: WorkspaceId
    name: str
    slack_works: bool
    github_connected: bool
    game_on: bool


async def list_standings(settings: Settings) -> tuple[Standing, ...]:
    """How every workspace stands that has not left; none where Hunch never started.

    Raises SettingsError when the database does not answer.
    """
    if not has_database(settings):
        return ()
    async with open_existing(settings) as services:
        return tuple(
            [
                await _standing(services, install)
                for install in await list_installs(services.store.database)
                if install.state is not InstallState.UNINSTALLED
                and not is_org(install.workspace_id)
            ]
        )


async def _standing(services: Services, install: Install) -> Standing:
    async with services.store.database.transaction(
        install.workspace_id, name="read_standing"
    ) as tx:
        connections = await list_connections(tx, vault=services.vault)
        game = await games.read(tx)
    slack = [one.connected for one in connections if one.service is Service.SLACK]
    return Standing(
        install.workspace_id,
        install.name,
        slack_works=install.state is InstallState.INSTALLED and all(slack),
        github_connected=any(one.service is not Service.SLACK for one in connections),
        game_on=game.switched_on_at is not None,
    )


async def is_running(settings: Settings) -> bool:
    """Whether a Hunch answers where one with these settings would."""
    host = "127.0.0.1" if settings.host in _EVERYWHERE else settings.host
    url = f"http://{host}:{settings.port}/health/live"
    timeout = aiohttp.ClientTimeout(_PATIENCE_S)
    try:
        async with (
            aiohttp.ClientSession(trust_env=False, timeout=timeout) as session,
            session.get(url) as answer,
        ):
            return answer.status == 200 and bool((await answer.json()).get("ok"))
    except (OSError, TimeoutError, ValueError, AttributeError, aiohttp.ClientError):
        return False
