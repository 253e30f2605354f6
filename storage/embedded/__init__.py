"""The PostgreSQL we bring along: nothing to install, nothing to configure, one directory.

The first process that asks starts the server, others join it, and when the last one has gone,
however it went, a watcher stops it (see watcher.py). Liveness is judged by connecting and by file
locks that the kernel drops with their process, never by what a pid file says.

Logins need no password: the server listens on one Unix socket only, in a directory that nobody
but the server's own user (and root) can enter, and that user can read the data files anyway.
"""

from __future__ import annotations

import asyncio
import errno
import time
from pathlib import Path

from bot.errors import SettingsError
from storage.embedded.binaries import PG_MAJOR
from storage.embedded.locks import Lock, is_locked, take_lock, try_lock
from storage.embedded.places import Place, is_made, settle
from storage.embedded.roles import EmbeddedServer, ensure_roles, server_at
from storage.embedded.starts import Start, ensure_watched

__all__ = [
    "EmbeddedLease",
    "EmbeddedServer",
    "is_held_by_others",
    "is_made",
    "join",
    "start_embedded",
]

_START_PATIENCE_S = 180.0
_STOP_PATIENCE_S = 90.0
_POLL_S = 0.01


class EmbeddedLease:
    """A running server that is ours to use until `release`, or until our process ends.

    As a context manager it is the server, released afterwards.
    """

    def __init__(self, place: Place, holding: Lock) -> None:
        self.server: EmbeddedServer = server_at(place.run)
        self._place = place
        self._holding = holding

    async def __aenter__(self) -> EmbeddedServer:
        return self.server

    async def __aexit__(self, *_: object) -> None:
        await self.release()

    async def release(self) -> None:
        """Give the server back; the last one out waits until it has stopped. Twice is fine."""
        if self._holding.fd < 0:
            return
        await asyncio.to_thread(ensure_watched, self._place)
        self._holding.close()
        deadline = time.monotonic() + _STOP_PATIENCE_S
        while is_locked(self._place.watching) and time.monotonic() < deadline:
            if is_held_by_others(self._place):
                return
            await asyncio.sleep(_POLL_S)


async def start_embedded(data_dir: Path) -> EmbeddedLease:
    """Have the server of `data_dir` running, with Hunch's logins and database in it.

    Makes the directory if need be; starts the server or joins the one that runs. Any number of
    processes may do so at once. Raises SettingsError, which says what to do, if it cannot be.
    """
    try:
        data_dir = await asyncio.to_thread(_make_directory, data_dir)
        lock = await take_lock(data_dir / "postgres.lock", patience_s=_START_PATIENCE_S)
        try:
            return await _join(data_dir, lock)
        finally:
            lock.close()
    except OSError as error:
        raise _explain(error, data_dir) from error


async def _join(data_dir: Path, lock: Lock) -> EmbeddedLease:
    return await join(await asyncio.to_thread(settle, data_dir), lock)


async def join(place: Place, lock: Lock, *, major: int = PG_MAJOR) -> EmbeddedLease:
    """Have the server of `place` running, of that major version; call it under the start lock."""
    # While a watcher stops the server it keeps this lock to itself, so we wait for the end of it.
    holding = await take_lock(place.holders, shared=True, patience_s=_STOP_PATIENCE_S)
    try:
        await Start(place, lock=lock, major=major).bring_up()
        lease = EmbeddedLease(place, holding)
        await ensure_roles(lease.server)
    except BaseException:
        holding.close()
        raise
    return lease


def is_held_by_others(place: Place) -> bool:
    """Whether a process still uses the server, as opposed to the watcher ending it."""
    alone = try_lock(place.holders)
    if alone is not None:
        alone.close()
        return False
    beside = try_lock(place.holders, shared=True)
    if beside is None:
        return False
    beside.close()
    return True


def _make_directory(data_dir: Path) -> Path:
    data_dir.mkdir(parents=True, exist_ok=True)
    return data_dir.resolve()


def _explain(error: OSError, data_dir: Path) -> SettingsError:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            remedy = "The disk is full: make room and start again."
        case errno.EACCES | errno.EPERM | errno.EROFS:
            remedy = "Make it writable for you, or set HUNCH_DATA_DIR to a directory that is."
        case errno.ENOLCK | errno.ENOTSUP:
            remedy = "File locks do not work there: set HUNCH_DATA_DIR to a local disk."
        case _:
            remedy = "Set HUNCH_DATA_DIR to another directory, or set DATABASE_URL."
    return SettingsError(f"The database cannot be kept in {data_dir}. {remedy} ({error})")
