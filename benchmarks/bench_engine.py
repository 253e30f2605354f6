"""The job engine against bare pgqueuer in the same run: `python -m benchmarks.bench_engine`.

Prints three figures and their ratios: jobs queued a second (8 connections, one job a transaction),
jobs of no work done a second (one worker), and the time from a commit to the start of its job.
"""

from __future__ import annotations

import asyncio
import shutil
import statistics
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.core.qm import QueueManager

from bot.domain.ids import WorkspaceId
from bot.ports import Job
from jobs.engine import QueuedJob, Worker, enqueue, install
from jobs.engine.schema import CHANNEL, queries
from storage.embedded import start_embedded

CONNECTIONS = 8
SECONDS = 2.0
BACKLOG = 10_000
PROBES = 400
ROUNDS = 3
NAME = "bench"


class Starts:
    """Counts starts and notes the time of each job's."""

    def __init__(self) -> None:
        self.at: dict[str, float] = {}
        self.count = 0
        self.wanted = 0
        self.reached = asyncio.Event()

    def note(self, ref: str) -> None:
        self.at[ref] = time.perf_counter()
        self.count += 1
        if self.count == self.wanted:
            self.reached.set()


class Ours:
    """The engine as Hunch uses it."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def put(self, connection: asyncpg.Connection, refs: Sequence[str]) -> None:
        workspace = WorkspaceId("T1")
        await enqueue(connection, [Job(NAME, workspace, ref=ref, key=ref) for ref in refs])

    @asynccontextmanager
    async def working(self, starts: Starts) -> AsyncIterator[None]:
        async def handler(job: QueuedJob) -> None:
            starts.note(job.ref)

        stop = asyncio.Event()
        worker = Worker(lambda: asyncpg.connect(self._url), {NAME: handler})
        task = asyncio.create_task(worker.run(stop))
        try:
            yield
        finally:
            stop.set()
            await task


class Bare:
    """pgqueuer as its own documentation uses it."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def put(self, connection: asyncpg.Connection, refs: Sequence[str]) -> None:
        count = len(refs)
        await queries(AsyncpgDriver(connection)).enqueue(
            [NAME] * count,
            [ref.encode() for ref in refs],
            [0] * count,
            dedupe_key=list(refs),
            on_conflict="skip",
        )

    @asynccontextmanager
    async def working(self, starts: Starts) -> AsyncIterator[None]:
        connection = await asyncpg.connect(self._url)
        manager = QueueManager(queries(AsyncpgDriver(connection)), channel=CHANNEL)

        @manager.entrypoint(NAME, accepts_context=False)
        async def handler(job: Any) -> None:
            starts.note(job.payload.decode())

        task = asyncio.create_task(manager.run())
        try:
            yield
        finally:
            manager.shutdown.set()
            await task
            await connection.close()


Engine = Ours | Bare


async def queued_per_s(engine: Engine, url: str) -> float:
    end = time.perf_counter() + SECONDS

    async def client() -> int:
        connection = await asyncpg.connect(url)
        done = 0
        while time.perf_counter() < end:
            async with connection.transaction():
                await engine.put(connection, [uuid.uuid4().hex])
            done += 1
        await connection.close()
        return done

    return sum(await asyncio.gather(*[client() for _ in range(CONNECTIONS)])) / SECONDS


async def done_per_s(engine: Engine, url: str) -> float:
    connection = await asyncpg.connect(url)
    for _ in range(BACKLOG // 1000):
        await engine.put(connection, [uuid.uuid4().hex for _ in range(1000)])
    await connection.execute("VACUUM ANALYZE pgqueuer.pgqueuer")
    starts = Starts()
    starts.wanted = BACKLOG
    began = time.perf_counter()
    async with engine.working(starts):
        await starts.reached.wait()
        took = time.perf_counter() - began
    await connection.close()
    return BACKLOG / took


async def start_ms(engine: Engine, url: str) -> list[float]:
    connection = await asyncpg.connect(url)
    starts, put = Starts(), {}
    starts.wanted = PROBES
    async with engine.working(starts):
        for probe in range(PROBES):
            await engine.put(connection, [str(probe)])
            put[str(probe)] = time.perf_counter()
            await asyncio.sleep(0.005)
        await starts.reached.wait()
    await connection.close()
    # The first ones wait for the worker to arrive.
    return [(starts.at[ref] - at) * 1000 for ref, at in list(put.items())[20:]]


async def alternately(
    url: str, measure: Callable[[Engine, str], Coroutine[Any, Any, Any]]
) -> tuple[list[Any], list[Any]]:
    """Measure bare and ours in turns, on an empty queue each time."""
    bare: list[Any] = []
    ours: list[Any] = []
    for _ in range(ROUNDS):
        for engine, found in ((Bare(url), bare), (Ours(url), ours)):
            await prepare(url, bare=isinstance(engine, Bare))
            found.append(await measure(engine, url))
    return bare, ours


async def prepare(url: str, *, bare: bool) -> None:
    """Empty the queue; what we added to pgqueuer's tables is not there for the bare engine."""
    connection = await asyncpg.connect(url)
    await install(connection)
    await connection.execute("TRUNCATE pgqueuer.pgqueuer, pgqueuer.pgqueuer_log")
    if bare:
        await connection.execute("DROP INDEX pgqueuer.hunch_waiting_idx")
    await connection.close()


def row(name: str, bare: float, ours: float, goal: str) -> None:
    print(f"{name:<34}{bare:>10,.1f}{ours:>10,.1f}{ours / bare:>8.2f}x   {goal}")


def percentile(rounds: list[list[float]], place: float) -> float:
    values = sorted(value for values in rounds for value in values)
    return values[min(len(values) - 1, int(len(values) * place))]


async def measure(url: str) -> None:
    print(f"{'job engine':<34}{'pgqueuer':>10}{'ours':>10}{'ratio':>9}   goal")
    bare, ours = await alternately(url, queued_per_s)
    row("queued/s, 8 connections", statistics.median(bare), statistics.median(ours), ">= 0.7x")
    bare, ours = await alternately(url, done_per_s)
    row("no-op jobs/s, 1 worker", statistics.median(bare), statistics.median(ours), ">= 0.7x")
    bare, ours = await alternately(url, start_ms)
    for place in (0.5, 0.99):
        name = f"commit to start, p{place * 100:.0f} ms"
        row(name, percentile(bare, place), percentile(ours, place), "<= 2x at p99")


async def measure_in(folder: Path) -> None:
    lease = await start_embedded(folder)
    try:
        await measure(lease.server.admin_url)
    finally:
        await lease.release()


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="hunch-bench-"))
    try:
        # The server may run as another user, who must be able to enter.
        folder.chmod(0o755)
        asyncio.run(measure_in(folder))
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
