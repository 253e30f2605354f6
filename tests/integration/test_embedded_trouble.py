"""What the embedded PostgreSQL says when it cannot be had: each time one line with the way out."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.errors import SettingsError
from storage.embedded import binaries, clusters, locks, places, processes, roles, start_embedded
from storage.embedded.places import Account, Place, can_enter, settle
from tests.integration.embedded_support import as_root, mode_of, nobody, open_directory


@pytest.fixture
def base() -> Iterator[Path]:
    with open_directory() as directory:
        yield directory


def at(home: Path) -> Place:
    return Place(home, home / "run", Account(os.geteuid(), os.getegid(), switch=False))


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("initdb: error: could not write: No space left on device", "make room"),
        ("FATAL:  could not map anonymous shared memory: Cannot allocate", "at least 256 MB"),
        ("initdb: error: could not look up effective user ID 77: no such user", "/etc/passwd"),
        ("FATAL:  could not open file: Permission denied", "owner and mode"),
        ("PANIC:  could not locate a valid checkpoint record", "restore a backup"),
        ("FATAL:  the moon is in the wrong place", r"Look into the log.*\(FATAL:  the moon"),
        ("", "it said nothing"),
    ],
)
def test_what_postgresql_complains_about_becomes_advice(said: str, advice: str) -> None:
    line = str(
        clusters.explain(f"LOG:  starting\n{said}\n" if said else "", at(Path("/d/postgres")))
    )
    assert re.search(advice, line)
    assert "\n" not in line


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "make room"),
        (errno.EACCES, "Make it writable"),
        (errno.ENOLCK, "local disk"),
        (errno.EIO, "another directory"),
    ],
)
async def test_what_the_file_system_refuses_becomes_advice(
    base: Path, monkeypatch: pytest.MonkeyPatch, number: int, advice: str
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("storage.embedded.locks.fcntl.flock", refuse)
    with pytest.raises(SettingsError, match=advice):
        await start_embedded(base / "data")


@pytest.fixture
def full_disk(base: Path) -> Iterator[Path]:
    """A disk on which a database does not fit."""
    disk = base / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m,mode=755", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting a small disk needs the right to mount")
    yield disk
    subprocess.run(["umount", disk], check=True)


async def test_a_full_disk_is_named_and_nothing_is_left_on_it(full_disk: Path) -> None:
    with pytest.raises(SettingsError, match=r"The disk is full: make room"):
        await start_embedded(full_disk / "data")
    assert not list((full_disk / "data" / "postgres").glob("data*"))


async def test_a_start_that_hangs_elsewhere_is_named(tmp_path: Path) -> None:
    held = locks.try_lock(tmp_path / "lock")
    assert held is not None
    with pytest.raises(SettingsError, match="Another process has held"):
        await locks.take_lock(tmp_path / "lock", patience_s=0.02)
    held.close()


def test_a_lock_nobody_ever_took_is_free(tmp_path: Path) -> None:
    assert not locks.is_locked(tmp_path / "lock")


def test_an_overlong_log_is_set_aside_once(tmp_path: Path) -> None:
    place = at(tmp_path)
    assert clusters.trim_log(place) == 0
    place.log.write_text("short")
    assert clusters.trim_log(place) == 5
    place.log.write_bytes(b"x" * clusters._LOG_BYTES)
    assert clusters.trim_log(place) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["server.log.1"]


def test_a_half_written_pid_file_names_nobody(tmp_path: Path) -> None:
    (tmp_path / "postmaster.pid").write_text("")
    assert processes.postmaster_of(tmp_path) is None


def test_leftovers_are_pressed_harder_with_time_and_may_be_gone() -> None:
    sleeper = subprocess.Popen(["/bin/sleep", "60"])
    processes.press([sleeper.pid], for_s=9.0)
    assert sleeper.wait() == -signal.SIGKILL
    processes.press([sleeper.pid], for_s=0.0)


LSOF = """p11
fcwd
n/d/postgres/data
p12
fcwd
n/elsewhere
p13
fcwd
n/d/postgres/data (deleted)
"""


def test_without_proc_the_processes_are_taken_from_lsof_if_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lsof = tmp_path / "lsof"
    lsof.write_text(f"#!/bin/sh\n/bin/cat <<'END'\n{LSOF}END\n")
    lsof.chmod(0o755)
    monkeypatch.setattr(processes, "_TOOLS", {"PATH": str(tmp_path)})
    monkeypatch.setattr(processes, "_PROC", tmp_path)
    assert processes.processes_in(Path("/d/postgres/data")) == [11, 13]
    lsof.unlink()
    assert processes.processes_in(Path("/d/postgres/data")) == []


async def test_a_server_that_hangs_up_is_busy_not_away(base: Path) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.close()

    rude = await asyncio.start_unix_server(hang_up, base / ".s.PGSQL.5432")
    assert await roles.standing(roles.server_at(base)) is roles.Standing.BUSY
    rude.close()


def test_the_directory_of_another_user_is_refused(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.embedded.places.os.geteuid", lambda: 4242)
    with pytest.raises(SettingsError, match=r"not to you \(id 4242\)"):
        settle(base)
    assert mode_of(base / "postgres") == 0o700


@as_root
def test_an_ordinary_user_runs_the_server_as_themselves(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (base / "postgres" / "run").mkdir(parents=True, mode=0o700)
    for path in (base / "postgres", base / "postgres" / "run"):
        os.chown(path, 4242, 4242)
    (base / "postgres" / "run").chmod(0o700)
    monkeypatch.setattr("storage.embedded.places.os.geteuid", lambda: 4242)
    account = settle(base).account
    assert (account.uid, account.run_as()) == (4242, {})
    assert can_enter(base, account)


@as_root
def test_data_of_root_is_refused(base: Path) -> None:
    (base / "postgres" / "data").mkdir(parents=True)
    with pytest.raises(SettingsError, match=r"belongs to root.*chown"):
        settle(base)


@as_root
def test_a_system_without_the_usual_account_is_refused(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "_ACCOUNT", "nosuchuser")
    with pytest.raises(SettingsError, match="no user nosuchuser"):
        settle(base)


@as_root
def test_root_that_may_not_become_another_user_is_told(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr("storage.embedded.places.subprocess.run", refuse)
    with pytest.raises(SettingsError, match="may not become uid"):
        settle(base)


def close_after_use(base: Path) -> None:
    (base / "data").mkdir()
    settle(base / "data")
    base.chmod(0o700)


@as_root
async def test_a_path_that_was_closed_later_is_named(base: Path) -> None:
    close_after_use(base)
    with pytest.raises(SettingsError, match="cannot enter"):
        await start_embedded(base / "data")


@as_root
def test_programs_that_do_not_run_even_as_a_copy_are_named(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = base / "broken" / "package" / "pginstall18"
    (broken / "bin").mkdir(parents=True)
    for name in ("postgres", "initdb"):
        (broken / "bin" / name).write_text("not a program")
    monkeypatch.setattr(binaries, "find_programs", lambda _: binaries.Programs(broken))
    with pytest.raises(SettingsError, match="noexec"):
        binaries.programs_for(Place(base, base / "run", nobody()))
