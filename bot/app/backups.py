"""Backing Hunch up and bringing it back: which logins, which files, and what to say about it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path

import asyncpg

from bot.app.databases import addresses, explaining, need_database
from bot.app.keyrings import key_file, keys_of_environment
from bot.crypto import Cipher
from bot.settings import Settings
from jobs.engine import install
from storage.backups import Manifest, check_target
from storage.backups import back_up as write_backup
from storage.database import login_of
from storage.dumps import Tell
from storage.embedded import start_embedded
from storage.migrations import bring_up
from storage.restores import Restored, restore_backup


async def back_up(settings: Settings, path: Path, *, tell: Tell) -> Manifest:
    """Write a backup to `path`, while Hunch runs or rests; over an older one at most.

    Raises UserError with what to do.
    """
    check_target(path)
    need_database(settings)
    now = datetime.now(UTC)
    async with _seeing_everything(settings) as url:
        with explaining(settings):
            return await write_backup(url, path, hunch=version("hunch"), now=now, tell=tell)


async def restore(settings: Settings, path: Path, *, tell: Tell) -> Restored:
    """Bring a backup back into an empty database. Raises UserError with what to do."""
    async with addresses(settings) as (app_url, admin_url):
        with explaining(settings):
            return await _restore(settings, path, app_url, admin_url, tell)


def key_ids(settings: Settings) -> tuple[str, ...]:
    """The ids of the keys that are at hand here."""
    file = key_file(settings)
    if file is None:
        return Cipher(keys_of_environment(settings)).key_ids
    return file.cipher().key_ids if file.exists() else ()


async def _restore(
    settings: Settings, path: Path, app_url: str, admin_url: str, tell: Tell
) -> Restored:
    role = await login_of(app_url)

    async def migrate(connection: asyncpg.Connection) -> tuple[str, ...]:
        installing = partial(install, role=role)
        return await bring_up(connection, role, install_jobs=installing, with_post=False)

    return await restore_backup(
        admin_url,
        path,
        bring_up=migrate,
        now=datetime.now(UTC),
        vacate=_how_to_vacate(settings),
        tell=tell,
    )


@asynccontextmanager
async def _seeing_everything(settings: Settings) -> AsyncIterator[str]:
    """The URL of a login that row-level security does not hold back."""
    if settings.database_url is None:
        async with await start_embedded(settings.data_dir) as server:
            yield server.backup_url
        return
    urls = (settings.database_backup_url, settings.database_admin_url, settings.database_url)
    yield next(url.get_secret_value() for url in urls if url is not None)


def _how_to_vacate(settings: Settings) -> str:
    if settings.database_url is None:
        return (
            f"Stop Hunch, move {settings.data_dir / 'postgres'} away (leave encryption.key where "
            "it is), and restore again."
        )
    return (
        "Make an empty database that belongs to DATABASE_ADMIN_URL's login and set both URLs to "
        "it; or, if you need nothing of what is there, DROP SCHEMA hunch, pgqueuer CASCADE."
    )
