"""What a restore refuses, with which advice, and that it then leaves nothing behind."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.errors import SettingsError, UserError
from jobs.engine import install
from storage import restores
from storage.backups import Manifest, open_backup
from storage.embedded import EmbeddedServer
from storage.migrations import migrate, migrations
from tests.databases import TestDatabase, fresh_database
from tests.house.tenants import connected
from tests.restores import back_up, bare_settings, fill, restore


async def nothing_is_in(database: TestDatabase) -> bool:
    async with connected(database.superuser_url) as superuser:
        found = await superuser.fetchval(
            "SELECT count(*) FROM pg_namespace WHERE nspname IN"
            " ('hunch', 'pgqueuer', 'hunch_restoring')"
        )
        return bool(found == 0)


def changed(backup: Path, **more: Any) -> Path:
    """The same backup with something else in its manifest."""
    target = backup.with_name("changed.backup")
    with zipfile.ZipFile(backup) as old, zipfile.ZipFile(target, "w") as new:
        manifest = {**json.loads(old.read("manifest.json")), **more}
        new.writestr("manifest.json", json.dumps(manifest))
        new.writestr("database.dump", old.read("database.dump"))
    return target


def cut_off(backup: Path, share: float) -> None:
    whole = backup.read_bytes()
    backup.write_bytes(whole[: int(share * len(whole))])


def flip_a_bit(backup: Path) -> None:
    content = bytearray(backup.read_bytes())
    content[len(content) // 2] ^= 0x10
    backup.write_bytes(content)


def manifest_of(backup: Path) -> Manifest:
    with open_backup(backup) as (manifest, _):
        return manifest


async def test_a_backup_of_a_newer_version_is_refused_with_its_name(
    backup: Path, empty_database: TestDatabase, into: Callable[[Path], Any]
) -> None:
    more = {**manifest_of(backup).migrations, "0999_future.pre.sql": "0"}
    newer = changed(backup, hunch="9.1.0", migrations=more)
    with pytest.raises(UserError, match=r"a newer version: Hunch 9.1.0.*Install that version"):
        await into(newer)
    with pytest.raises(UserError, match="a backup of a newer Hunch, in a form"):
        await into(changed(backup, format=2))
    assert await nothing_is_in(empty_database)


async def test_a_backup_whose_migrations_were_changed_since_is_refused(
    backup: Path, into: Callable[[Path], Any]
) -> None:
    other = {**manifest_of(backup).migrations, "0001_spine.pre.sql": "other"}
    with pytest.raises(UserError, match=r"with another 0001_spine.pre.sql than this one has"):
        await into(changed(backup, migrations=other))


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.999])
async def test_a_file_that_was_cut_off_is_refused(
    backup: Path, empty_database: TestDatabase, into: Callable[[Path], Any], share: float
) -> None:
    cut_off(backup, share)
    with pytest.raises(UserError, match="damaged or cut off") as told:
        await into(backup)
    assert "\n" not in str(told.value)
    assert await nothing_is_in(empty_database)


async def test_a_file_with_a_wrong_bit_is_refused(
    backup: Path, empty_database: TestDatabase, into: Callable[[Path], Any]
) -> None:
    flip_a_bit(backup)
    with pytest.raises(UserError, match="damaged or cut off"):
        await into(backup)
    assert await nothing_is_in(empty_database)


async def test_a_manifest_that_makes_no_sense_is_refused(
    backup: Path, into: Callable[[Path], Any]
) -> None:
    for nonsense in ({"rows": "many"}, {"format": "one"}):
        with pytest.raises(UserError, match="damaged or cut off"):
            await into(changed(backup, **nonsense))


async def test_files_that_are_no_backup_are_refused(
    tmp_path: Path, into: Callable[[Path], Any]
) -> None:
    with pytest.raises(UserError, match="there is no such file"):
        await into(tmp_path / "absent")
    (tmp_path / "text").write_text("SELECT 1;")
    with pytest.raises(UserError, match="no backup of Hunch's at all"):
        await into(tmp_path / "text")
    with zipfile.ZipFile(tmp_path / "zip", "w") as archive:
        archive.writestr("readme", "hello")
    with pytest.raises(UserError, match="Choose a file `hunch backup` made"):
        await into(tmp_path / "zip")


async def test_a_file_that_belongs_to_somebody_else_is_named(
    backup: Path, into: Callable[[Path], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr("storage.backups.zipfile.ZipFile", closed)
    with pytest.raises(UserError, match="you may not read this file"):
        await into(backup)


async def test_a_place_that_is_not_empty_is_left_alone(backup: Path, filled: TestDatabase) -> None:
    with pytest.raises(UserError, match=r"not empty, .* Make an empty database"):
        await restore(bare_settings(filled), backup)
    async with connected(filled.superuser_url) as superuser:
        assert await superuser.fetchval("SELECT count(*) FROM members") == 2


async def test_a_read_only_database_is_named(
    backup: Path, empty_database: TestDatabase, into: Callable[[Path], Any]
) -> None:
    async with connected(empty_database.superuser_url) as superuser:
        name = await superuser.fetchval("SELECT current_database()")
        await superuser.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    with pytest.raises(SettingsError, match=r"this database is read-only .* primary server"):
        await into(backup)


async def test_what_did_not_come_back_as_it_was_is_removed_again(
    backup: Path, empty_database: TestDatabase, into: Callable[[Path], Any]
) -> None:
    rows = {**manifest_of(backup).rows, "hunch.members": 3}
    with pytest.raises(UserError, match=r"not what was backed up \(hunch.members\)"):
        await into(changed(backup, rows=rows))
    assert await nothing_is_in(empty_database)


async def test_pg_restore_that_fails_is_quoted_and_leaves_nothing(
    backup: Path, empty_database: TestDatabase, into: Callable[[Path], Any]
) -> None:
    target = backup.with_name("other.backup")
    with zipfile.ZipFile(backup) as old, zipfile.ZipFile(target, "w") as new:
        new.writestr("manifest.json", old.read("manifest.json"))
        new.writestr("database.dump", old.read("database.dump")[:-5000])
    with pytest.raises(UserError, match="pg_restore failed: "):
        await into(target)
    assert await nothing_is_in(empty_database)


async def test_a_restore_that_was_killed_keeps_hunch_out_and_is_begun_anew_by_the_next(
    backup: Path,
    empty_database: TestDatabase,
    into: Callable[[Path], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(restores, "_CLEAR", "SELECT 'a killed process clears nothing up'")
        patch.setattr(restores, "_settle", _dies)
        with pytest.raises(KeyboardInterrupt):
            await into(backup)
    with pytest.raises(UserError, match=r"cut short. Run the same `hunch restore` again"):
        await migrate(empty_database.admin_url, "hunch_app", install_jobs=install)
    done = await into(backup)
    assert done.manifest.rows["hunch.members"] == 2
    assert await migrate(empty_database.admin_url, "hunch_app", install_jobs=install) == ()


async def _dies(*_: Any) -> int:
    raise KeyboardInterrupt


@pytest.fixture
async def older(empty_database: TestDatabase) -> TestDatabase:
    """A database of the first Hunch there was."""
    installing = partial(install, role="hunch_app")
    first = migrations()[:1]
    await migrate(empty_database.admin_url, "hunch_app", install_jobs=installing, wanted=first)
    return empty_database


async def test_a_backup_of_an_older_version_is_brought_up_to_date(
    older: TestDatabase, postgres: EmbeddedServer, tmp_path: Path
) -> None:
    await fill(older)
    made = await back_up(bare_settings(older), tmp_path / "b")
    assert list(made.migrations) == [migrations()[0].name]
    async with fresh_database(postgres, None) as target:
        done = await restore(bare_settings(target), tmp_path / "b")
    assert done.upgraded == tuple(m.name for m in migrations()[1:] if m.phase == "pre")
