"""Brings a database to the schema this version needs: plain SQL files, forward only, checksummed.

Files are named `<number>_<what>.<pre|post>.sql`. `pre` is safe beside the previous version; `post`
runs only when asked for, after the previous version is gone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from bot.errors import SettingsError, UserError
from storage.database import check_version, server_version
from storage.ledgers import applied_migrations

_FOLDER = Path(__file__).parent / "migrations"
_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.(pre|post)\.sql")
_LOCK = 0x48756E6368  # "Hunch": one migrating process at a time
_LEDGER = """
    CREATE SCHEMA IF NOT EXISTS hunch;
    CREATE TABLE IF NOT EXISTS hunch.schema_migrations (
        name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL
    );
"""
_RECORD = "INSERT INTO hunch.schema_migrations (name, checksum, applied_at) VALUES ($1, $2, now())"
_GRANTS = """
    GRANT USAGE ON SCHEMA hunch TO {role};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA hunch TO {role};
    GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA hunch TO {role};
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA hunch TO {role};
    REVOKE INSERT, UPDATE, DELETE ON hunch.schema_migrations FROM {role};
    REVOKE UPDATE, DELETE ON hunch.audits FROM {role};
"""


# Stands from the beginning of a restore to its end; see storage/restores.py.
_RESTORING = "SELECT to_regnamespace('hunch_restoring') IS NOT NULL"

InstallJobs = Callable[[asyncpg.Connection], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its name, phase (`pre` or `post`), statements and SHA-256."""

    name: str
    phase: str
    statements: str
    checksum: str


def migrations(folder: Path = _FOLDER) -> tuple[Migration, ...]:
    """All migrations in order. Raises ValueError for a misnamed file or a number used twice."""
    found = [_read(path) for path in sorted(folder.glob("*.sql"))]
    numbers = [migration.name[:4] for migration in found]
    if len(set(numbers)) != len(numbers):
        raise ValueError(f"two migrations share a number: {numbers}")
    return tuple(found)


def _read(path: Path) -> Migration:
    match = _NAME.fullmatch(path.name)
    if match is None:
        raise ValueError(f"{path.name} is not named <number>_<what>.<pre|post>.sql")
    statements = path.read_text(encoding="utf-8")
    checksum = hashlib.sha256(statements.encode()).hexdigest()
    return Migration(path.name, match[2], statements, checksum)


async def migrate(
    admin_url: str,
    app_role: str,
    *,
    install_jobs: InstallJobs,
    with_post: bool = True,
    wanted: Sequence[Migration] | None = None,
) -> tuple[str, ...]:
    """Apply what is missing and return its names; two processes at once do it once.

    `install_jobs` creates the job engine's own objects first, outside our transactions. Raises
    SettingsError when PostgreSQL is too old or the login may not create, UserError when an
    applied file was changed or the database is newer than this version.
    """
    async with alone(admin_url) as connection:
        if await connection.fetchval(_RESTORING):
            raise UserError(
                "A restore into this database was cut short. Run the same `hunch restore` again: "
                "it clears up and begins anew."
            )
        return await bring_up(
            connection, app_role, install_jobs=install_jobs, with_post=with_post, wanted=wanted
        )


@asynccontextmanager
async def alone(admin_url: str) -> AsyncIterator[asyncpg.Connection]:
    """The owner's connection; whoever else would change the schema meanwhile waits.

    Raises SettingsError when PostgreSQL is too old, or the login may not do what it does.
    """
    connection = await asyncpg.connect(admin_url, timeout=10)
    try:
        check_version(await server_version(connection))
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        yield connection
    except asyncpg.InsufficientPrivilegeError as error:
        raise SettingsError(
            f"DATABASE_ADMIN_URL: this login may not create the schema ({error}). Use the owner "
            "of the database, or GRANT CREATE ON DATABASE to it."
        ) from error
    except asyncpg.ReadOnlySQLTransactionError as error:
        raise SettingsError(
            f"DATABASE_ADMIN_URL: this database is read-only ({error}). Point both URLs at the "
            "primary server, or take away its default_transaction_read_only."
        ) from error
    finally:
        await connection.close()


async def bring_up(
    connection: asyncpg.Connection,
    app_role: str,
    *,
    install_jobs: InstallJobs,
    with_post: bool,
    wanted: Sequence[Migration] | None = None,
) -> tuple[str, ...]:
    """What `migrate` does, on the connection of `alone`."""
    await install_jobs(connection)
    await connection.execute(_LEDGER)
    known = migrations() if wanted is None else wanted
    applied = await applied_migrations(connection)
    _refuse_surprises(known, applied)
    missing = [m for m in known if m.name not in applied and (with_post or m.phase == "pre")]
    for migration in missing:
        await _apply(connection, migration)
    await _grant(connection, app_role)
    return tuple(migration.name for migration in missing)


def _refuse_surprises(known: Sequence[Migration], applied: dict[str, str]) -> None:
    checksums = {migration.name: migration.checksum for migration in known}
    newer = sorted(applied.keys() - checksums.keys())
    if newer:
        raise UserError(
            f"The database has {newer[-1]}, which this version of Hunch does not know: it was "
            "used by a newer one. Start that version, or restore a backup from before it."
        )
    for name, checksum in applied.items():
        if checksums[name] != checksum:
            raise UserError(
                f"The migration {name} was changed after it had been applied. Put the original "
                "file back and write the change as a new migration."
            )


async def _apply(connection: asyncpg.Connection, migration: Migration) -> None:
    async with connection.transaction():
        await connection.execute("SET LOCAL search_path = hunch")
        await connection.execute(migration.statements)
        await connection.execute(_RECORD, migration.name, migration.checksum)


async def _grant(connection: asyncpg.Connection, app_role: str) -> None:
    if app_role == await connection.fetchval("SELECT current_user"):
        return
    role = await connection.fetchval("SELECT quote_ident($1)", app_role)
    await connection.execute(_GRANTS.format(role=role))
