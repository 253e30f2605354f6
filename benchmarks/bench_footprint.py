"""How soon `hunch run` is ready and how much memory `serve` holds:
`python -m benchmarks.bench_footprint`. Goals: ready under 3 s on an initialised database; serve
under 150 MB resident.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from pathlib import Path

import psutil

from benchmarks.grounds import (
    Stopwatch,
    environment,
    free_port,
    new_folder,
    postgres,
    process,
    services,
)
from benchmarks.tables import Row, show

STARTS = 5


async def _start(folder: Path) -> float:
    """Seconds from the command to the line that names the page's address."""
    env = {
        "PATH": os.environ["PATH"],
        "HUNCH_DATA_DIR": str(folder),
        "HUNCH_PORT": str(free_port()),
        "HUNCH_PLAYGROUND_PORT": str(free_port()),
        "HUNCH_LOG_LEVEL": "error",
        "PYTHONUNBUFFERED": "1",
    }
    watch = Stopwatch()
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run", env=env, stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    async with asyncio.timeout(60):
        while b"Open http" not in await child.stdout.readline():
            pass
    ready_s = watch.seconds
    child.send_signal(signal.SIGINT)
    await child.wait()
    return ready_s


async def _python() -> float:
    """The bare baseline: Python alone, importing what any such bot imports."""
    watch = Stopwatch()
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "import aiohttp, asyncpg, slack_bolt.async_app, pydantic_settings"
    )
    await child.wait()
    return watch.seconds


async def starts() -> list[Row]:
    folder = new_folder()
    try:
        await _start(folder)
        ready = [await _start(folder) for _ in range(STARTS)]
        bare = [await _python() for _ in range(STARTS)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return [
        Row("`hunch run` ready, s (goal: 3 s)", ready, [3.0] * STARTS, "<", 1.0),
        Row("`hunch run` ready, beside importing its libraries", ready, bare, "<", 6.0),
    ]


async def memory() -> list[Row]:
    async with postgres() as server, services(server):
        port = free_port()
        async with process(["-m", "bot", "serve"], port, environment(server, port)) as child:
            resident = psutil.Process(child.pid).memory_info().rss / 2**20
    return [Row("`hunch serve` resident, MB (goal: 150 MB)", [resident], [150.0], "<", 1.0)]


async def measure() -> list[Row]:
    return [*await starts(), *await memory()]


if __name__ == "__main__":
    show(asyncio.run(measure()))
