"""Runs without a process: a workspace, a clock that tests move, and jobs taken when tests say so."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

import asyncpg
from pydantic import BaseModel

from bot.app.times import utc_now
from bot.domain.ids import WorkspaceId
from bot.domain.runs import RunDetail, RunId, RunStep, Trigger
from bot.errors import DatabaseAway
from bot.ports import TokenOwner, Transaction
from bot.use_cases import runs
from bot.watch import Watch
from jobs.engine import QueuedJob, enqueue
from jobs.pipelines import Pipeline
from jobs.runs import StepWorker
from storage import installs
from storage.database import PostgresDatabase, open_pool
from tests.databases import TestDatabase

T = TypeVar("T")

_POP = """
    DELETE FROM pgqueuer.pgqueuer WHERE id = (
        SELECT id FROM pgqueuer.pgqueuer
         WHERE entrypoint = 'runs.step' AND status = 'queued' AND execute_after <= $1
           AND headers ->> 'workspace_id' = $2
      ORDER BY execute_after, id LIMIT 1)
 RETURNING headers ->> 'workspace_id' AS workspace_id, convert_from(payload, 'UTF8') AS ref
"""
_WAITING = """
    SELECT count(*) FROM pgqueuer.pgqueuer
     WHERE entrypoint = 'runs.step' AND headers ->> 'workspace_id' = $1
"""


@dataclass
class Ground:
    """A workspace of a test's own, with a worker that works when it is told to."""

    pool: asyncpg.Pool
    db: PostgresDatabase
    team: WorkspaceId
    pipelines: list[Pipeline] = field(default_factory=list)
    # Ahead of PostgreSQL's time, so that whatever is queued for now is due.
    time: datetime = field(default_factory=lambda: utc_now() + timedelta(hours=1))
    watch: Watch = field(default_factory=Watch)

    def now(self) -> datetime:
        return self.time

    def wait(self, how_long: timedelta) -> None:
        self.time += how_long

    @asynccontextmanager
    async def transaction(self, team: WorkspaceId | None = None) -> AsyncIterator[Transaction]:
        async with self.db.transaction(team or self.team, name="test") as tx:
            yield tx

    async def value(self, statement: str, *values: Any) -> Any:
        async with self.transaction() as tx:
            return await tx.fetchval(statement, *values)

    def worker(self) -> StepWorker:
        return StepWorker(self.db, self.pipelines, self.now, self.watch)

    async def add_team(self) -> WorkspaceId:
        """Another workspace; returns its id."""
        team = _new_team()
        async with self.transaction(team) as tx:
            await installs.register(tx, TokenOwner(team, "Team", "U0BOT"), now=self.now())
        return team

    async def steer(self, act: Callable[..., Awaitable[T]], run_id: RunId, by: str = "M1") -> T:
        """Retry, restart or cancel."""
        async with self.transaction() as tx:
            return await act(tx, run_id, by=by, now=self.now())

    async def start(
        self, kind: str, params: BaseModel, *, trigger: Trigger = Trigger.PERSON
    ) -> RunId:
        async with self.transaction() as tx:
            found = await runs.start(tx, kind, params, trigger=trigger, by="M1", now=self.now())
        assert isinstance(found, runs.Started)
        return found.run_id

    async def take(self) -> QueuedJob | None:
        """The next job that is due, no longer in the queue: do it, or lose it."""
        row = await self.pool.fetchrow(_POP, self.now(), self.team)
        if row is None:
            return None
        return QueuedJob("runs.step", WorkspaceId(row["workspace_id"]), row["ref"], 1)

    async def work(self, worker: StepWorker | None = None) -> bool:
        """Do one job that is due, again until nothing is in the way; False: there was none."""
        job = await self.take()
        while job is not None:
            try:
                await (worker or self.worker()).step(job)
            except (DatabaseAway, OSError):
                continue
            return True
        return False

    async def drain(self) -> None:
        """Do what is due, and what follows from it."""
        while await self.work():
            pass

    async def wear_out(self, *, most: int = 50) -> None:
        """Do everything, letting the time pass for which things wait."""
        for _ in range(most):
            await self.drain()
            if not await self.pool.fetchval(_WAITING, self.team):
                return
            self.wait(timedelta(minutes=10))
        raise AssertionError("it never ends")

    async def detail(self, run_id: RunId) -> RunDetail:
        async with self.transaction() as tx:
            return await runs.get_run(tx, run_id)

    async def steps(self, run_id: RunId) -> Sequence[RunStep]:
        return (await self.detail(run_id)).steps

    async def states(self, run_id: RunId) -> list[str]:
        """The run's state, then its steps'."""
        detail = await self.detail(run_id)
        return [str(detail.run.state), *(str(step.state) for step in detail.steps)]


def _new_team() -> WorkspaceId:
    return WorkspaceId(f"T{uuid.uuid4().hex[:12].upper()}")


@asynccontextmanager
async def ground_on(database: TestDatabase, *pipelines: Pipeline) -> AsyncIterator[Ground]:
    """A new workspace in which runs of `pipelines` can be started; the database may have others."""
    pool = await open_pool(database.app_url)
    try:
        db = PostgresDatabase(pool, enqueue)
        ground = Ground(pool, db, _new_team(), list(pipelines))
        ground.team = await ground.add_team()
        yield ground
    finally:
        await pool.close()
