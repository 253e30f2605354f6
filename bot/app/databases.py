"""Finds or starts PostgreSQL, brings its schema up to date, and opens the application's login."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import asyncpg

from bot import log
from bot.app.times import Time
from bot.domain.ids import WorkspaceId
from bot.errors import DatabaseAway, DatabaseFull, DatabaseReadOnly, SettingsError, UserError
from bot.settings import Settings
from bot.tracing import spans_to
from bot.watch import Watch
from jobs.engine import enqueue_ahead, install
from storage.database import DRIVER_ERRORS, PostgresDatabase, login_of, open_pool, translated
from storage.departures import purge
from storage.embedded import is_made, start_embedded
from storage.migrations import migrate

_log = log.get("app.databases")
# A ValueError is what the driver makes of a URL it cannot read.
_WRONG = (DatabaseAway, *DRIVER_ERRORS, ValueError)


@dataclass(frozen=True, slots=True)
class Store:
    """An open database: `pool` is the application's login, `app_url` how to reach it, `admin_url`
    the owner's.

    `watch` holds this process's metrics and traces. `time` is what Hunch goes by; PostgreSQL,
    which says which jobs are due, has the real time.
    """

    pool: asyncpg.Pool
    database: PostgresDatabase
    app_url: str
    admin_url: str
    time: Time = field(default_factory=Time)
    watch: Watch = field(default_factory=Watch)

    async def connect(self) -> asyncpg.Connection:
        """A connection of a worker's own."""
        return await asyncpg.connect(self.app_url, timeout=10)

    async def purge(self, workspace_id: WorkspaceId, before: datetime) -> bool:
        """Delete all of a workspace that left before then, with the owner's login."""
        owner = await asyncpg.connect(
            self.admin_url, timeout=10, server_settings={"search_path": "hunch"}
        )
        try:
            return await purge(owner, workspace_id, before=before)
        finally:
            await owner.close()


def has_database(settings: Settings) -> bool:
    """Whether there is a database to open, rather than one to be made by the first start."""
    return settings.database_url is not None or is_made(settings.data_dir)


def need_database(settings: Settings) -> None:
    """For whatever may not make one: a command in the wrong directory is no first start.

    Raises UserError with what to do where there is no database.
    """
    if not has_database(settings):
        raise UserError(
            f"There is no Hunch in {settings.data_dir.resolve()} yet. Start it with `hunch run`, "
            "or set HUNCH_DATA_DIR (or DATABASE_URL) to where it is."
        )


@asynccontextmanager
async def addresses(settings: Settings) -> AsyncIterator[tuple[str, str]]:
    """The application's and the owner's URL; starts our own PostgreSQL if there is no other."""
    if settings.database_url is not None:
        app_url = settings.database_url.get_secret_value()
        admin = settings.database_admin_url
        yield app_url, admin.get_secret_value() if admin is not None else app_url
        return
    async with await start_embedded(settings.data_dir) as server:
        yield server.app_url, server.admin_url


@asynccontextmanager
async def open_store(settings: Settings, *, time: Time | None = None) -> AsyncIterator[Store]:
    """A database that is up to date and open.

    Raises SettingsError when a URL, login or version is wrong, UserError when the schema is newer
    than this version.
    """
    async with addresses(settings) as (app_url, admin_url):
        with explaining(settings):
            await _upgrade(app_url, admin_url, with_post=False)
            pool = await open_pool(app_url)
        try:
            time, watch = time or Time(), open_watch(settings)
            database = PostgresDatabase(pool, enqueue_ahead(time.ahead), watch)
            yield Store(pool, database, app_url, admin_url, time, watch)
            await watch.close()
        finally:
            await pool.close()


def open_watch(settings: Settings) -> Watch:
    """Metrics always, traces where there is a collector to send them to."""
    endpoint = settings.otlp_endpoint
    return Watch(spans_to(endpoint) if endpoint is not None else None)


async def upgrade(settings: Settings, *, with_post: bool) -> tuple[str, ...]:
    """Apply the missing migrations; returns their names."""
    async with addresses(settings) as (app_url, admin_url):
        with explaining(settings):
            return await _upgrade(app_url, admin_url, with_post=with_post)


async def _upgrade(app_url: str, admin_url: str, *, with_post: bool) -> tuple[str, ...]:
    role = await login_of(app_url)
    applied = await migrate(
        admin_url, role, install_jobs=partial(install, role=role), with_post=with_post
    )
    for name in applied:
        _log.info("migration.applied", name=name)
    return applied


@contextmanager
def explaining(settings: Settings) -> Iterator[None]:
    """Whatever keeps us from the database is said in one line, as a SettingsError."""
    try:
        yield
    except _WRONG as error:
        raise _unreachable(settings, error) from error


def _unreachable(settings: Settings, error: Exception) -> SettingsError:
    """One line without the URL, which holds a password."""
    trouble = translated(error)
    if isinstance(trouble, DatabaseFull | DatabaseReadOnly):
        return SettingsError(f"DATABASE_URL: {trouble.advice}")
    if settings.database_url is None:
        return SettingsError(f"HUNCH_DATA_DIR: our PostgreSQL does not answer ({error}).")
    # What is wrong with a URL would quote it.
    said = "the URL cannot be read" if isinstance(error, ValueError) else str(error)
    return SettingsError(
        f"DATABASE_URL: PostgreSQL does not answer ({type(error).__name__}: {said}). Check that "
        "it runs, and host, port, name and password in DATABASE_URL and DATABASE_ADMIN_URL."
    )
