"""A command in the wrong directory says where Hunch is not, and makes none there."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot import __main__ as command_line
from bot.cli import parser
from bot.settings import Settings
from tests.databases import TestDatabase

STARTS = {"run", "serve", "work", "migrate", "restore"}
WITHOUT_DATABASE = {"manifest"}
# It has a line of its own for who looks for the database to upgrade.
ELSEWHERE = {"upgrade-database"}
OPERATIONS = {
    "attributions correct": ["acme/shop#1", "--rule", "cursor.email"],
    "attributions report": [],
    "attributions reprocess": [],
    "attributions show": ["acme/shop#1"],
    "backup": ["b"],
    "connect github-app": ["--installation", "1"],
    "connect github-token": ["--account", "acme"],
    "connect github-webhook": [],
    "connect slack": [],
    "facts set": ["--days", "mon-fri"],
    "facts show": [],
    "import-git": ["."],
    "installs": [],
    "keys add": [],
    "keys drop": ["abc"],
    "keys rotate": [],
    "keys status": [],
    "keys verify": [],
    "members exclude": ["--slack", "U1"],
    "members include": ["--slack", "U1"],
    "members link": ["--slack", "U1", "--github", "octo"],
    "members unlink": ["--slack", "U1"],
    "members unlinked": [],
    "repositories list": [],
    "repositories select": ["--all"],
    "rollups rebuild": [],
    "runs cancel": ["1"],
    "runs list": [],
    "runs nights": [],
    "runs note": ["1", "text"],
    "runs restart": ["1"],
    "runs retry": ["1"],
    "runs show": ["1"],
    "runs start": ["github.sync"],
    "runs watch": ["1"],
    "tokens add": ["--name", "report"],
    "tokens list": [],
    "tokens revoke": ["1"],
}


def _commands(of: argparse.ArgumentParser, before: str = "") -> Iterator[str]:
    """Every command in full, as it is typed."""
    nested = [action for action in of._actions if isinstance(action, argparse._SubParsersAction)]
    if not nested:
        yield before.strip()
    for name, below in (pair for action in nested for pair in action.choices.items()):
        yield from _commands(below, f"{before} {name}")


def test_every_command_is_one_that_starts_hunch_or_one_that_does_not() -> None:
    known = STARTS | WITHOUT_DATABASE | ELSEWHERE | OPERATIONS.keys() | {"doctor"}
    assert set(_commands(parser())) == known


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quiet_log: None) -> Iterator[Settings]:
    """An empty directory, and the settings of somebody who set nothing."""
    settings = Settings(_env_file=None)  # type: ignore[call-arg]
    monkeypatch.setattr(command_line, "read_settings", lambda: settings)
    monkeypatch.setattr(command_line, "shed_environment", lambda: None)
    monkeypatch.chdir(tmp_path)
    yield settings
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("command", OPERATIONS)
def test_it_says_where_there_is_no_hunch(
    nowhere: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert command_line.main([*command.split(), *OPERATIONS[command]]) == 1
    assert capsys.readouterr() == (
        "",
        f"hunch: There is no Hunch in {tmp_path / 'data'} yet. Start it with `hunch run`, or set "
        "HUNCH_DATA_DIR (or DATABASE_URL) to where it is.\n",
    )


def test_an_upgrade_finds_nothing_to_upgrade(
    nowhere: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main(["upgrade-database"]) == 1
    assert "there is no database in data" in capsys.readouterr().err


def test_the_doctor_says_that_there_is_none_yet_also_where_only_the_directory_is(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    quiet_log: None,
) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path, slack_api_url="http://127.0.0.1:9/")  # type: ignore[call-arg]
    monkeypatch.setattr(command_line, "read_settings", lambda: settings)
    monkeypatch.setattr(command_line, "shed_environment", lambda: None)
    assert command_line.main(["doctor"]) == 0
    assert f"there is none in {tmp_path} yet; `hunch run` makes it" in capsys.readouterr().out
    assert os.listdir(tmp_path) == []


def test_with_a_database_elsewhere_only_a_new_key_is_made_and_only_when_asked_for(
    database: TestDatabase,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    quiet_log: None,
) -> None:
    urls = {
        "database_url": SecretStr(database.app_url),
        "database_admin_url": SecretStr(database.admin_url),
        "data_dir": tmp_path / "data",
    }
    settings = Settings(_env_file=None).model_copy(update=urls)  # type: ignore[call-arg]
    monkeypatch.setattr(command_line, "read_settings", lambda: settings)
    monkeypatch.setattr(command_line, "shed_environment", lambda: None)
    assert command_line.main(["installs"]) == 0
    assert command_line.main(["keys", "status"]) == 0
    assert "there is no key file yet" in capsys.readouterr().out
    assert os.listdir(tmp_path) == []
    assert command_line.main(["keys", "add"]) == 0
    assert os.listdir(tmp_path / "data") == ["encryption.key"]
