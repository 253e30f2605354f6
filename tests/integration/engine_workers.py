"""Workers and jobs for the tests of the job engine."""

from __future__ import annotations

import asyncpg

from bot.domain.ids import WorkspaceId
from bot.ports import Job
from jobs.engine import RetryPolicy, Worker

QUICK = RetryPolicy(faults=3, base_s=0.01, cap_s=0.02)


def a_job(key: str, entrypoint: str = "surveys.look") -> Job:
    return Job(entrypoint, WorkspaceId("T1"), ref=key, key=key)


def a_worker(url: str, handler, **options) -> Worker:
    options = {"retry": QUICK, "poll_s": 0.2, **options}
    return Worker(lambda: asyncpg.connect(url), {"surveys.look": handler}, **options)


async def rows(connection: asyncpg.Connection) -> list[tuple[str, str]]:
    found = await connection.fetch(
        "SELECT dedupe_key, status::text FROM pgqueuer.pgqueuer ORDER BY id"
    )
    return [(row["dedupe_key"], row["status"]) for row in found]


async def is_empty(connection: asyncpg.Connection) -> bool:
    return await rows(connection) == []


async def failed(connection: asyncpg.Connection) -> bool:
    return ("k", "failed") in await rows(connection)


async def listening(connection: asyncpg.Connection, count: int) -> bool:
    """Whether that many workers have asked at least once how long to sleep."""
    asleep = await connection.fetchval("""
        SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND state = 'idle' AND query LIKE '%queued_work%'
    """)
    return bool(asleep >= count)
