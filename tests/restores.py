"""Backups and what comes after them, for tests: a second life of the same workspace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bot.app import Roles, backups, open_services, open_store
from bot.settings import Settings
from storage.backups import Manifest
from storage.restores import Restored
from tests.databases import TestDatabase
from tests.house.tenants import connected
from tests.stage import Stage, playing

WORKSPACES = ("T0000ONE", "T0000TWO")


def settings_of(database: TestDatabase, settings: Settings) -> Settings:
    """The same settings with another database."""
    return settings.model_copy(
        update={
            "database_url": SecretStr(database.app_url),
            "database_admin_url": SecretStr(database.admin_url),
            "database_backup_url": SecretStr(database.superuser_url),
        }
    )


def bare_settings(database: TestDatabase, **more: Any) -> Settings:
    given = Settings(_env_file=None).model_copy(update=more)  # type: ignore[call-arg]
    return settings_of(database, given)


async def fill(database: TestDatabase) -> None:
    """Two workspaces with a person and a finished message each."""
    async with connected(database.superuser_url) as superuser:
        for workspace_id in WORKSPACES:
            await superuser.execute(
                "INSERT INTO workspace_routes (workspace_id, installed_at) VALUES ($1, now())",
                workspace_id,
            )
            await superuser.execute(
                "INSERT INTO workspaces (workspace_id, name, bot_user_id) VALUES ($1, 'W', 'UB')",
                workspace_id,
            )
            await superuser.execute(
                "INSERT INTO members (workspace_id, slack_user_id, name) VALUES ($1, 'U1', 'Ann')",
                workspace_id,
            )


def contents(folder: Path) -> dict[str, bytes]:
    """Every file in a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def silently(_: str) -> None:
    """For whoever wants to hear no progress."""


async def backed_up(stage: Stage, database: TestDatabase, folder: Path) -> Path:
    file = folder / "hunch.backup"
    await back_up(settings_of(database, stage.services.settings), file)
    return file


async def back_up(settings: Settings, file: Path) -> Manifest:
    return await backups.back_up(settings, file, tell=silently)


async def restore(settings: Settings, file: Path) -> Restored:
    return await backups.restore(settings, file, tell=silently)


@asynccontextmanager
async def working(stage: Stage, roles: Roles = Roles.ALL) -> AsyncIterator[None]:
    """Processes run for a while, on a stage on which none did."""
    async with playing(replace(stage, stop=asyncio.Event()), roles):
        yield


@asynccontextmanager
async def restored(stage: Stage, target: TestDatabase, file: Path) -> AsyncIterator[Stage]:
    """The same workspace and people with the database of the backup, nobody working yet."""
    settings = settings_of(target, stage.services.settings)
    await restore(settings, file)
    async with (
        open_store(settings) as store,
        open_services(settings, store, now=stage.clock.now) as services,
    ):
        yield replace(stage, services=services)
