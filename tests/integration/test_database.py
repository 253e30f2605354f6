"""Transactions: one workspace's, with its jobs, all or nothing; and errors in our own words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import asyncpg
import pytest

from bot import failpoints
from bot.domain.ids import WorkspaceId
from bot.errors import Conflict, DatabaseAway
from bot.ports import Job
from jobs.engine import enqueue
from storage.database import PostgresDatabase, open_pool
from tests.databases import TestDatabase

MINE, THEIRS = WorkspaceId("T1"), WorkspaceId("T2")
ROUTE = "INSERT INTO workspace_routes (workspace_id, installed_at) VALUES ($1, now())"
COUNT = "SELECT count(*) FROM workspace_routes"
JOBS = "SELECT count(*) FROM pgqueuer.pgqueuer"


@pytest.fixture
async def pool(database: TestDatabase) -> AsyncIterator[asyncpg.Pool]:
    pool = await open_pool(database.app_url, size=3)
    yield pool
    await pool.close()


@pytest.fixture
def db(pool: asyncpg.Pool) -> PostgresDatabase:
    return PostgresDatabase(pool, enqueue)


def a_job(key: str = "k") -> Job:
    return Job("surveys.look", MINE, "1", key)


async def test_rows_and_jobs_come_together(db: PostgresDatabase, pool: asyncpg.Pool) -> None:
    async with db.transaction(MINE, name="t") as tx:
        await tx.execute(ROUTE, MINE)
        tx.enqueue(a_job())
        assert await pool.fetchval(JOBS) == 0
    assert (await pool.fetchval(COUNT), await pool.fetchval(JOBS)) == (1, 1)


async def test_what_fails_leaves_neither_rows_nor_jobs(
    db: PostgresDatabase, pool: asyncpg.Pool
) -> None:
    async def fail() -> None:
        async with db.transaction(MINE, name="t") as tx:
            await tx.execute(ROUTE, MINE)
            tx.enqueue(a_job())
            raise KeyError

    with pytest.raises(KeyError):
        await fail()
    assert (await pool.fetchval(COUNT), await pool.fetchval(JOBS)) == (0, 0)


async def test_a_crash_before_the_commit_leaves_nothing_and_one_after_it_everything(
    db: PostgresDatabase, pool: asyncpg.Pool
) -> None:
    for place, left in (("t.before_commit", 0), ("t.after_commit", 1)):
        failpoints.arm({place: "fail"})
        with pytest.raises((OSError, DatabaseAway)):
            async with db.transaction(MINE, name="t") as tx:
                await tx.execute(ROUTE, MINE)
        assert await pool.fetchval(COUNT) == left


async def test_the_workspace_ends_with_its_transaction(db: PostgresDatabase) -> None:
    setting = "SELECT current_workspace()"
    async with db.transaction(MINE, name="t") as tx:
        assert (tx.workspace_id, await tx.fetchval(setting)) == (MINE, MINE)
    async with db.routing(name="t") as tx:
        assert await tx.fetchval(setting) is None
    async with db.transaction(THEIRS, name="t") as tx:
        assert await tx.fetchval(setting) == THEIRS


@pytest.mark.parametrize("wrong", ["", "t1", "T1'; DROP TABLE parts; --", "T" * 40, "U1"])
async def test_what_is_no_workspace_id_is_refused(db: PostgresDatabase, wrong: str) -> None:
    with pytest.raises(ValueError, match="not a workspace id"):
        async with db.transaction(WorkspaceId(wrong), name="t"):
            pass


async def test_many_rows_are_written_at_once(db: PostgresDatabase) -> None:
    async with db.routing(name="t") as tx:
        await tx.executemany(ROUTE, [(MINE,), (THEIRS,)])
        assert [row["workspace_id"] for row in await tx.fetch(_ALL)] == [MINE, THEIRS]
        assert await tx.fetchrow(f"{_ALL} LIMIT 1") is not None


_ALL = "SELECT workspace_id FROM workspace_routes ORDER BY workspace_id"


async def test_a_deadlock_is_a_conflict_for_one_and_nothing_for_the_other(
    db: PostgresDatabase,
) -> None:
    async with db.routing(name="t") as tx:
        await tx.executemany(ROUTE, [(MINE,), (THEIRS,)])
    lock = "SELECT FROM workspace_routes WHERE workspace_id = $1 FOR UPDATE"
    holding = asyncio.Barrier(2)

    async def take(first: str, second: str) -> None:
        async with db.routing(name="t") as tx:
            await tx.execute(lock, first)
            await holding.wait()
            await tx.execute(lock, second)

    ends = await asyncio.gather(take(MINE, THEIRS), take(THEIRS, MINE), return_exceptions=True)
    assert sorted(type(end).__name__ for end in ends) == ["Conflict", "NoneType"]


async def test_a_lock_that_does_not_come_is_a_conflict(
    db: PostgresDatabase, pool: asyncpg.Pool
) -> None:
    async with db.routing(name="t") as tx:
        await tx.execute(ROUTE, MINE)
    lock = "SELECT FROM workspace_routes FOR UPDATE NOWAIT"
    async with db.routing(name="t") as tx:
        await tx.execute(lock)
        with pytest.raises(Conflict):
            async with db.routing(name="t") as other:
                await other.execute(lock)


def raising(error: type[BaseException]) -> Callable[..., Any]:
    async def fail(*_: object, **__: object) -> Any:
        raise error("gone")

    return fail


@pytest.mark.parametrize(
    "error",
    [
        OSError,
        TimeoutError,
        asyncpg.ConnectionDoesNotExistError,
        asyncpg.TooManyConnectionsError,
        asyncpg.AdminShutdownError,
        asyncpg.InterfaceError,
        asyncpg.InternalClientError,
    ],
)
async def test_an_outage_has_one_name(
    db: PostgresDatabase, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    monkeypatch.setattr(asyncpg.Connection, "execute", raising(error))
    with pytest.raises(DatabaseAway):
        async with db.routing(name="t"):
            pass


async def test_a_mistake_of_ours_is_no_outage(db: PostgresDatabase) -> None:
    with pytest.raises(asyncpg.UndefinedTableError):
        async with db.routing(name="t") as tx:
            await tx.fetch("SELECT FROM nowhere")
    async with db.routing(name="t") as tx:
        assert await tx.fetchval("SELECT 1") == 1


async def test_a_connection_that_was_cut_is_replaced(
    db: PostgresDatabase, database: TestDatabase
) -> None:
    superuser = await asyncpg.connect(database.superuser_url)
    cut = """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND usename = 'hunch_app'
    """

    async def lose() -> None:
        async with db.routing(name="t") as tx:
            await superuser.execute(cut)
            await tx.fetchval("SELECT 1")

    try:
        with pytest.raises(DatabaseAway):
            await lose()
    finally:
        await superuser.close()
    # The pool's other connections were cut as well; each is noticed when it is next used.
    async with asyncio.timeout(20):
        while not await answers(db):
            pass


async def answers(db: PostgresDatabase) -> bool:
    try:
        async with db.routing(name="t") as tx:
            return bool(await tx.fetchval("SELECT true"))
    except DatabaseAway:
        return False


async def test_a_database_that_nobody_serves_is_away(database: TestDatabase) -> None:
    with pytest.raises(DatabaseAway):
        await open_pool("postgresql://hunch_app@127.0.0.1:9/hunch")
