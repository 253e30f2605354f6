"""File locks that outlive no process: the kernel drops them with the last holder, even after -9."""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
from pathlib import Path

from bot.errors import SettingsError

_POLL_S = 0.01


class Lock:
    """A lock that is held until `close` or the end of the process."""

    def __init__(self, fd: int) -> None:
        self.fd = fd

    def close(self) -> None:
        """Let go; a second time does nothing."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


def open_own(path: Path, *, append: bool = False) -> int:
    """Open a file of ours, made if need be for the owner of its directory alone; returns the fd.

    A root process that helps out in somebody's directory leaves nothing there they cannot use.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    fd = os.open(path, flags | os.O_APPEND if append else flags, 0o600)
    home = path.parent.stat()
    if os.geteuid() == 0 and os.fstat(fd).st_uid != home.st_uid:
        os.fchown(fd, home.st_uid, home.st_gid)
    return fd


def try_lock(path: Path, *, shared: bool = False) -> Lock | None:
    """Take the lock at once, or return None while somebody else's lock stands against it."""
    fd = open_own(path)
    try:
        fcntl.flock(fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError as error:
        os.close(fd)
        if isinstance(error, BlockingIOError):
            return None
        raise
    return Lock(fd)


def is_locked(path: Path) -> bool:
    """Whether somebody holds the lock exclusively right now."""
    if not path.exists():
        return False
    lock = try_lock(path, shared=True)
    if lock is None:
        return True
    lock.close()
    return False


async def take_lock(path: Path, *, shared: bool = False, patience_s: float) -> Lock:
    """Wait for the lock without blocking the loop; SettingsError after `patience_s` seconds."""
    deadline = time.monotonic() + patience_s
    while (lock := try_lock(path, shared=shared)) is None:
        if time.monotonic() > deadline:
            raise SettingsError(
                f"Another process has held {path} for {patience_s:.0f} s. End the Hunch processes "
                "that use this directory, or point HUNCH_DATA_DIR somewhere else."
            )
        await asyncio.sleep(_POLL_S)
    return lock
