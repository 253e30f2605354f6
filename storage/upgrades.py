"""Moves the embedded PostgreSQL's data to the major version that Hunch brings now.

The old server, whose programs the wheel still carries, is read by the new one's pg_dump into a new
cluster. Only when that holds the same rows does it take the old one's place, which is kept. Killed
at any moment, the old cluster is as it was, or the new one is complete: run it again, or start.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from bot import failpoints
from bot.errors import SettingsError, UserError
from storage.backups import count_rows
from storage.dumps import Tell, dump, restore
from storage.embedded import EmbeddedServer, is_held_by_others, join
from storage.embedded.binaries import PG_MAJOR, find_programs
from storage.embedded.locks import Lock, is_locked, take_lock, try_lock
from storage.embedded.places import (
    Place,
    finish_swap,
    hand_over,
    kept_as,
    run_directory,
    settle,
)
from storage.embedded.processes import press, processes_in

# A new cluster before there is anything in it, and its write-ahead log while it is filled.
_ROOM_BYTES = 600_000_000
_PATIENCE_S = 60.0
_POLL_S = 0.05
_EMPTY = "SELECT to_regnamespace('hunch') IS NULL"


@dataclass(frozen=True, slots=True)
class Upgraded:
    """From which major version; the old files are in `kept`, which nobody needs any more."""

    written_by: int
    kept: Path
    rows: int


async def upgrade_cluster(data_dir: Path, *, tell: Tell) -> Upgraded | None:
    """Bring the cluster of `data_dir` to PG_MAJOR; None when it is there already.

    Hunch must not run meanwhile. Raises SettingsError or UserError, with nothing changed, when it
    cannot be: somebody uses it, no programs for it, not enough room, or the rows differ.
    """
    data_dir = await asyncio.to_thread(_existing, data_dir)
    lock = await take_lock(data_dir / "postgres.lock", patience_s=_PATIENCE_S)
    try:
        place = await asyncio.to_thread(settle, data_dir)
        written_by = _written_by(place)
        if written_by in (PG_MAJOR, None):
            return None
        await asyncio.to_thread(_check, place, written_by)
        rows = await _move(place, lock, written_by, tell)
        return Upgraded(written_by, await asyncio.to_thread(_swap, place, written_by), rows)
    finally:
        lock.close()


def _existing(data_dir: Path) -> Path:
    if not (data_dir / "postgres").exists():
        raise SettingsError(f"HUNCH_DATA_DIR: there is no database in {data_dir}.")
    return data_dir.resolve()


def _written_by(place: Place) -> int | None:
    version = place.cluster / "PG_VERSION"
    return int(version.read_text()) if version.exists() else None


def _check(place: Place, written_by: int) -> None:
    if written_by > PG_MAJOR:
        raise SettingsError(
            f"{place.cluster} was written by PostgreSQL {written_by}, this Hunch brings "
            f"{PG_MAJOR}. Install the newer Hunch that wrote it."
        )
    find_programs(written_by)
    kept = kept_as(place.home, str(written_by))
    if kept.exists():
        raise UserError(f"{kept} is in the way, from an earlier upgrade. Move it away first.")
    while (alone := try_lock(place.holders)) is None:
        # Otherwise it is the watcher, who ends the server that a killed upgrade left behind.
        if is_held_by_others(place):
            raise UserError(f"Hunch uses {place.home}. Stop all its processes, then upgrade.")
        time.sleep(_POLL_S)
    alone.close()
    _check_room(place)


def _check_room(place: Place) -> None:
    size = sum(path.lstat().st_size for path in place.cluster.rglob("*") if path.is_file())
    needed, free = size + _ROOM_BYTES, shutil.disk_usage(place.home).free
    if free < needed:
        raise UserError(
            f"{place.home} needs {needed / 1e6:,.0f} MB of room for a copy, and {free / 1e6:,.0f} "
            "MB are free. Make room and run it again. Nothing was changed."
        )


async def _move(place: Place, lock: Lock, written_by: int, tell: Tell) -> int:
    """Fill a new cluster beside the old one; returns how many rows."""
    fresh = await asyncio.to_thread(_clear, place)
    tell(f"starting PostgreSQL {written_by} and {PG_MAJOR}")
    async with (
        await join(place, lock, major=written_by) as old,
        await join(fresh, lock, major=PG_MAJOR) as new,
    ):
        failpoints.hit("upgrade.copying")
        rows = await _copy(old, new, tell)
    await asyncio.to_thread(_until_alone, fresh)
    failpoints.hit("upgrade.copied")
    return rows


def _clear(place: Place) -> Place:
    """An empty place for the new cluster; what a killed upgrade left there is removed."""
    home = place.home / "upgrade"
    if home.exists():
        _until_alone(Place(home, home / "run", place.account))
        shutil.rmtree(home)
    home.mkdir()
    hand_over(home, place.account)
    return Place(home, run_directory(home, place.account), place.account)


def _until_alone(place: Place) -> None:
    """Wait until no server of the place lives; its watcher ends it when nobody holds it."""
    began = time.monotonic()
    while (pids := processes_in(place.cluster)) or is_locked(place.watching):
        waited = time.monotonic() - began
        if waited > _PATIENCE_S:
            raise UserError(f"PostgreSQL in {place.home} does not end. End it, and run this again.")
        if waited > _PATIENCE_S / 4:
            press(pids, for_s=waited - _PATIENCE_S / 4)
        time.sleep(_POLL_S)


async def _copy(old: EmbeddedServer, new: EmbeddedServer, tell: Tell) -> int:
    source = await asyncpg.connect(old.backup_url, timeout=10)
    try:
        if await source.fetchval(_EMPTY):
            return 0
        async with source.transaction(isolation="repeatable_read", readonly=True):
            rows = await count_rows(source)
            snapshot = await source.fetchval("SELECT pg_export_snapshot()")
            await _pump(old.backup_url, new.admin_url, snapshot, tell)
    finally:
        await source.close()
    await _compare(new.backup_url, rows)
    return sum(rows.values())


async def _pump(source_url: str, target_url: str, snapshot: str, tell: Tell) -> None:
    """What pg_dump says goes straight to pg_restore; each notices when the other has ended."""
    reading, writing = os.pipe()

    def send() -> None:
        with open(writing, "wb") as into:
            dump(source_url, snapshot=snapshot, into=into, tell=tell, compression="none")

    def receive() -> None:
        with open(reading, "rb") as source:
            version = PG_MAJOR * 10000
            restore(target_url, source=source, tell=_unheard, server_version=version)

    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.to_thread(send))
        group.create_task(asyncio.to_thread(receive))


def _unheard(_: str) -> None:
    """The tables are told of once."""


async def _compare(url: str, rows: dict[str, int]) -> None:
    target = await asyncpg.connect(url, timeout=10)
    try:
        async with target.transaction():
            found = await count_rows(target)
        await target.execute("ANALYZE")
    finally:
        await target.close()
    wrong = sorted(name for name in rows.keys() | found.keys() if rows.get(name) != found.get(name))
    if wrong:
        raise UserError(
            f"The new cluster does not hold what the old one does ({', '.join(wrong)}). Nothing "
            "was changed: go on with the Hunch that wrote it, and tell whoever looks after Hunch."
        )


def _swap(place: Place, written_by: int) -> Path:
    (place.home / "upgrade" / "data").rename(place.home / "data.upgraded")
    failpoints.hit("upgrade.swapping")
    finish_swap(place.home)
    shutil.rmtree(place.home / "upgrade")
    return kept_as(place.home, str(written_by))
