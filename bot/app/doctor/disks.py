"""Is there room on the disk of the data directory, and may we write there?"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from pathlib import Path

from bot.app.doctor.findings import Found, ok, problem, warning
from bot.app.doctor.visits import Visit

_CHECK = "disk"
_FIX = "Make room, or set HUNCH_DATA_DIR to a larger disk and move what is there."
_MEGABYTE = 1024 * 1024
_TIGHT_MB = 1024
_FULL_MB = 100


async def check(visit: Visit) -> list[Found]:
    if not visit.settings.data_dir.exists():
        return []
    return [await asyncio.to_thread(_look, visit.settings.data_dir)]


def _look(folder: Path) -> Found:
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\0" * 65536)
            os.fsync(file.fileno())
        free_mb = shutil.disk_usage(folder).free // _MEGABYTE
    except OSError as error:
        said = os.strerror(error.errno or 0)
        return problem(_CHECK, f"{folder} cannot be written to ({said})", _FIX)
    if free_mb < _FULL_MB:
        return problem(_CHECK, f"{folder}: {free_mb} MB left", _FIX)
    if free_mb < _TIGHT_MB:
        return warning(_CHECK, f"{folder}: {free_mb} MB left", _FIX)
    return ok(_CHECK, f"{folder}: {free_mb // 1024} GB left")
