"""A disk of a test's own that is too small, under a table of PostgreSQL's: a tmpfs, where we may mount."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.databases import SERVER_DIR


class SmallDisk:
    """One mounted file system of some megabytes, owned by PostgreSQL's user."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tablespace = f"small_{uuid.uuid4().hex[:8]}"

    @property
    def folder(self) -> Path:
        return self.path / "tables"

    def make_room(self, megabytes: int) -> None:
        _run("mount", "-o", f"remount,size={megabytes}m", str(self.path))


@contextmanager
def small_disk(megabytes: int) -> Iterator[SmallDisk]:
    """Mount it, or skip the test where that is not allowed."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root may mount a small disk")
    path = Path(tempfile.mkdtemp(prefix="hunch-small-"))
    path.chmod(0o755)
    if _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(path)):
        path.rmdir()
        pytest.skip("a small disk cannot be mounted here")
    try:
        disk = SmallDisk(path)
        disk.folder.mkdir()
        server = next(SERVER_DIR.rglob("PG_VERSION")).stat()
        os.chown(disk.folder, server.st_uid, server.st_gid)
        yield disk
    finally:
        _run("umount", "-l", str(path))
        path.rmdir()


def _run(*words: str) -> int:
    return subprocess.run(words, check=False, capture_output=True).returncode
