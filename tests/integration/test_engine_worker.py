"""What a worker does when its jobs, its process or its database fail."""

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

from bot.domain.ids import WorkspaceId
from bot.errors import DatabaseAway, Permanent, Retryable
from bot.ports import Job
from jobs.engine import QueuedJob, RetryPolicy, Worker, enqueue, queue_sizes
from tests.integration.engine_support import (
    Ledger,
    Server,
    connected,
    shared_server,
    until,
    working,
)
from tests.integration.engine_worker import NOTES

QUICK = RetryPolicy(faults=3, base_s=0.01, cap_s=0.02)


def a_job(key: str, entrypoint: str = "surveys.look") -> Job:
    return Job(entrypoint, WorkspaceId("T1"), ref=key, key=key)


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


class Raising:
    """A handler that raises each of `errors` in turn, then succeeds."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.times: list[float] = []
        self.done = asyncio.Event()

    async def __call__(self, job: QueuedJob) -> None:
        self.times.append(time.monotonic())
        assert job.attempt == len(self.times)
        if self.errors:
            raise self.errors.pop(0)
        self.done.set()


async def test_a_job_that_is_asked_for_patience_runs_again_after_that_time(url, connection):
    handler = Raising(Retryable("rate limited", after_s=0.4))
    await enqueue(connection, [a_job("k")])
    async with working(a_worker(url, handler, poll_s=30)):
        await asyncio.wait_for(handler.done.wait(), 20)
    assert 0.4 <= handler.times[1] - handler.times[0] < 5


async def test_patience_and_an_absent_database_never_use_up_a_job(url, connection):
    handler = Raising(*[Retryable("later")] * 4, *[DatabaseAway("gone")] * 4)
    await enqueue(connection, [a_job("k")])
    async with working(a_worker(url, handler)):
        await asyncio.wait_for(handler.done.wait(), 20)
        await until(lambda: is_empty(connection))


async def test_a_job_that_fails_now_and_then_gets_there(url, connection):
    handler = Raising(ValueError("once"), ValueError("twice"))
    await enqueue(connection, [a_job("k")])
    async with working(a_worker(url, handler)):
        await asyncio.wait_for(handler.done.wait(), 20)
        await until(lambda: is_empty(connection))


async def failed(connection: asyncpg.Connection) -> bool:
    return ("k", "failed") in await rows(connection)


async def test_a_job_that_keeps_failing_is_kept_as_failed_and_logged_with_its_error(
    url, connection
):
    handler = Raising(*[ValueError("wrong: secret text")] * 9)
    await enqueue(connection, [a_job("k")])
    with capture_logs() as logs:
        async with working(a_worker(url, handler)):
            await until(lambda: failed(connection))
    assert len(handler.times) == QUICK.faults
    [entry] = [entry for entry in logs if entry["event"] == "job.failed"]
    assert entry["exc_info"] is True
    assert (entry["entrypoint"], entry["workspace_id"], entry["ref"]) == (
        "surveys.look",
        "T1",
        "k",
    )
    [size] = await queue_sizes(connection)
    assert size.failed == 1


async def test_the_engines_own_log_never_holds_the_text_of_an_error(url, connection):
    await enqueue(connection, [a_job("k")])
    handler = Raising(*[ValueError("wrong: secret text")] * 9)
    async with working(a_worker(url, handler)):
        await until(lambda: failed(connection))
    traces = await connection.fetchval(
        "SELECT string_agg(traceback::text, ' ') FROM pgqueuer.pgqueuer_log"
    )
    assert "ValueError" in traces
    assert "secret text" not in traces


async def test_the_key_of_a_failed_job_may_be_queued_again(url, connection):
    await enqueue(connection, [a_job("k")])
    handler = Raising(*[ValueError("wrong")] * 3)
    async with working(a_worker(url, handler)):
        await until(lambda: failed(connection))
        handler.times.clear()
        await enqueue(connection, [a_job("k")])
        await asyncio.wait_for(handler.done.wait(), 20)


async def test_what_is_refused_for_good_is_not_tried_again(url, connection):
    handler = Raising(Permanent("account_inactive"))
    await enqueue(connection, [a_job("k")])
    async with working(a_worker(url, handler)):
        await until(lambda: failed(connection))
    assert len(handler.times) == 1


async def test_a_retry_wakes_the_other_workers_too(url, connection):
    """pgqueuer's own retry is silent: others would sleep until their next poll."""
    release, ledger = asyncio.Event(), Ledger()

    async def first(job: QueuedJob) -> None:
        await release.wait()
        raise Retryable("not me", after_s=0)

    busy = a_worker(url, first, room=1, poll_s=30)
    idle = a_worker(url, ledger, poll_s=30)
    async with working(busy):
        await enqueue(connection, [a_job("k")])
        await until(lambda: has_status(connection, "picked"))
        async with working(idle):
            await until(lambda: listening(connection, 2))
            release.set()
            await ledger.holds(1, timeout_s=10)


async def has_status(connection: asyncpg.Connection, status: str) -> bool:
    return ("k", status) in await rows(connection)


async def listening(connection: asyncpg.Connection, count: int) -> bool:
    """Whether that many workers have asked at least once how long to sleep."""
    asleep = await connection.fetchval("""
        SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND state = 'idle' AND query LIKE '%queued_work%'
    """)
    return bool(asleep >= count)


async def test_on_stop_running_jobs_finish_and_waiting_ones_stay(url, connection):
    release, ledger = asyncio.Event(), Ledger()

    async def slow(job: QueuedJob) -> None:
        await ledger(job)
        await release.wait()

    await enqueue(connection, [a_job("a"), a_job("b")])
    async with working(a_worker(url, slow, room=1)) as stop:
        await ledger.holds(1)
        stop.set()
        release.set()
    assert ledger.refs == ["a"]
    assert await rows(connection) == [("b", "queued")]


async def test_what_does_not_finish_in_time_is_free_for_others_at_once(url, connection):
    ledger, other = Ledger(), Ledger()

    async def endless(job: QueuedJob) -> None:
        await ledger(job)
        await asyncio.Event().wait()

    await enqueue(connection, [a_job("k")])
    async with working(a_worker(url, other, poll_s=30, room=1)):
        await other.holds(1)
        async with working(a_worker(url, endless, drain_s=0.05)) as stop:
            await until(lambda: listening(connection, 2))
            await enqueue(connection, [a_job("k1"), a_job("k2"), a_job("k3")])
            await until(lambda: bool(ledger.seen) or len(other.seen) == 4)
            stop.set()
        await other.holds(4)
    assert {"k1", "k2", "k3"} <= set(other.refs)


async def test_a_handler_that_will_not_be_sent_home_does_not_keep_the_worker(url, connection):
    started, end = asyncio.Event(), asyncio.Event()

    async def stubborn(job: QueuedJob) -> None:
        started.set()
        while not end.is_set():
            try:
                await end.wait()
            except asyncio.CancelledError:
                continue

    await enqueue(connection, [a_job("k")])
    stop = asyncio.Event()
    task = asyncio.create_task(a_worker(url, stubborn, drain_s=0.05).run(stop))
    await started.wait()
    stop.set()
    try:
        await asyncio.wait({task}, timeout=10)
        assert task.done()
    finally:
        end.set()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_cancelled_worker_gives_its_jobs_back(url, connection):
    started = asyncio.Event()

    async def endless(job: QueuedJob) -> None:
        started.set()
        await asyncio.Event().wait()

    await enqueue(connection, [a_job("k")])
    task = asyncio.create_task(a_worker(url, endless).run(asyncio.Event()))
    await asyncio.wait_for(started.wait(), 20)
    task.cancel()
    await asyncio.wait({task}, timeout=20)
    assert task.cancelled()
    assert await rows(connection) == [("k", "queued")]


async def test_jobs_nobody_here_handles_are_left_for_those_who_do(url, connection):
    ledger = Ledger()
    await enqueue(connection, [a_job("k", "newer.kind"), a_job("mine")])
    async with working(a_worker(url, ledger)):
        await ledger.holds(1)
    assert await rows(connection) == [("k", "queued")]


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
    assert ledger.refs == ["during", "after"]


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
