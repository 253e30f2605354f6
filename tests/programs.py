"""Hunch as processes of its own, as an operator runs it: `python -m bot …` and nothing else."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from tests.databases import REPOSITORY


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


def environment_with(settings: Mapping[str, str]) -> dict[str, str]:
    """Nothing of the developer's environment but what finding and measuring the code needs."""
    kept = {name: value for name, value in os.environ.items() if name.startswith("COV")}
    path = {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY)}
    return {**kept, **path, **settings}


async def _begin(folder: Path, settings: Mapping[str, str], *words: str) -> Process:
    """Start it in `folder`, where no developer's `.env` lies."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *words,
        cwd=folder, env=environment_with(settings), stdout=PIPE, stderr=PIPE,
    )  # fmt: skip


async def hunch(folder: Path, settings: Mapping[str, str], *words: str) -> Done:
    """Run one command to its end."""
    process = await _begin(folder, settings, *words)
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    return Done(process.returncode or 0, out.decode(), err.decode())


@asynccontextmanager
async def running(
    folder: Path,
    settings: Mapping[str, str],
    command: str = "run",
    *,
    is_ready: Callable[[], Awaitable[bool]] | None = None,
) -> AsyncIterator[Process]:
    """Run until the block ends, ready when it begins; then Ctrl-C, and it must end well."""
    process = await _begin(folder, settings, command)
    try:
        await _ready(process, is_ready or _answers(settings["HUNCH_PORT"]))
        yield process
    except BaseException:
        if process.returncode is None:
            process.kill()
        raise
    process.send_signal(signal.SIGINT)
    async with asyncio.timeout(30):
        _, err = await process.communicate()
    assert process.returncode == 0, err.decode()


def _answers(port: str) -> Callable[[], Awaitable[bool]]:
    async def is_ready() -> bool:
        url = f"http://127.0.0.1:{port}/health/ready"
        async with aiohttp.ClientSession(trust_env=False) as session, session.get(url) as answer:
            return answer.status == 200

    return is_ready


async def _ready(process: Process, is_ready: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while process.returncode is None:
            with suppress(aiohttp.ClientConnectionError):
                if await is_ready():
                    return
            await asyncio.sleep(0.05)
    _, err = await process.communicate()
    raise AssertionError(err.decode())
