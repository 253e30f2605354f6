"""Runs and their steps against a chain of jobs written by hand on bare pgqueuer, in the same run.

The chain by hand does what a durable step cannot do without: it reads what the one before left,
writes down its own result and queues the next, in one transaction. Ours does that too, and fences,
counts attempts, can be watched, cancelled and retried. It saves a round trip and a wait for the disk
by ADR 10, which pays for the rest. `python -m benchmarks.bench_runs`, half a minute.
"""

from __future__ import annotations

import asyncio
import shutil
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.core.qm import QueueManager
from pydantic import BaseModel

from benchmarks.bench_engine import percentile, row
from bot import log
from bot.app.times import utc_now
from bot.domain.ids import WorkspaceId
from bot.domain.runs import Trigger
from bot.ports import TokenOwner
from bot.use_cases import runs
from jobs.engine import Worker, enqueue, install
from jobs.engine.schema import CHANNEL, queries
from jobs.pipelines import Done, Outcome, Pipeline, Step, StepRun
from jobs.runs import StepWorker
from storage import installs
from storage.database import PostgresDatabase, open_pool
from storage.embedded import start_embedded
from storage.migrations import migrate

WORKSPACES = 50
KINDS = 3
CHAINS = 100
STEPS = 10
PROBES = 150
ROUNDS = 2
CONNECTIONS = 10

_TABLE = """
    CREATE TABLE IF NOT EXISTS bare_steps (
        run_id integer, step integer, state text NOT NULL DEFAULT 'pending', output jsonb,
        PRIMARY KEY (run_id, step))
"""
_LAY_OUT = "INSERT INTO bare_steps (run_id, step) SELECT r, s FROM generate_series(1, $1) r, generate_series(0, $2) s"
_READ = "SELECT output FROM bare_steps WHERE run_id = $1 AND step = $2 - 1"
_WRITE = "UPDATE bare_steps SET state = 'succeeded', output = $3 WHERE run_id = $1 AND step = $2"
_CLEAR = "TRUNCATE bare_steps, pgqueuer.pgqueuer, pgqueuer.pgqueuer_log"
_FORGET = "TRUNCATE hunch.runs CASCADE"


class Count(BaseModel):
    count: int = 0


class Ends:
    """Counts steps that were begun, and notes when each run's first one was."""

    def __init__(self, wanted: int) -> None:
        self.at: dict[str, float] = {}
        self.count = 0
        self.wanted = wanted
        self.reached = asyncio.Event()

    def note(self, run: str) -> None:
        self.at.setdefault(run, time.perf_counter())
        self.count += 1
        if self.count >= self.wanted:
            self.reached.set()


class Bare:
    """A chain of jobs on bare pgqueuer."""

    name = "by hand"

    def __init__(self, pool: asyncpg.Pool, url: str, steps: int) -> None:
        self._pool = pool
        self._url = url
        self._steps = steps

    async def prepare(self, chains: int) -> None:
        await self._pool.execute(_LAY_OUT, chains, self._steps)

    async def start(self, number: int) -> str:
        async with self._pool.acquire() as connection, connection.transaction():
            await self._queue(connection, number + 1, 0)
        return str(number + 1)

    async def _queue(self, connection: asyncpg.Connection, run_id: int, step: int) -> None:
        ref = f"{run_id}:{step}"
        await queries(AsyncpgDriver(connection)).enqueue(
            ["chain"], [ref.encode()], [0], dedupe_key=[ref], on_conflict="skip"
        )

    async def _do(self, ref: str, ends: Ends) -> None:
        run_id, step = map(int, ref.split(":"))
        await self._pool.fetchval(_READ, run_id, step)
        ends.note(str(run_id))
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(_WRITE, run_id, step, f'{{"count": {step}}}')
            if step + 1 < self._steps:
                await self._queue(connection, run_id, step + 1)

    @asynccontextmanager
    async def working(self, ends: Ends) -> AsyncIterator[None]:
        connection = await asyncpg.connect(self._url)
        manager = QueueManager(queries(AsyncpgDriver(connection)), channel=CHANNEL)

        @manager.entrypoint("chain", accepts_context=False)
        async def handler(job: Any) -> None:
            await self._do(job.payload.decode(), ends)

        task = asyncio.create_task(manager.run())
        try:
            yield
        finally:
            manager.shutdown.set()
            await task
            await connection.close()


class Ours:
    """Runs."""

    name = "runs"

    def __init__(self, pool: asyncpg.Pool, url: str, steps: int) -> None:
        self._db = PostgresDatabase(pool, enqueue)
        self._url = url
        self._steps = steps
        self._ends: Ends | None = None

    async def prepare(self, chains: int) -> None:
        for number in range(min(chains, WORKSPACES)):
            owner = TokenOwner(WorkspaceId(f"T{number}"), "Bench", "U0BOT")
            async with self._db.transaction(owner.workspace_id, name="bench") as tx:
                await installs.register(tx, owner, now=utc_now())

    async def start(self, number: int) -> str:
        kind = f"kind{number // WORKSPACES}"
        workspace_id = WorkspaceId(f"T{number % WORKSPACES}")
        async with self._db.transaction(workspace_id, name="bench") as tx:
            found = await runs.start(
                tx, kind, Count(), trigger=Trigger.WEBHOOK, by="bench", now=utc_now()
            )
        return str(found.run_id)

    async def _step(self, run: StepRun, given: Count) -> Outcome:
        assert self._ends is not None
        self._ends.note(str(run.run_id))
        return Done(Count(count=given.count + 1))

    @asynccontextmanager
    async def working(self, ends: Ends) -> AsyncIterator[None]:
        self._ends = ends
        steps = tuple(
            Step(f"step{n}", f"Step {n}", self._step, Count, Count) for n in range(self._steps)
        )
        pipelines = [Pipeline(f"kind{n}", "Bench", steps) for n in range(KINDS)]
        stop = asyncio.Event()
        handlers = {"runs.step": StepWorker(self._db, pipelines, utc_now).step}
        worker = Worker(lambda: asyncpg.connect(self._url), handlers)
        task = asyncio.create_task(worker.run(stop))
        try:
            yield
        finally:
            stop.set()
            await task


Engine = Bare | Ours


async def steps_per_s(engine: Engine) -> float:
    """All chains are started, then one worker goes through them."""
    chains = CHAINS
    await engine.prepare(chains)
    for number in range(chains):
        await engine.start(number)
    ends = Ends(chains * STEPS)
    began = time.perf_counter()
    async with engine.working(ends):
        await ends.reached.wait()
        return ends.count / (time.perf_counter() - began)


async def start_ms(engine: Engine) -> list[float]:
    """From the commit of a start to its first step, its input read, one chain after the other."""
    await engine.prepare(PROBES)
    ends, put = Ends(PROBES), {}
    async with engine.working(ends):
        for number in range(PROBES):
            run = await engine.start(number)
            put[run] = time.perf_counter()
            await asyncio.sleep(0.01)
        await ends.reached.wait()
    # The first ones wait for the worker to arrive.
    return [(ends.at[run] - at) * 1000 for run, at in list(put.items())[20:]]


async def clear(admin: asyncpg.Connection) -> None:
    await admin.execute(_CLEAR)
    await admin.execute(_FORGET)


async def measure(app_url: str, admin_url: str) -> None:
    await migrate(admin_url, "hunch_app", install_jobs=install)
    admin = await asyncpg.connect(admin_url)
    await admin.execute(_TABLE)
    await admin.execute("GRANT ALL ON bare_steps TO hunch_app")
    rates: dict[str, list[float]] = {"by hand": [], "runs": []}
    waits: dict[str, list[list[float]]] = {"by hand": [], "runs": []}
    for _ in range(ROUNDS):
        for kind in (Bare, Ours):
            await clear(admin)
            async with await _pool(app_url, kind) as pool:
                rates[kind.name].append(await steps_per_s(kind(pool, app_url, STEPS)))
            await clear(admin)
            async with await _pool(app_url, kind) as pool:
                waits[kind.name].append(await start_ms(kind(pool, app_url, 1)))
    await admin.close()
    print(f"{'runs and steps':<34}{'by hand':>10}{'runs':>10}{'ratio':>9}   goal")
    hand, ours = statistics.median(rates["by hand"]), statistics.median(rates["runs"])
    row("steps/s, 1 worker", hand, ours, ">= 0.7x")
    for place in (0.5, 0.99):
        hand, ours = (percentile(waits[name], place) for name in ("by hand", "runs"))
        row(f"start to first step, p{place * 100:.0f} ms", hand, ours, "<= 2x at p99")


async def _pool(url: str, kind: type[Engine]) -> asyncpg.Pool:
    if kind is Bare:
        return await asyncpg.create_pool(url, min_size=CONNECTIONS, max_size=CONNECTIONS)
    return await open_pool(url, size=CONNECTIONS)


async def measure_in(folder: Path) -> None:
    lease = await start_embedded(folder)
    try:
        await measure(lease.server.app_url, lease.server.admin_url)
    finally:
        await lease.release()


def main() -> None:
    log.configure("warning")
    folder = Path(tempfile.mkdtemp(prefix="hunch-bench-"))
    try:
        # The server may run as another user, who must be able to enter.
        folder.chmod(0o755)
        asyncio.run(measure_in(folder))
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
