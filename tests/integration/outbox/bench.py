"""The outbox on a bench: real rows, a queue and a Slack that a test can stop at any step.

Jobs are kept in a list instead of the engine's table, time stands still until it is moved, and each
call to Slack meets the fate that the test has chosen for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import asyncpg

from bot.domain.ids import WorkspaceId
from bot.errors import Permanent, Retryable, Unclear
from bot.ports import Effect, Job, Posted, Show
from bot.use_cases.outbox import Patience
from jobs.engine import QueuedJob
from jobs.outbox import OutboxSender
from storage import outbox
from storage.database import PostgresDatabase, open_pool
from tests.databases import TestDatabase

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
WORKSPACE = WorkspaceId("T1")
# When the engine takes a dead worker's job as lost.
JOB_LEASE = timedelta(seconds=12)
_SET_UP = """
    INSERT INTO workspace_routes VALUES ('T1', now());
    SET hunch.workspace_id = 'T1';
    INSERT INTO workspaces (workspace_id, name, bot_user_id) VALUES ('T1', 'Acme', 'UBOT');
"""


class Crash(BaseException):
    """The process ends here."""


class Fate(StrEnum):
    """What becomes of one call."""

    OK = "ok"
    LATER = "later"
    REFUSED = "refused"
    LOST = "lost"
    ANSWER_LOST = "answer lost"
    LANDS_LATE = "lands late"
    DIES = "dies before"
    DIES_AFTER = "dies after"
    FREEZES = "freezes before"
    FREEZES_AFTER = "freezes after"


@dataclass
class Seen:
    """One message as people see it."""

    ts: str
    target: str
    outbox_id: int
    key: str
    payload: Mapping[str, Any]
    at: datetime


class BenchSlack:
    """`bot.ports.Slack` with a fate for each call; `fates` is asked for the next one."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self.messages: list[Seen] = []
        self.homes: dict[str, Mapping[str, Any]] = {}
        self.replies: list[str] = []
        self.calls: list[str] = []
        self.fates: Callable[[str], Fate] = lambda method: Fate.OK
        self.refusal = "is_archived"
        self.after_s: float | None = 3.0
        self.thaw = asyncio.Event()
        self.froze = asyncio.Event()
        self._landing: list[tuple[datetime, Callable[[], None]]] = []

    async def for_workspace(self, workspace_id: WorkspaceId) -> BenchSlack:
        return self

    def for_answers(self, workspace_id: WorkspaceId) -> BenchSlack:
        return self

    def fated(self, *fates: Fate) -> None:
        """The next calls meet these fates; all later ones go well."""
        coming = list(fates)
        self.fates = lambda method: coming.pop(0) if coming else Fate.OK

    async def test(self) -> None: ...

    async def post(
        self,
        target: str,
        payload: Mapping[str, Any],
        *,
        outbox_id: int,
        key: str,
        before: datetime,
    ) -> Posted:
        ts = f"{len(self.calls)}.0"

        def land() -> None:
            self.messages.append(Seen(ts, target, outbox_id, key, payload, self._bench.now))

        await self._meet("post", land, before)
        return Posted(f"D{target}", ts)

    async def update(self, posted: Posted, payload: Mapping[str, Any], *, before: datetime) -> None:
        await self._meet("update", lambda: self._change(posted.ts, payload), before)

    async def replace(
        self, response_url: str, payload: Mapping[str, Any], *, before: datetime
    ) -> None:
        await self._meet("replace", lambda: self._change(response_url, payload), before)

    async def reply(
        self, response_url: str, payload: Mapping[str, Any], *, before: datetime
    ) -> None:
        await self._meet("reply", lambda: self.replies.append(payload["text"]), before)

    async def publish_home(self, user: str, view: Mapping[str, Any], *, before: datetime) -> None:
        await self._meet("publish_home", lambda: self.homes.update({user: view}), before)

    async def open_dialog(self, trigger_id: str, view: Mapping[str, Any]) -> None:
        raise NotImplementedError

    async def list_users(self, cursor: str) -> Any:
        raise NotImplementedError

    async def find_posted(
        self, target: str, *, outbox_id: int, key: str, since: datetime, until: datetime
    ) -> Posted | None:
        await self._meet("history", lambda: None, None)
        for message in self.messages:
            marked = message.outbox_id == outbox_id or message.key == key
            if marked and since <= message.at <= until:
                return Posted(f"D{target}", message.ts)
        return None

    def pass_time(self) -> None:
        """What was under way lands when its time has come."""
        due = [land for at, land in self._landing if at <= self._bench.now]
        self._landing = [one for one in self._landing if one[0] > self._bench.now]
        for land in due:
            land()

    def _change(self, ts: str, payload: Mapping[str, Any]) -> None:
        for message in self.messages:
            if message.ts == ts:
                message.payload = payload

    async def _meet(self, method: str, land: Callable[[], None], before: datetime | None) -> None:
        self.calls.append(method)
        fate = self.fates(method)
        if fate is Fate.FREEZES:
            await self._freeze()
        if before is not None and self._bench.now >= before:
            raise Retryable("too late to begin")
        await self._carry_out(fate, land)

    async def _carry_out(self, fate: Fate, land: Callable[[], None]) -> None:
        match fate:
            case Fate.LATER:
                raise Retryable("ratelimited", after_s=self.after_s)
            case Fate.REFUSED:
                raise Permanent(self.refusal)
            case Fate.LOST:
                raise Unclear("timeout")
            case Fate.LANDS_LATE:
                self._bench.now += self._bench.patience.request
                soon = self._bench.now + self._bench.patience.landing * 0.9
                self._landing.append((soon, land))
                raise Unclear("timeout")
            case Fate.DIES:
                raise Crash
        land()
        if fate is Fate.DIES_AFTER:
            raise Crash
        if fate is Fate.ANSWER_LOST:
            raise Unclear("timeout")
        if fate is Fate.FREEZES_AFTER:
            await self._freeze()

    async def _freeze(self) -> None:
        self.froze.set()
        await self.thaw.wait()


@dataclass
class Bench:
    """One workspace's outbox with its queue; `now` is everybody's time."""

    pool: asyncpg.Pool
    now: datetime = START
    patience: Patience = field(default_factory=Patience)
    queue: dict[str, tuple[datetime, Job]] = field(default_factory=dict)
    frozen: list[asyncio.Task[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.slack = BenchSlack(self)
        self.db = PostgresDatabase(self.pool, self._enqueue)
        self.sender = OutboxSender(self.db, self.slack, lambda: self.now, self.patience)

    async def _enqueue(self, connection: asyncpg.Connection, jobs: Sequence[Job]) -> None:
        for job in jobs:
            self.queue.setdefault(job.key, (job.run_at or self.now, job))

    async def put(self, effect: Effect) -> None:
        async with self.db.transaction(WORKSPACE, name="test") as tx:
            await outbox.put(tx, effect, now=self.now)

    async def show(
        self, key: str, text: str, *, target: str = "U1", url: str | None = None
    ) -> None:
        await self.put(Show(key, target, {"text": text}, url))

    async def sweep(self) -> int:
        async with self.db.transaction(WORKSPACE, name="test") as tx:
            return await outbox.wake_overdue(tx, now=self.now)

    async def rows(self) -> list[dict[str, Any]]:
        async with self.db.transaction(WORKSPACE, name="test") as tx:
            found = await tx.fetch(
                "SELECT outbox_id, effect_key, state, attempt, failures, reason, due_at, payload"
                "  FROM outbox ORDER BY outbox_id"
            )
            return [dict(row) for row in found]

    async def states(self) -> list[str]:
        return [row["state"] for row in await self.rows()]

    async def execute(self, statement: str, *values: Any) -> None:
        async with self.db.transaction(WORKSPACE, name="test") as tx:
            await tx.execute(statement, *values)

    def due(self) -> list[str]:
        return [key for key, (at, _) in self.queue.items() if at <= self.now]

    def wait(self, span: timedelta) -> None:
        self.now += span
        self.slack.pass_time()

    async def run(self, key: str) -> None:
        """Run one job to its end, its process's end, or until it freezes."""
        _, job = self.queue[key]
        self.slack.froze.clear()
        task = asyncio.create_task(self._run(key, job))
        froze = asyncio.create_task(self.slack.froze.wait())
        await asyncio.wait({task, froze}, return_when=asyncio.FIRST_COMPLETED)
        froze.cancel()
        if task.done():
            await task
            return
        self.frozen.append(task)
        # A frozen worker's job is given to somebody else.
        self.queue[key] = (self.now + JOB_LEASE, job)

    async def _run(self, key: str, job: Job) -> None:
        try:
            await self.sender.send(QueuedJob(job.entrypoint, WORKSPACE, job.ref, 1))
        except Retryable as error:
            if asyncio.current_task() in self.frozen:
                return
            self.queue[key] = (self.now + timedelta(seconds=error.after_s or 1.0), job)
        except Crash:
            self.queue[key] = (self.now + JOB_LEASE, job)
        else:
            if asyncio.current_task() not in self.frozen:
                self.queue.pop(key, None)

    async def thaw(self) -> None:
        """Let every frozen worker go on."""
        self.slack.thaw.set()
        await asyncio.gather(*self.frozen)
        self.frozen.clear()
        self.slack.thaw = asyncio.Event()

    async def drain(self, *, longest: timedelta = timedelta(days=2)) -> None:
        """Run everything, moving the time on when nothing is due."""
        end = self.now + longest
        while self.queue and self.now < end:
            due = self.due()
            if not due:
                self.wait(max(min(at for at, _ in self.queue.values()) - self.now, timedelta(0)))
                continue
            await self.run(due[0])

    async def drain_now(self) -> None:
        """Run what is due, without letting time pass."""
        while due := self.due():
            await self.run(due[0])


@asynccontextmanager
async def bench_on(database: TestDatabase) -> AsyncIterator[Bench]:
    admin = await asyncpg.connect(database.admin_url)
    try:
        await admin.execute(f"SET search_path = hunch; {_SET_UP}")
    finally:
        await admin.close()
    pool = await open_pool(database.app_url)
    try:
        yield Bench(pool)
    finally:
        await pool.close()
