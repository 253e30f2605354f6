"""What `hunch backup` and `hunch restore` say when there is more to say than that it is done."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

import pytest

from bot.cli import backups
from bot.errors import UserError
from jobs.engine import install
from storage.migrations import migrate, migrations
from tests.databases import TestDatabase
from tests.disks import small_disk
from tests.house.tenants import connected
from tests.restores import WORKSPACES, back_up, bare_settings, contents, fill


def words(file: Path) -> argparse.Namespace:
    return argparse.Namespace(file=file)


async def test_a_restore_says_what_it_upgraded_and_which_webhooks_it_did_not_read(
    empty_database: TestDatabase,
    database: TestDatabase,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    older, target = empty_database, database
    installing = partial(install, role="hunch_app")
    await migrate(older.admin_url, "hunch_app", install_jobs=installing, wanted=migrations()[:1])
    await fill(older)
    async with connected(older.superuser_url) as superuser:
        await superuser.execute(
            "INSERT INTO deliveries (workspace_id, source, delivery_id, event, received_at)"
            " VALUES ($1, 'github', 'd1', 'pull_request', now())",
            WORKSPACES[0],
        )
    async with connected(target.superuser_url) as superuser:
        await superuser.execute("DROP SCHEMA hunch, pgqueuer CASCADE")
    await backups._back_up(bare_settings(older, data_dir=tmp_path), words(tmp_path / "b"))
    await backups._restore(bare_settings(target, data_dir=tmp_path), words(tmp_path / "b"))
    said = capsys.readouterr().out
    assert f"Brought up to date: {migrations()[1].name}, " in said
    assert "1 webhooks had come but were not read yet" in said


async def test_a_restore_without_the_key_says_so(
    filled: TestDatabase, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with connected(filled.superuser_url) as superuser:
        await superuser.execute(
            "INSERT INTO secrets (workspace_id, purpose, name, ciphertext, key_id)"
            " VALUES ($1, 'test', '', 'sealed', 'abcdef012345')",
            WORKSPACES[0],
        )
    settings = bare_settings(filled, data_dir=tmp_path)
    await backups._back_up(settings, words(tmp_path / "b"))
    async with connected(filled.superuser_url) as superuser:
        await superuser.execute("DROP SCHEMA hunch, pgqueuer CASCADE")
    await backups._restore(settings, words(tmp_path / "b"))
    assert "a key that its secrets need is missing here (abcdef012345)" in capsys.readouterr().out


async def test_on_a_disk_that_is_really_full_the_command_leaves_nothing_behind(
    filled: TestDatabase,
) -> None:
    async with connected(filled.superuser_url) as superuser:
        await superuser.execute(
            "INSERT INTO deliveries (workspace_id, source, delivery_id, event, body, received_at)"
            " SELECT $1, 'github', n::text, 'x', sha256(n::text::bytea) || sha256(('b' || n)::bytea),"
            " now() FROM generate_series(1, 40000) AS n",
            WORKSPACES[0],
        )
    with small_disk(1) as disk:
        with pytest.raises(UserError, match=r"no backup was written. The disk is full"):
            await back_up(bare_settings(filled), disk.path / "b")
        assert list(contents(disk.path)) == []
