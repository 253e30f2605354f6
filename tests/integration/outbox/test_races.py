"""Many workers at once on real connections: locks and snapshots hold what the rows promise."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from bot.domain.ids import WorkspaceId
from bot.errors import Conflict, Retryable
from bot.ports import Job, Show
from bot.use_cases import outbox as rules
from jobs.engine import QueuedJob
from jobs.outbox import OutboxSender
from storage import outbox, slack_budgets
from storage.database import PostgresDatabase, PostgresTransaction
from storage.slack_budgets import Limit
from tests.integration.outbox.bench import START, WORKSPACE, Bench

_WRITERS, _PUTS, _LANES, _WORKERS = 3, 25, 3, 6


class QueueingDatabase(PostgresDatabase):
    """Hands on the jobs of a transaction the moment it is committed."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        super().__init__(pool, _leave)
        self.jobs: asyncio.Queue[Job] = asyncio.Queue()

    @asynccontextmanager
    async def transaction(
        self, workspace_id: WorkspaceId, *, name: str
    ) -> AsyncIterator[PostgresTransaction]:
        async with super().transaction(workspace_id, name=name) as tx:
            yield tx
        for job in tx.jobs:
            self.jobs.put_nowait(job)


async def _leave(connection: asyncpg.Connection, jobs: Sequence[Job]) -> None:
    """They are handed on after the commit."""


class Crowd:
    """Writers and workers that share a queue; workers take its jobs as they come."""

    def __init__(self, bench: Bench) -> None:
        self.db = QueueingDatabase(bench.pool)
        self.sender = OutboxSender(self.db, bench.slack, lambda: datetime.now(UTC))
        self.wanted: dict[str, str] = {}

    async def write(self, seed: int) -> None:
        dice = random.Random(seed)
        for n in range(_PUTS):
            lane = f"U{dice.randrange(_LANES)}"
            key, text = f"{lane}:{seed}:{dice.randrange(3)}", f"{seed}:{n}"
            self.wanted[key] = text
            async with self.db.transaction(WORKSPACE, name="test") as tx:
                await outbox.put(tx, Show(key, lane, {"text": text}), now=datetime.now(UTC))

    async def work(self) -> None:
        while True:
            job = await self.db.jobs.get()
            await self._run(job)
            self.db.jobs.task_done()

    async def _run(self, job: Job) -> None:
        try:
            await self.sender.send(QueuedJob(job.entrypoint, WORKSPACE, job.ref, 1))
        except (Retryable, Conflict):
            await asyncio.sleep(0.005)
            self.db.jobs.put_nowait(job)


async def test_crowds_of_writers_and_workers_lose_no_wake_up_and_post_nothing_twice(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "_limits", lambda row, way: [])
    crowd = Crowd(bench)
    workers = [asyncio.create_task(crowd.work()) for _ in range(_WORKERS)]
    await asyncio.gather(*(crowd.write(seed) for seed in range(_WRITERS)))
    await asyncio.wait_for(crowd.db.jobs.join(), 60)
    for worker in workers:
        worker.cancel()
    assert set(await bench.states()) == {"sent"}
    seen = sorted(str(message.payload["text"]) for message in bench.slack.messages)
    assert seen == sorted(crowd.wanted.values())


async def test_processes_that_ask_at_once_share_one_budget(bench: Bench) -> None:
    limit = Limit("chat.update", per_minute=60, burst=5)

    async def ask() -> datetime:
        async with bench.db.transaction(WORKSPACE, name="test") as tx:
            return await slack_budgets.reserve(tx, [limit], now=START)

    goes = sorted(await asyncio.gather(*(ask() for _ in range(20))))
    late = [max(0, n - 4) for n in range(20)]
    assert goes == [START + timedelta(seconds=s) for s in late]


async def test_a_budget_filled_by_a_clock_since_set_back_does_not_stop_everybody(
    bench: Bench,
) -> None:
    limit = Limit("chat.update", per_minute=60, burst=5)
    async with bench.db.transaction(WORKSPACE, name="test") as tx:
        await slack_budgets.reserve(tx, [limit], now=START + timedelta(days=1))
        await slack_budgets.hold(tx, limit, until=START + timedelta(days=1))
        assert not await slack_budgets.is_held(tx, limit, now=START)
        goes_at = await slack_budgets.reserve(tx, [limit], now=START)
    assert goes_at <= START + timedelta(minutes=10)
