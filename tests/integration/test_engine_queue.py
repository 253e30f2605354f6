"""Queueing jobs: in the caller's transaction, once for each key, fairly, for the right moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from bot.domain.ids import WorkspaceId
from bot.ports import Job
from jobs.engine import Worker, enqueue, install, prune, queue_sizes
from tests.integration.engine_support import Ledger, connected, shared_server, working


def a_job(key: str, *, workspace: str = "T1", entrypoint: str = "surveys.look", **more) -> Job:
    return Job(entrypoint, WorkspaceId(workspace), ref=f"ref of {key}", key=key, **more)


@pytest.fixture
async def url() -> str:
    server = shared_server()
    return server.url(await server.new_engine_database(), "hunch_app")


@pytest.fixture
async def connection(url: str) -> AsyncIterator[asyncpg.Connection]:
    async with connected(url) as connection:
        yield connection


def a_worker(url: str, ledger: Ledger, **options) -> Worker:
    return Worker(lambda: asyncpg.connect(url), {"surveys.look": ledger}, poll_s=0.2, **options)


async def keys(connection: asyncpg.Connection) -> list[str]:
    rows = await connection.fetch("SELECT dedupe_key FROM pgqueuer.pgqueuer ORDER BY id")
    return [row["dedupe_key"] for row in rows]


async def test_a_job_reaches_its_handler_with_all_it_was_queued_with(url, connection):
    ledger = Ledger()
    await enqueue(connection, [a_job("k", workspace="T9")])
    async with working(a_worker(url, ledger)):
        [job] = await ledger.holds(1)
    assert (job.entrypoint, job.workspace_id, job.ref, job.attempt) == (
        "surveys.look",
        "T9",
        "ref of k",
        1,
    )


async def test_a_job_of_a_rolled_back_transaction_does_not_exist(connection):
    transaction = connection.transaction()
    await transaction.start()
    await enqueue(connection, [a_job("k")])
    await transaction.rollback()
    assert await keys(connection) == []


async def test_a_key_that_waits_already_is_skipped_and_the_transaction_goes_on(connection):
    await enqueue(connection, [a_job("k")])
    async with connection.transaction():
        await enqueue(connection, [a_job("k"), a_job("other"), a_job("other")])
        assert await connection.fetchval("SELECT 1") == 1
    assert await keys(connection) == ["k", "other"]


async def test_queueing_nothing_asks_the_database_nothing():
    await enqueue(None, [])


async def test_a_key_is_free_again_when_its_job_is_done(url, connection):
    ledger = Ledger()
    async with working(a_worker(url, ledger)):
        await enqueue(connection, [a_job("k")])
        await ledger.holds(1)
        async with asyncio.timeout(20):
            while len(ledger.seen) < 2:
                await enqueue(connection, [a_job("k")])


async def test_two_transactions_with_the_same_keys_in_opposite_order_do_not_deadlock(url):
    async with connected(url) as one, connected(url) as two:
        names = [f"k{n:02}" for n in range(50)]

        async def queue(connection: asyncpg.Connection, order: list[str]) -> None:
            async with connection.transaction():
                await enqueue(connection, [a_job(name) for name in order])

        for _ in range(10):
            await asyncio.gather(queue(one, names), queue(two, names[::-1]))
            assert sorted(await keys(one)) == names
            await one.execute("DELETE FROM pgqueuer.pgqueuer")


async def test_statements_and_functions_can_queue_a_job_themselves(url, connection):
    async with connection.transaction():
        call = """SELECT pgqueuer.enqueue_jobs(
            ARRAY['surveys.look'], ARRAY['T1'], ARRAY['7'], ARRAY['click:7'],
            ARRAY[NULL::timestamptz], ARRAY[0])"""
        assert await connection.fetchval(call) == 1
        assert await connection.fetchval(call) == 0
    ledger = Ledger()
    async with working(a_worker(url, ledger)):
        [job] = await ledger.holds(1)
    assert (job.workspace_id, job.ref) == ("T1", "7")


async def test_a_deferred_job_starts_at_its_time_and_not_before(url, connection):
    ledger = Ledger()
    async with working(a_worker(url, ledger)):
        due = datetime.now(UTC) + timedelta(seconds=0.7)
        await enqueue(connection, [a_job("later", run_at=due)])
        await ledger.holds(1)
        late = datetime.now(UTC) - due
    assert timedelta(0) <= late < timedelta(seconds=0.5)


async def test_a_higher_priority_goes_first(url, connection):
    ledger = Ledger()
    await enqueue(connection, [a_job("low", priority=-1), a_job("high", priority=1), a_job("mid")])
    async with working(a_worker(url, ledger)):
        await ledger.holds(3)
    assert ledger.refs == ["ref of high", "ref of mid", "ref of low"]


@pytest.mark.parametrize("together", [True, False])
async def test_a_burst_of_one_workspace_does_not_make_another_wait(url, connection, together):
    ledger = Ledger()
    burst = [a_job(f"a{n:04}", workspace="T1") for n in range(1000)]
    if together:
        await enqueue(connection, burst)
    else:
        async with connection.transaction():
            for job in burst:
                await enqueue(connection, [job])
    await enqueue(connection, [a_job(f"b{n}", workspace="T2") for n in range(10)])
    async with working(a_worker(url, ledger)):
        seen = await ledger.holds(1010)
    last_of_t2 = max(place for place, job in enumerate(seen) if job.workspace_id == "T2")
    assert last_of_t2 < 30


@pytest.mark.parametrize("together", [True, False])
async def test_two_long_queues_take_turns(url, connection, together):
    for workspace, count in (("T1", 900), ("T2", 300)):
        jobs = [a_job(f"{workspace}{n:04}", workspace=workspace) for n in range(count)]
        async with connection.transaction():
            for part in [jobs] if together else [[job] for job in jobs]:
                await enqueue(connection, part)
    ledger = Ledger()
    async with working(a_worker(url, ledger)):
        seen = await ledger.holds(1200)
    last_of_t2 = max(place for place, job in enumerate(seen) if job.workspace_id == "T2")
    assert last_of_t2 < 650


async def test_a_burst_deferred_to_one_moment_does_not_make_another_wait_then(url, connection):
    due = datetime.now(UTC) + timedelta(seconds=1)
    await enqueue(connection, [a_job(f"a{n:04}", workspace="T1", run_at=due) for n in range(300)])
    await enqueue(connection, [a_job(f"b{n}", workspace="T2", run_at=due) for n in range(10)])
    ledger = Ledger()
    async with working(a_worker(url, ledger)):
        seen = await ledger.holds(310)
    last_of_t2 = max(place for place, job in enumerate(seen) if job.workspace_id == "T2")
    assert last_of_t2 < 30


async def test_one_workspace_never_fills_all_places_of_a_worker(url, connection):
    release, started = asyncio.Event(), Ledger()

    async def slow(job) -> None:
        await started(job)
        await release.wait()

    await enqueue(connection, [a_job(f"a{n}", workspace="T1") for n in range(20)])
    worker = Worker(lambda: asyncpg.connect(url), {"surveys.look": slow}, room=8, poll_s=0.2)
    async with working(worker):
        await started.holds(6)
        await enqueue(connection, [a_job(f"b{n}", workspace="T2") for n in range(5)])
        seen = await started.holds(8)
        assert [job.workspace_id for job in seen] == ["T1"] * 6 + ["T2"] * 2
        release.set()
        await started.holds(25)


async def test_health_sees_what_waits_and_for_how_long(connection):
    later = datetime.now(UTC) + timedelta(hours=1)
    await enqueue(connection, [a_job("a"), a_job("b"), a_job("c", run_at=later)])
    await connection.execute(
        "UPDATE pgqueuer.pgqueuer SET execute_after = now() - interval '90 s' "
        "WHERE dedupe_key = 'a'"
    )
    [size] = await queue_sizes(connection)
    assert (size.entrypoint, size.waiting, size.deferred) == ("surveys.look", 2, 1)
    assert (size.running, size.failed) == (0, 0)
    assert 90 <= size.oldest_waiting_s < 110


async def test_old_log_rows_and_long_failed_jobs_are_forgotten(connection):
    await enqueue(connection, [a_job("old"), a_job("new"), a_job("waits")])
    await connection.execute("""
        UPDATE pgqueuer.pgqueuer_log SET created = now() - interval '8 days' WHERE id % 2 = 0
    """)
    await connection.execute("""
        UPDATE pgqueuer.pgqueuer SET status = 'failed',
               updated = now() - CASE dedupe_key WHEN 'old' THEN interval '31 days'
                                                 ELSE interval '1 day' END
         WHERE dedupe_key <> 'waits'
    """)
    assert await prune(connection, batch=1) == 2
    assert await keys(connection) == ["new", "waits"]
    assert await connection.fetchval("SELECT count(*) FROM pgqueuer.pgqueuer_log") == 2


async def test_installing_again_changes_nothing_and_keeps_the_jobs(url):
    server = shared_server()
    database = await server.new_engine_database()
    async with connected(server.url(database, "hunch_admin")) as admin:
        await enqueue(admin, [a_job("k")])
        await install(admin)
        assert await keys(admin) == ["k"]
        async with admin.transaction():
            with pytest.raises(ValueError, match="outside a transaction"):
                await install(admin)


async def test_two_processes_may_install_at_once():
    server = shared_server()
    url = server.url(await server.new_database())
    async with connected(url) as one, connected(url) as two:
        await asyncio.gather(install(one), install(two))
        await enqueue(one, [a_job("k")])
        assert await keys(two) == ["k"]


async def test_without_the_applications_role_only_the_owner_has_the_jobs():
    server = shared_server()
    async with connected(server.url(await server.new_database())) as owner:
        await install(owner, role="nobody_here")
        await enqueue(owner, [a_job("k")])
        assert await keys(owner) == ["k"]


async def test_the_application_may_write_jobs_but_owns_nothing(connection):
    await enqueue(connection, [a_job("k")])
    for forbidden in ("TRUNCATE pgqueuer.pgqueuer", "DROP TABLE pgqueuer.pgqueuer"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(forbidden)


async def test_stray_variables_in_the_environment_change_nothing(monkeypatch):
    for name in ("QUEUE_TABLE", "QUEUE_TABLE_LOG", "CHANNEL", "FUNCTION", "TRIGGER", "DURABILITY"):
        monkeypatch.setenv(name, "stray")
        monkeypatch.setenv(f"PGQUEUER_{name}", "stray")
    monkeypatch.setenv("PGQUEUER_PREFIX", "stray_")
    monkeypatch.setenv("PGQUEUER_SCHEMA", "stray")
    server = shared_server()
    url = server.url(await server.new_database())
    ledger = Ledger()
    async with connected(url) as connection:
        await install(connection)
        await enqueue(connection, [a_job("k")])
        assert await keys(connection) == ["k"]
        async with working(a_worker(url, ledger)):
            await ledger.holds(1)
        strays = await connection.fetchval(
            "SELECT count(*) FROM pg_class WHERE relname LIKE '%stray%'"
        )
    assert strays == 0
