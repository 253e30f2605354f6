"""Backups: one file that holds PostgreSQL's own dump and says what is in it.

The file is an ordinary zip with two members: `manifest.json`, and `database.dump`, which pg_restore
could read without us. It is written under another name, so that a file of the final name is whole.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import json
import os
import stat
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

import asyncpg
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from bot.errors import SettingsError, UserError
from storage.database import server_version
from storage.dumps import Tell, check_client, dump
from storage.ledgers import applied_migrations

FORMAT = 1
_MANIFEST, _DUMP = "manifest.json", "database.dump"
_LARGEST_MANIFEST = 4 << 20
_HEADER_BYTES = 30  # of a zip's first member, before its name

_SEE_EVERYTHING = "SET LOCAL row_security = off"
# Counted by the server in one go, table by table; the names come from its own catalogue.
_COUNT = """
    DO $$
    DECLARE
        one record;
        counted bigint;
        result jsonb := '{}';
    BEGIN
        FOR one IN SELECT n.nspname, c.relname
                     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                    WHERE n.nspname IN ('hunch', 'pgqueuer') AND c.relkind = 'r' LOOP
            EXECUTE format('SELECT count(*) FROM %I.%I', one.nspname, one.relname) INTO counted;
            result := result || jsonb_build_object(one.nspname || '.' || one.relname, counted);
        END LOOP;
        PERFORM set_config('hunch.counted', result::text, true);
    END $$
"""
_COUNTED = "SELECT current_setting('hunch.counted')"
_KEYS = "SELECT DISTINCT key_id FROM hunch.secrets WHERE key_id <> '' ORDER BY key_id"
_KNOWS_KEYS = """
    SELECT count(*) FROM information_schema.columns
     WHERE table_schema = 'hunch' AND table_name = 'secrets' AND column_name = 'key_id'
"""


class Manifest(BaseModel):
    """What a backup holds: made by which Hunch and when, of which schema, how many rows.

    `keys` are the ids of the keys that its secrets were sealed with; the keys are not in it.
    """

    model_config = ConfigDict(frozen=True)

    format: int
    hunch: str
    made_at: AwareDatetime
    postgresql: int
    migrations: dict[str, str]
    rows: dict[str, int]
    keys: tuple[str, ...] = ()


async def back_up(url: str, path: Path, *, hunch: str, now: datetime, tell: Tell) -> Manifest:
    """Write a consistent backup to `path` while everybody goes on working; 0600, whole or absent.

    `url` must be of a login that sees all workspaces' rows; raises SettingsError with what to do
    if it does not, UserError when the file cannot be written.
    """
    connection = await asyncpg.connect(url, timeout=10)
    try:
        check_client(await server_version(connection))
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            manifest = await _describe(connection, hunch, now)
            snapshot = await connection.fetchval("SELECT pg_export_snapshot()")

            def write(file: IO[bytes]) -> None:
                dump(url, snapshot=snapshot, into=file, tell=tell)

            await asyncio.to_thread(_write, path, manifest, write)
    finally:
        await connection.close()
    return manifest


async def _describe(connection: asyncpg.Connection, hunch: str, now: datetime) -> Manifest:
    try:
        rows = await count_rows(connection)
        migrations = await applied_migrations(connection)
        knows_keys = await connection.fetchval(_KNOWS_KEYS)
        keys = await connection.fetch(_KEYS) if knows_keys else []
    except asyncpg.InsufficientPrivilegeError as error:
        raise SettingsError(
            "DATABASE_BACKUP_URL: a backup needs a login that sees every workspace, and this one "
            f"does not ({error.args[0]}). As a superuser: CREATE ROLE hunch_backup LOGIN BYPASSRLS "
            "PASSWORD '…'; GRANT pg_read_all_data TO hunch_backup; then set DATABASE_BACKUP_URL "
            "to that login. Nothing was written."
        ) from error
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError) as error:
        raise UserError("There is nothing to back up: this database is not Hunch's yet.") from error
    return Manifest(
        format=FORMAT,
        hunch=hunch,
        made_at=now,
        postgresql=await server_version(connection),
        migrations=migrations,
        rows=rows,
        keys=tuple(row["key_id"] for row in keys),
    )


async def count_rows(connection: asyncpg.Connection) -> dict[str, int]:
    """Rows of every table of ours, in `connection`'s transaction.

    Raises InsufficientPrivilegeError, rather than count too few, where a policy hides some.
    """
    await connection.execute(_SEE_EVERYTHING)
    await connection.execute(_COUNT)
    counted: dict[str, int] = json.loads(await connection.fetchval(_COUNTED))
    return counted


def check_target(path: Path) -> None:
    """Let a backup be written where nothing is, or over an older backup; never over else.

    Raises UserError with what to do. A link counts as what it is, wherever it leads.
    """
    try:
        is_file = stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return
    except OSError as error:
        raise _explain(error, path) from error
    if not is_file or not _is_backup(path):
        raise _taken(path)


def _is_backup(path: Path) -> bool:
    try:
        with open_backup(path):
            return True
    except UserError:
        return False


def _taken(path: Path) -> UserError:
    return UserError(
        f"{path}: is there already and is no backup of Hunch. Choose another name. Nothing was "
        "written."
    )


def _write(path: Path, manifest: Manifest, dumping: Callable[[IO[bytes]], None]) -> None:
    draft = path.with_name(f"{path.name}.part")
    try:
        with _draft(draft) as file:
            with zipfile.ZipFile(file, "w") as archive:
                archive.writestr(_MANIFEST, manifest.model_dump_json(indent=2))
                with archive.open(_DUMP, "w", force_zip64=True) as member:
                    dumping(member)
            file.flush()
            os.fsync(file.fileno())
            check_target(path)
            draft.replace(path)
    except OSError as error:
        raise _explain(error, path) from error


@contextmanager
def _draft(draft: Path) -> Iterator[IO[bytes]]:
    """The file to write into, for its owner alone; gone afterwards unless it was renamed."""
    handle = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _check_draft(draft, handle)
        try:
            os.fchmod(handle, 0o600)
            os.ftruncate(handle, 0)
            yield file
        finally:
            draft.unlink(missing_ok=True)


def _check_draft(draft: Path, handle: int) -> None:
    """Only what a killed backup left may be written over."""
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        raise _taken(draft)
    begins = os.pread(handle, _HEADER_BYTES + len(_MANIFEST), 0)
    if begins and begins[_HEADER_BYTES:] != _MANIFEST.encode():
        raise _taken(draft)


def _explain(error: OSError, path: Path) -> UserError:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            remedy = "The disk is full: make room, or choose a file on another disk."
        case errno.EWOULDBLOCK:
            remedy = "Another backup is just being written there: wait for it."
        case _:
            remedy = "Choose a file in a directory that you can write to."
    return UserError(f"{path}: no backup was written. {remedy} ({error.strerror})")


@contextmanager
def open_backup(path: Path) -> Iterator[tuple[Manifest, zipfile.ZipFile]]:
    """What a file says it holds. Raises UserError where it is no backup of ours, or not whole."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield _manifest(path, archive), archive
    except (zipfile.BadZipFile, EOFError) as error:
        raise _broken(path) from error
    except FileNotFoundError as error:
        raise UserError(f"{path}: there is no such file.") from error
    except PermissionError as error:
        raise UserError(f"{path}: you may not read this file.") from error


def _manifest(path: Path, archive: zipfile.ZipFile) -> Manifest:
    names = {info.filename: info.file_size for info in archive.infolist()}
    if _DUMP not in names or not 0 < names.get(_MANIFEST, 0) < _LARGEST_MANIFEST:
        raise UserError(f"{path}: this is no backup of Hunch's. Choose a file `hunch backup` made.")
    text = archive.read(_MANIFEST)
    try:
        if json.loads(text)["format"] > FORMAT:
            raise UserError(
                f"{path}: a backup of a newer Hunch, in a form that this one cannot read. Install "
                "that version and restore with it."
            )
        return Manifest.model_validate_json(text)
    except (ValidationError, ValueError, KeyError, TypeError) as error:
        raise _broken(path) from error


def check_whole(path: Path, archive: zipfile.ZipFile) -> None:
    """Read all of it once and compare the checksums. Raises UserError if a bit is wrong."""
    if archive.testzip() is not None:
        raise _broken(path)


def open_dump(archive: zipfile.ZipFile) -> IO[bytes]:
    return archive.open(_DUMP)


def _broken(path: Path) -> UserError:
    return UserError(
        f"{path}: this backup is damaged or cut off, or no backup of Hunch's at all. Nothing was "
        "restored. Copy the file again, or take an older one."
    )
