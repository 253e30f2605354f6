"""Asks the embedded PostgreSQL whether it is there, and gives it Hunch's logins and database."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlencode

import asyncpg

from bot.errors import SettingsError
from storage.embedded.clusters import SUPERUSER

ADMIN = "hunch_admin"
APP = "hunch_app"
DATABASE = "hunch"

_CONNECT_S = 5.0
# Everything a client would otherwise look up in the user's environment (PGPORT, PGSSLMODE …).
_PINNED = {
    "port": "5432",
    "sslmode": "disable",
    "sslnegotiation": "postgres",
    "gsslib": "gssapi",
    "target_session_attrs": "any",
}

_COMPLETE = """
    SELECT (SELECT count(*) FROM pg_roles WHERE rolname IN ('hunch_admin', 'hunch_app')) = 2
       AND EXISTS (SELECT FROM pg_database WHERE datname = 'hunch')
"""
_ADD_ADMIN = """
    CREATE ROLE hunch_admin LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
"""
_ADD_APP = """
    CREATE ROLE hunch_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
"""
_ADD_DATABASE = "CREATE DATABASE hunch OWNER hunch_admin"
_CLOSE_DATABASE = "REVOKE ALL ON DATABASE hunch FROM PUBLIC"
_OPEN_DATABASE = "GRANT CONNECT, TEMPORARY ON DATABASE hunch TO hunch_app"


class Standing(StrEnum):
    """What a connection attempt tells about the server."""

    READY = "ready"
    BUSY = "busy"  # it lives, but lets nobody in yet or any more
    AWAY = "away"  # nobody listens


@dataclass(frozen=True, slots=True)
class EmbeddedServer:
    """How to reach the server; each URL is complete, so no PG… variable of the user matters.

    `app_url` is the application's login (owns nothing), `admin_url` the owner's (migrations),
    `superuser_url` is for the template databases of tests, `backup_url` sees every workspace.
    """

    app_url: str
    admin_url: str
    superuser_url: str
    backup_url: str


def server_at(run: Path) -> EmbeddedServer:
    """The URLs of the server whose socket is in `run`."""
    query = urlencode({"host": str(run), **_PINNED}, safe="/")
    app, admin, superuser = (f"postgresql://{who}@/" for who in (APP, ADMIN, SUPERUSER))
    return EmbeddedServer(
        app_url=f"{app}{DATABASE}?{query}",
        admin_url=f"{admin}{DATABASE}?{query}",
        superuser_url=f"{superuser}{SUPERUSER}?{query}",
        backup_url=f"{superuser}{DATABASE}?{query}",
    )


async def standing(server: EmbeddedServer) -> Standing:
    """Try to connect; nothing else tells for sure whether the server lives."""
    try:
        connection = await asyncpg.connect(server.superuser_url, timeout=_CONNECT_S)
    except (asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError, TimeoutError):
        return Standing.BUSY
    except (asyncpg.PostgresConnectionError, ConnectionResetError, BrokenPipeError):
        return Standing.BUSY
    except OSError:
        return Standing.AWAY
    except asyncpg.PostgresError as error:
        raise SettingsError(
            f"The embedded PostgreSQL does not let Hunch in ({error}). Undo what was changed in "
            "its pg_hba.conf or roles, or set DATABASE_URL."
        ) from error
    await connection.close()
    return Standing.READY


async def ensure_roles(server: EmbeddedServer) -> None:
    """Add what is missing of Hunch's logins and database; call it under the start lock."""
    connection = await asyncpg.connect(server.superuser_url, timeout=_CONNECT_S)
    try:
        if not await connection.fetchval(_COMPLETE):
            await _add_missing(connection)
    finally:
        await connection.close()


async def _add_missing(connection: asyncpg.Connection) -> None:
    for statement in (_ADD_ADMIN, _ADD_APP, _ADD_DATABASE):
        with suppress(asyncpg.DuplicateObjectError, asyncpg.DuplicateDatabaseError):
            await connection.execute(statement)
    await connection.execute(_CLOSE_DATABASE)
    await connection.execute(_OPEN_DATABASE)
