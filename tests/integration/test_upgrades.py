"""The embedded PostgreSQL moves to its new major version, and nothing is lost on the way.

From 16 to 18: both come with the wheel.
"""

from __future__ import annotations

import asyncio
import shutil
import signal
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from bot.errors import SettingsError, UserError
from jobs.engine import install
from storage import upgrades
from storage.embedded import EmbeddedLease, join, start_embedded
from storage.embedded.binaries import PG_MAJOR, programs_for
from storage.embedded.locks import take_lock, try_lock
from storage.embedded.places import Place, hand_over, kept_as
from storage.migrations import migrate
from storage.upgrades import upgrade_cluster
from tests.databases import TestDatabase
from tests.integration.embedded_support import is_gone, left_alone, open_directory, place_of
from tests.programs import hunch
from tests.restores import back_up, bare_settings, fill, restore, silently

OLDER = 16


async def make_older(data_dir: Path) -> None:
    """A data directory of Hunch's that PostgreSQL 16 wrote, with a workspace in it."""
    lease = await start_older(data_dir)
    installing = partial(install, role="hunch_app")
    await migrate(lease.server.admin_url, "hunch_app", install_jobs=installing)
    connection = await asyncpg.connect(lease.server.backup_url)
    await connection.execute(
        "INSERT INTO hunch.workspace_routes (workspace_id, installed_at) VALUES ('T0000OLD', now())"
    )
    await connection.close()
    await lease.release()


async def start_older(data_dir: Path) -> EmbeddedLease:
    place = await asyncio.to_thread(initialise, data_dir)
    lock = await take_lock(data_dir / "postgres.lock", patience_s=10)
    lease = await join(place, lock, major=OLDER)
    lock.close()
    return lease


def initialise(data_dir: Path) -> Place:
    data_dir.mkdir()
    place = place_of(data_dir)
    place.cluster.mkdir()
    hand_over(place.cluster, place.account)
    subprocess.run(
        [
            programs_for(place, OLDER).initdb,
            *("--username=postgres", "--auth-local=trust", "--encoding=UTF8", "--no-locale"),
            *("-D", place.cluster),
        ],
        cwd="/",
        env={"LC_ALL": "C"},
        stdout=subprocess.DEVNULL,
        check=True,
        **place.account.run_as(),
    )
    return place


@pytest.fixture(scope="module")
def written_by_16() -> Iterator[Path]:
    with open_directory() as directory:
        asyncio.run(make_older(directory / "data"))
        yield directory / "data"


@pytest.fixture
def older(written_by_16: Path) -> Iterator[Path]:
    with open_directory() as directory, left_alone(directory / "data") as data_dir:
        subprocess.run(["cp", "-a", written_by_16, data_dir], check=True)
        yield data_dir


async def workspaces(data_dir: Path) -> list[str]:
    lease = await start_embedded(data_dir)
    try:
        connection = await asyncpg.connect(lease.server.backup_url)
        rows = await connection.fetch("SELECT workspace_id FROM hunch.workspace_routes")
        assert int(await connection.fetchval("SHOW server_version_num")) // 10000 == PG_MAJOR
        await connection.close()
        return [row["workspace_id"] for row in rows]
    finally:
        await lease.release()


def version(data_dir: Path) -> str:
    return (place_of(data_dir).cluster / "PG_VERSION").read_text().strip()


def settings(data_dir: Path, **more: str) -> dict[str, str]:
    return {"HOME": str(data_dir.parent), "HUNCH_DATA_DIR": str(data_dir), **more}


async def test_a_start_changes_nothing_and_says_which_command_upgrades(older: Path) -> None:
    with pytest.raises(SettingsError, match=r"by PostgreSQL 16.*`hunch upgrade-database`"):
        await start_embedded(older)
    assert version(older) == "16"


async def test_the_command_upgrades_checks_and_keeps_the_old_files(older: Path) -> None:
    done = await hunch(older.parent, settings(older), "upgrade-database")
    assert done.code == 0, done.err
    assert "Upgraded from PostgreSQL 16" in done.out
    assert "hunch.parts" in done.err
    assert await workspaces(older) == ["T0000OLD"]
    home = place_of(older).home
    assert (kept_as(home, "16") / "PG_VERSION").exists()
    assert not (home / "upgrade").exists()
    again = await hunch(older.parent, settings(older), "upgrade-database")
    assert (again.code, again.out) == (0, "The database is of this version already.\n")


@pytest.mark.parametrize("place", ["upgrade.copying", "upgrade.copied", "upgrade.swapping"])
async def test_killed_in_the_middle_it_can_be_run_again(older: Path, place: str) -> None:
    armed = settings(older, HUNCH_FAILPOINTS=f"{place}=kill")
    killed = await hunch(older.parent, armed, "upgrade-database")
    assert killed.code == -signal.SIGKILL
    if place != "upgrade.swapping":
        assert version(older) == "16"
        assert await upgrade_cluster(older, tell=silently) is not None
    assert await workspaces(older) == ["T0000OLD"]


async def test_rows_that_do_not_arrive_leave_everything_as_it_was(
    older: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(upgrades, "_pump", broken)
        with pytest.raises(UserError, match="does not hold what the old one does"):
            await upgrade_cluster(older, tell=silently)
    assert version(older) == "16"
    assert await upgrade_cluster(older, tell=silently) is not None
    assert await workspaces(older) == ["T0000OLD"]


async def broken(*_: Any) -> None:
    """Nothing arrives."""


async def test_too_little_room_is_refused_before_anything_is_touched(
    older: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(older)._replace(free=1_000_000)
    monkeypatch.setattr("storage.upgrades.shutil.disk_usage", lambda _: usage)
    with pytest.raises(UserError, match=r"1 MB are free. Make room .* Nothing was changed"):
        await upgrade_cluster(older, tell=silently)
    assert version(older) == "16"
    assert not (place_of(older).home / "upgrade").exists()
    assert is_gone(older)


async def test_while_hunch_runs_or_an_old_copy_is_in_the_way_it_is_refused(older: Path) -> None:
    place = place_of(older)
    using = await take_lock(place.holders, shared=True, patience_s=5)
    with pytest.raises(UserError, match="Stop all its processes"):
        await upgrade_cluster(older, tell=silently)
    using.close()
    kept_as(place.home, "16").mkdir()
    with pytest.raises(UserError, match="is in the way"):
        await upgrade_cluster(older, tell=silently)


async def test_files_of_a_newer_server_need_a_newer_hunch(older: Path) -> None:
    (place_of(older).cluster / "PG_VERSION").write_text("19\n")
    with pytest.raises(SettingsError, match="Install the newer Hunch that wrote it"):
        await upgrade_cluster(older, tell=silently)


def test_a_server_that_does_not_end_is_named(older: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upgrades, "_PATIENCE_S", 0.2)
    place = place_of(older)
    watching = try_lock(place.watching)
    assert watching is not None
    with pytest.raises(UserError, match=r"does not end. End it, and run this again"):
        upgrades._until_alone(place)
    watching.close()


async def test_a_cluster_that_hunch_never_filled_is_upgraded_as_well(nothing_yet: Path) -> None:
    await (await start_older(nothing_yet)).release()
    done = await upgrade_cluster(nothing_yet, tell=silently)
    assert done is not None
    assert (done.written_by, done.rows) == (OLDER, 0)


async def test_where_there_is_nothing_to_upgrade_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is no database"):
        await upgrade_cluster(tmp_path, tell=silently)
    own = {"HOME": str(tmp_path), "DATABASE_URL": "postgresql://u@h/d"}
    done = await hunch(tmp_path, own, "upgrade-database")
    assert done.code == 1
    assert "PostgreSQL of your own" in done.err


@pytest.fixture
def nothing_yet() -> Iterator[Path]:
    with open_directory() as directory, left_alone(directory / "data") as data_dir:
        yield data_dir


async def test_a_backup_can_be_restored_on_an_older_server_of_ones_own(
    database: TestDatabase, nothing_yet: Path, tmp_path: Path
) -> None:
    """Our pg_restore is newer than the oldest servers that Hunch runs on."""
    await fill(database)
    await back_up(bare_settings(database), tmp_path / "b")
    lease = await start_older(nothing_yet)
    server = lease.server
    target = TestDatabase(server.app_url, server.admin_url, server.backup_url)
    try:
        await restore(bare_settings(target), tmp_path / "b")
        again = await back_up(bare_settings(target), tmp_path / "c")
    finally:
        await lease.release()
    assert again.rows["hunch.members"] == 2
    assert again.postgresql // 10000 == OLDER
