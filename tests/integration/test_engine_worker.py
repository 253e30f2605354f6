"""What a worker does with jobs that fail, and when it is told to stop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import asyncpg
import pytest
from structlog.testing import capture_logs

from bot.errors import Conflict, DatabaseAway, Permanent, Retryable
from jobs.engine import QueuedJob, enqueue, queue_sizes
from tests.integration.engine_support import (
    Ledger,
    connected,
    shared_server,
    until,
    working,
)
from tests.integration.engine_workers import (
    QUICK,
    a_job,
    a_worker,
    failed,
    is_empty,
    listening,
    rows,
)


@pytest.fixture
async def url() -> str:
    server = shared_server()
    return server.url(await server.new_engine_database(), "hunch_app")


@pytest.fixture
async def connection(url: str) -> AsyncIterator[asyncpg.Connection]:
    async with connected(url) as connection:
        yield connection


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
    handler = Raising(*[Retryable("later")] * 4, *[DatabaseAway("gone"), Conflict("held")] * 4)
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
