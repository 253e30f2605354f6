"""What happens to jobs when a worker, its connection or the database dies or freezes."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
from structlog.testing import capture_logs

from bot.errors import DatabaseReadOnly
from jobs.engine import QueuedJob, Worker, enqueue
from tests.integration.engine_support import (
    Ledger,
    Server,
    connected,
    shared_server,
    until,
    working,
)
from tests.integration.engine_worker import NOTES
from tests.integration.engine_workers import a_job, a_worker, failed, is_empty, listening, rows


@pytest.fixture
async def url() -> str:
    server = shared_server()
    return server.url(await server.new_engine_database(), "hunch_app")


@pytest.fixture
async def connection(url: str) -> AsyncIterator[asyncpg.Connection]:
    async with connected(url) as connection:
        yield connection


@pytest.fixture
def own_server() -> Iterator[Server]:
    server = Server()
    yield server
    server.remove()


@pytest.fixture
async def notes(url: str) -> AsyncIterator[asyncpg.Connection]:
    server = shared_server()
    owner = url.replace("hunch_app@", "postgres@")
    assert str(server.folder) in url
    async with connected(owner) as connection:
        await connection.execute(NOTES)
        yield connection


class Process:
    """A worker in a process of its own."""

    def __init__(self, url: str, lease_s: float) -> None:
        script = Path(__file__).with_name("engine_worker.py")
        self.popen = subprocess.Popen(
            [sys.executable, str(script), url, str(lease_s)],
            env={"PYTHONPATH": str(Path(__file__).parents[2])},
        )

    def end(self) -> None:
        self.popen.kill()
        self.popen.wait(10)


async def noted(connection: asyncpg.Connection, what: str, count: int) -> bool:
    found = await connection.fetchval("SELECT count(*) FROM notes WHERE what = $1", what)
    return bool(found >= count)


async def test_jobs_of_a_killed_worker_are_all_finished_by_another(url, notes):
    await enqueue(notes, [a_job(f"k{n:02}") for n in range(50)])
    process = Process(url, 1.0)
    try:
        await until(lambda: noted(notes, "started", 50))
    finally:
        process.end()
    ledger = Ledger()
    async with working(a_worker(url, ledger, lease_s=1.0)):
        began = time.monotonic()
        await ledger.holds(50)
        assert time.monotonic() - began < 10
        await until(lambda: is_empty(notes))
    assert sorted(ledger.refs) == [f"k{n:02}" for n in range(50)]


async def test_a_job_that_kills_its_workers_is_given_up(url, connection):
    ledger = Ledger()
    await enqueue(connection, [a_job("k")])
    await connection.execute("""
        UPDATE pgqueuer.pgqueuer SET status = 'picked', heartbeat = now() - interval '1 hour',
               headers = headers || '{"faults": 2}'
    """)
    with capture_logs() as logs:
        async with working(a_worker(url, ledger)):
            await until(lambda: failed(connection))
    assert ledger.seen == []
    assert "job.failed" in [entry["event"] for entry in logs]


async def test_a_worker_that_was_frozen_cannot_finish_a_job_another_has_taken(url, notes):
    await enqueue(notes, [a_job("k")])
    frozen = Process(url, 1.0)
    try:
        await until(lambda: noted(notes, "started", 1))
        frozen.popen.send_signal(signal.SIGSTOP)
        release, taken = asyncio.Event(), Ledger()

        async def slow(job: QueuedJob) -> None:
            await taken(job)
            await release.wait()

        async with working(a_worker(url, slow, lease_s=1.0)):
            await taken.holds(1)
            await notes.execute("INSERT INTO notes VALUES ('k', 'go', 0)")
            frozen.popen.send_signal(signal.SIGCONT)
            await until(lambda: noted(notes, "finished", 1))
            # Its outcomes are written in order: when the probe is settled, so is the old job.
            await enqueue(notes, [a_job("p", "probe")])
            await until(lambda: noted(notes, "probed", 1))
            await until(lambda: settled(notes, "p"))
            assert await rows(notes) == [("k", "picked")]
            release.set()
            await until(lambda: is_empty(notes))
    finally:
        frozen.end()
    assert len(taken.seen) == 1


async def settled(connection: asyncpg.Connection, key: str) -> bool:
    return key not in dict(await rows(connection))


async def test_a_long_job_is_not_taken_away_while_its_worker_lives(url, connection):
    ledger, release = Ledger(), asyncio.Event()

    async def slow(job: QueuedJob) -> None:
        await ledger(job)
        await release.wait()

    other = Ledger()
    await enqueue(connection, [a_job("k")])
    async with working(a_worker(url, slow, lease_s=0.6)):
        await ledger.holds(1)
        async with working(a_worker(url, other, lease_s=0.6)):
            first = await beat(connection)
            await until(lambda: beats_after(connection, first, 1.5))
            release.set()
            await until(lambda: is_empty(connection))
    assert (len(ledger.seen), other.seen) == (1, [])


async def beat(connection: asyncpg.Connection) -> float:
    at = await connection.fetchval("SELECT extract(epoch FROM heartbeat) FROM pgqueuer.pgqueuer")
    return float(at)


async def beats_after(connection: asyncpg.Connection, first: float, seconds: float) -> bool:
    return await beat(connection) > first + seconds


_CUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


async def test_a_worker_whose_connection_is_cut_hears_again(url, connection):
    ledger = Ledger()
    async with (
        connected(url.replace("hunch_app@", "postgres@")) as superuser,
        working(a_worker(url, ledger)),
    ):
        for round_trip in range(5):
            await superuser.execute(_CUT)
            await enqueue(superuser, [a_job(f"k{round_trip}")])
            await ledger.holds(round_trip + 1)


async def test_a_worker_outlives_a_restart_of_the_server(own_server):
    url = own_server.url(await own_server.new_engine_database(), "hunch_app")
    ledger, release = Ledger(), asyncio.Event()

    async def slow(job: QueuedJob) -> None:
        await ledger(job)
        if job.ref == "during":
            await release.wait()

    async with working(a_worker(url, slow)):
        async with connected(url) as connection:
            await enqueue(connection, [a_job("during")])
        await ledger.holds(1)
        await asyncio.to_thread(own_server.stop)
        release.set()
        await asyncio.to_thread(own_server.start)
        async with connected(url) as connection:
            await enqueue(connection, [a_job("after")])
            await ledger.holds(2)
            await until(lambda: is_empty(connection))
    # Whose outcome the restart swallowed runs again, as every job may.
    assert set(ledger.refs) == {"during", "after"}


async def test_a_worker_can_be_stopped_while_the_database_is_away():
    attempts = asyncio.Event()

    async def refused() -> asyncpg.Connection:
        attempts.set()
        raise ConnectionRefusedError

    stop = asyncio.Event()
    worker = Worker(refused, {})
    task = asyncio.create_task(worker.run(stop))
    await attempts.wait()
    stop.set()
    await asyncio.wait_for(task, 20)


async def test_a_read_only_database_is_one_calm_line_until_the_worker_is_stopped(url):
    attempts: list[int] = []

    async def standby() -> asyncpg.Connection:
        attempts.append(1)
        return await asyncpg.connect(url, server_settings={"default_transaction_read_only": "on"})

    with capture_logs() as logs:
        async with working(Worker(standby, {"surveys.look": Ledger()})):
            await until(lambda: len(attempts) > 3)
    told = [line for line in logs if line["event"] == "engine.database_away"]
    assert [line["advice"] for line in told] == [DatabaseReadOnly.advice]
    assert {line["event"] for line in logs} - {"engine.database_away"} <= {
        "worker.left_without_database"
    }
    assert not any(line.get("exc_info") for line in logs)


async def test_a_worker_that_stumbles_gets_up(url, connection):
    ledger = Ledger()
    owner = url.replace("hunch_app@", "postgres@")
    await connection.execute("SELECT 1")
    async with connected(owner) as superuser:
        await superuser.execute("ALTER TABLE pgqueuer.pgqueuer RENAME TO elsewhere")
        with capture_logs() as logs:
            async with working(a_worker(url, ledger)):
                await until(lambda: "worker.stumbled" in [entry["event"] for entry in logs])
                await superuser.execute("ALTER TABLE pgqueuer.elsewhere RENAME TO pgqueuer")
                await enqueue(superuser, [a_job("k")])
                await ledger.holds(1)


async def test_a_job_that_others_had_meanwhile_runs_again_after_the_old_run_ended(url, connection):
    """As for a worker that was frozen while another one took its job and put it back."""
    ledger, release = Ledger(), asyncio.Event()

    async def slow(job: QueuedJob) -> None:
        await ledger(job)
        await release.wait()

    await enqueue(connection, [a_job("k")])
    async with working(a_worker(url, slow)):
        await ledger.holds(1)
        await connection.execute("""
            UPDATE pgqueuer.pgqueuer
               SET status = 'queued', queue_manager_id = NULL, updated = now(), attempts = 1
        """)
        release.set()
        await ledger.holds(2)
        await until(lambda: is_empty(connection))
    assert [job.attempt for job in ledger.seen] == [1, 2]


async def test_a_worker_leaves_even_if_its_backend_is_frozen(url, connection):
    backends: list[int] = []

    async def connect() -> asyncpg.Connection:
        opened = await asyncpg.connect(url)
        backends.append(opened.get_server_pid())
        return opened

    worker = Worker(connect, {"surveys.look": Ledger()}, poll_s=0.05, drain_s=0.05)
    stop = asyncio.Event()
    task = asyncio.create_task(worker.run(stop))
    await until(lambda: listening(connection, 1))
    os.kill(backends[0], signal.SIGSTOP)
    try:
        stop.set()
        await asyncio.wait_for(task, 20)
    finally:
        os.kill(backends[0], signal.SIGCONT)
