"""Backup files: whole, private, of one moment, or not there at all."""

from __future__ import annotations

import asyncio
import errno
import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from bot.app import backups
from bot.errors import SettingsError, UserError
from bot.settings import Settings
from storage import dumps
from tests.databases import TestDatabase
from tests.house.tenants import connected, tenant_tables
from tests.house.test_schema import catalogue
from tests.programs import hunch
from tests.restores import WORKSPACES, back_up, bare_settings, contents, restore


async def test_what_is_restored_is_what_was_backed_up_with_its_grants_and_policies(
    filled: TestDatabase, empty_database: TestDatabase, backup: Path
) -> None:
    done = await restore(bare_settings(empty_database), backup)
    assert (done.upgraded, done.unread) == ((), 0)
    assert done.manifest.rows["hunch.members"] == 2
    assert await catalogue(empty_database.superuser_url) == await catalogue(filled.superuser_url)


async def test_workspaces_are_apart_after_a_restore(
    empty_database: TestDatabase, backup: Path, into: Callable[[Path], Any]
) -> None:
    await into(backup)
    async with connected(empty_database.admin_url) as owner:
        tables = await tenant_tables(owner)
        assert [t for t in tables if await owner.fetchval(f"SELECT count(*) FROM {t}")] == []
    for workspace_id in WORKSPACES:
        async with connected(empty_database.app_url, workspace_id) as app:
            seen = await app.fetch("SELECT DISTINCT workspace_id FROM members")
            assert [row["workspace_id"] for row in seen] == [workspace_id]


def test_a_backup_is_for_its_owners_eyes_and_nothing_else_is_left_lying_about(
    backup: Path,
) -> None:
    assert backup.stat().st_mode & 0o777 == 0o600
    assert list(contents(backup.parent)) == [backup.name]


async def test_a_backup_is_one_moment_while_everybody_goes_on_writing(
    filled: TestDatabase, empty_database: TestDatabase, tmp_path: Path
) -> None:
    stop = asyncio.Event()

    async def write() -> None:
        async with connected(filled.superuser_url) as superuser:
            number = 0
            while not stop.is_set():
                number += 1
                await superuser.execute(
                    "INSERT INTO members (workspace_id, slack_user_id, name) VALUES ($1, $2, 'N')",
                    WORKSPACES[0],
                    f"W{number}",
                )

    writing = asyncio.create_task(write())
    made = await back_up(bare_settings(filled), tmp_path / "b")
    stop.set()
    await writing
    await restore(bare_settings(empty_database), tmp_path / "b")
    async with connected(empty_database.superuser_url) as superuser:
        rows = await superuser.fetchval("SELECT count(*) FROM members")
    assert rows == made.rows["hunch.members"]


async def test_an_owner_whom_the_policies_hold_back_is_told_which_login_it_takes(
    filled: TestDatabase, tmp_path: Path
) -> None:
    settings = bare_settings(filled).model_copy(update={"database_backup_url": None})
    with pytest.raises(SettingsError, match=r"CREATE ROLE hunch_backup LOGIN BYPASSRLS") as told:
        await back_up(settings, tmp_path / "b")
    assert "\n" not in str(told.value)
    assert contents(tmp_path) == {}


async def test_the_login_that_we_advise_is_enough(filled: TestDatabase, tmp_path: Path) -> None:
    async with connected(filled.superuser_url) as superuser:
        await superuser.execute(
            "DO $$ BEGIN CREATE ROLE test_backup LOGIN BYPASSRLS;"
            " EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
            " GRANT pg_read_all_data TO test_backup"
        )
        name = await superuser.fetchval("SELECT current_database()")
        await superuser.execute(f"GRANT CONNECT ON DATABASE {name} TO test_backup")
    url = filled.superuser_url.replace("//postgres@", "//test_backup@")
    settings = bare_settings(filled).model_copy(update={"database_backup_url": SecretStr(url)})
    made = await back_up(settings, tmp_path / "b")
    assert made.rows["hunch.members"] == 2


async def test_a_database_that_is_not_hunchs_has_nothing_to_back_up(
    empty_database: TestDatabase, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match="nothing to back up"):
        await back_up(bare_settings(empty_database), tmp_path / "b")


async def test_a_server_newer_than_our_programs_is_refused(
    filled: TestDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dumps, "PG_MAJOR", 17)
    with pytest.raises(SettingsError, match=r"this is PostgreSQL 18, and Hunch brings .* 17"):
        await back_up(bare_settings(filled), tmp_path / "b")


async def test_a_disk_that_fills_up_leaves_the_last_good_backup_and_no_half_one(
    filled: TestDatabase, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(backup.parent)

    def full(url: str, *, snapshot: str, into: IO[bytes], tell: Any) -> None:
        into.write(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("storage.backups.dump", full)
    with pytest.raises(UserError, match="The disk is full: make room") as told:
        await back_up(bare_settings(filled), backup)
    assert "\n" not in str(told.value)
    assert contents(backup.parent) == before


async def test_a_backup_takes_the_place_of_an_older_one(
    filled: TestDatabase, empty_database: TestDatabase, backup: Path
) -> None:
    before = contents(backup.parent)
    await back_up(bare_settings(filled), backup)
    after = contents(backup.parent)
    assert (list(after), after == before) == ([backup.name], False)
    assert (await restore(bare_settings(empty_database), backup)).manifest.rows["hunch.members"]


def _key(path: Path) -> None:
    path.write_text("newest=")


def _foreign_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("letters.txt", "Dear Ann")


def _link_to_nothing(path: Path) -> None:
    path.symlink_to(path.with_name("nothing"))


def _link_to_a_file(path: Path) -> None:
    target = path.with_name("elsewhere")
    target.write_text("mine")
    path.symlink_to(target)


OTHERS = (_key, Path.mkdir, os.mkfifo, _foreign_zip, _link_to_nothing, _link_to_a_file)


# A backup that was killed at once leaves an empty draft, so that one may be written over.
@pytest.mark.parametrize(
    ("name", "make"),
    [("b", Path.touch), *((name, make) for name in ("b", "b.part") for make in OTHERS)],
)
async def test_whatever_else_has_the_name_stays_as_it_is(
    filled: TestDatabase, tmp_path: Path, name: str, make: Callable[[Path], None]
) -> None:
    make(tmp_path / name)
    before = _everything(tmp_path)
    with pytest.raises(UserError) as told:
        await back_up(bare_settings(filled), tmp_path / "b")
    assert "\n" not in str(told.value)
    assert _everything(tmp_path) == before


def _everything(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Whatever is there, without following links or waiting for a fifo's writer."""
    modes = {path: path.lstat().st_mode for path in folder.iterdir()}
    return {
        path.name: (mode, path.read_bytes() if stat.S_ISREG(mode) else b"")
        for path, mode in modes.items()
    }


async def test_a_name_that_is_taken_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    _key(tmp_path / "encryption.key")
    settings = Settings(_env_file=None, data_dir=tmp_path / "data")  # type: ignore[call-arg]
    with pytest.raises(UserError, match=r"no backup of Hunch\. Choose another name"):
        await back_up(settings, tmp_path / "encryption.key")
    assert os.listdir(tmp_path) == ["encryption.key"]


@pytest.mark.parametrize("length", [0, 200])
async def test_what_a_killed_backup_left_is_written_over(
    filled: TestDatabase, backup: Path, length: int
) -> None:
    cut_off = contents(backup.parent)[backup.name][:length]
    await asyncio.to_thread(backup.with_name("b.part").write_bytes, cut_off)
    await back_up(bare_settings(filled), backup.with_name("b"))
    assert sorted(contents(backup.parent)) == sorted(["b", backup.name])


async def test_a_path_through_a_file_is_said_in_one_line(
    filled: TestDatabase, tmp_path: Path
) -> None:
    _key(tmp_path / "file")
    with pytest.raises(UserError, match="Choose a file in a directory that you can write to"):
        await back_up(bare_settings(filled), tmp_path / "file" / "b")


async def test_a_directory_that_is_not_there_is_named(filled: TestDatabase, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="Choose a file in a directory that you can write to"):
        await back_up(bare_settings(filled), tmp_path / "absent" / "b")


async def test_two_backups_into_one_file_at_once_are_one_too_many(
    filled: TestDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, go_on = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(*_: Any, **__: Any) -> None:
        loop.call_soon_threadsafe(began.set)
        asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result()

    monkeypatch.setattr("storage.backups.dump", slow)
    first = asyncio.create_task(back_up(bare_settings(filled), tmp_path / "b"))
    await began.wait()
    with pytest.raises(UserError, match="Another backup is just being written there"):
        await back_up(bare_settings(filled), tmp_path / "b")
    go_on.set()
    await first
    assert list(contents(tmp_path)) == ["b"]


async def test_pg_dump_that_fails_is_quoted(
    filled: TestDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dumps, "SCHEMAS", ("nowhere",))
    with pytest.raises(UserError, match=r"pg_dump failed: .*no matching schemas"):
        await back_up(bare_settings(filled), tmp_path / "b")
    assert contents(tmp_path) == {}


async def test_both_commands_say_what_they_did_and_that_the_keys_are_not_in_it(
    tmp_path: Path,
) -> None:
    settings = {"HOME": str(tmp_path), "HUNCH_DATA_DIR": str(tmp_path / "data")}
    assert (await hunch(tmp_path, settings, "migrate")).code == 0
    made = await hunch(tmp_path, settings, "backup", "b")
    assert made.code == 0, made.err
    assert "encryption.key somewhere else, or stored secrets stay locked" in made.out
    assert "hunch.parts" in made.err
    again = await hunch(tmp_path, settings, "restore", "b")
    assert again.code == 1
    assert "leave encryption.key where it is" in again.err
    fresh = {**settings, "HUNCH_DATA_DIR": str(tmp_path / "fresh")}
    done = await hunch(tmp_path, fresh, "restore", "b")
    assert done.code == 0, done.err
    assert "checked against the backup" in done.out


def test_keys_are_known_by_their_ids_wherever_they_lie(tmp_path: Path) -> None:
    key = Fernet.generate_key().decode()
    settings = Settings(_env_file=None, data_dir=tmp_path)  # type: ignore[call-arg]
    assert backups.key_ids(settings) == ()
    given = settings.model_copy(update={"encryption_keys": (SecretStr(key),)})
    (tmp_path / "encryption.key").write_text(key)
    (tmp_path / "encryption.key").chmod(0o600)
    assert backups.key_ids(given) == backups.key_ids(settings)


def test_passwords_reach_the_programs_unseen() -> None:
    split = dumps._without_password
    assert split("postgresql://u:p%2Fw@h:1/db?sslmode=require") == (  # pragma: allowlist secret
        "postgresql://u@h:1/db?sslmode=require",
        "p/w",
    )
    assert split("postgresql://u@/db?host=/run/x&password=pw") == (  # pragma: allowlist secret
        "postgresql://u@/db?host=/run/x",
        "pw",
    )
