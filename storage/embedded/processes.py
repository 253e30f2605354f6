"""Finds the PostgreSQL processes that still live in a data directory, whatever they call themselves.

Every PostgreSQL process works *in* its data directory, so the working directory tells them, also
the busy backends that outlive a killed postmaster under another name. Zombies have none and so
count as dead.
"""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")
_DELETED = " (deleted)"
_TOOLS = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}

# How long a leftover has been in the way (s) → what it gets. A cancelled query lets an orphaned
# backend notice that its postmaster is gone; the last two amount to a crash, which the write-ahead
# log survives.
_PRESSURE = ((8.0, signal.SIGKILL), (4.0, signal.SIGQUIT), (0.0, signal.SIGINT))


def processes_in(directory: Path) -> list[int]:
    """The living PostgreSQL processes whose data directory is, or was, `directory`."""
    if (_PROC / "self" / "cwd").exists():
        return _by_proc(directory)
    return _by_lsof(directory)


def press(pids: list[int], *, for_s: float) -> None:
    """Ask leftovers to go, harder the longer they have been in the way (`for_s` seconds)."""
    harshest = next(number for after_s, number in _PRESSURE if for_s >= after_s)
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, harshest)


def postmaster_of(directory: Path) -> int | None:
    """The process id that the directory's postmaster wrote down; it may be dead by now."""
    try:
        first, _, _ = (directory / "postmaster.pid").read_text().partition("\n")
    except FileNotFoundError:
        return None
    return int(first) if first.isdecimal() else None


def _by_proc(directory: Path) -> list[int]:
    places = {str(directory), str(directory) + _DELETED}
    candidates = (entry for entry in _PROC.iterdir() if entry.name.isdecimal())
    return [int(entry.name) for entry in candidates if _works_in(entry, places)]


def _works_in(entry: Path, places: set[str]) -> bool:
    try:
        return (
            str((entry / "cwd").readlink()) in places
            and (entry / "comm").read_text().strip() == "postgres"
        )
    except OSError:  # gone meanwhile, a zombie, or somebody else's
        return False


def _by_lsof(directory: Path) -> list[int]:
    """For macOS, which has no /proc but brings lsof.

    Without lsof none are seen, and only the lock that servers of ours hold tells of them.
    """
    command = ["lsof", "-w", "-a", "-c", "postgres", "-d", "cwd", "-Fpn"]
    try:
        listed = subprocess.run(command, env=_TOOLS, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return []
    return _parse_lsof(listed.stdout, directory)


def _parse_lsof(listed: str, directory: Path) -> list[int]:
    pids: list[int] = []
    pid = 0
    for line in listed.splitlines():
        if line.startswith("p"):
            pid = int(line[1:])
        elif line in (f"n{directory}", f"n{directory}{_DELETED}"):
            pids.append(pid)
    return pids
