"""`hunch keys`, as an operator types it beside a running game."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pydantic import SecretStr

from bot import __main__ as command_line
from bot.crypto import key_id, new_key
from bot.key_files import KeyFile
from bot.settings import Settings
from tests.databases import TestDatabase
from tests.house.tenants import connected
from tests.stage import Stage, set_stage
from tests.vaults import seal

LOST = new_key()
_CROWD = (
    "INSERT INTO workspace_routes (workspace_id, installed_at)"
    " SELECT 'TCROWD' || n, now() FROM generate_series(1, 25) AS n",
    "INSERT INTO workspaces (workspace_id, name, bot_user_id)"
    " SELECT 'TCROWD' || n, '', '' FROM generate_series(1, 25) AS n",
    "INSERT INTO secrets (workspace_id, purpose, name, ciphertext, key_id)"
    " SELECT 'TCROWD' || n, 'slack.bot_token', '', 'x', 'lost' FROM generate_series(1, 25) AS n",
)


class Said(NamedTuple):
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str


class Terminal:
    """An operator, with settings of their own."""

    def __init__(self, stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
        self.settings: Settings = stage.services.settings
        self._capsys = capsys

    def set(self, **changes: Any) -> None:
        self.settings = self.settings.model_copy(update=changes)

    async def says(self, *words: str) -> Said:
        self._capsys.readouterr()
        code = await asyncio.to_thread(command_line.main, words)
        return Said(code, *self._capsys.readouterr())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "encryption.key"


@pytest.fixture
async def stage(database: TestDatabase, path: Path) -> AsyncIterator[Stage]:
    """A game whose keys lie in a file."""
    async with set_stage(database, encryption_keys=(), data_dir=path.parent) as stage:
        yield stage


@pytest.fixture
def terminal(
    stage: Stage,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    quiet_log: None,
) -> Terminal:
    terminal = Terminal(stage, capsys)
    monkeypatch.setattr(command_line, "read_settings", lambda: terminal.settings)
    monkeypatch.setattr(command_line, "shed_environment", lambda: None)
    return terminal


def ids(path: Path) -> list[str]:
    return [key_id(key) for key in KeyFile(path).read()]


async def test_the_status_says_that_all_is_well(
    stage: Stage, terminal: Terminal, path: Path
) -> None:
    [only] = ids(path)
    said = await terminal.says("keys", "status")
    assert said.code == 0
    assert f"Keys in {path}:\n  {only}  newest\n" in said.out
    assert f"{stage.workspace_id}  github.webhook_secret          1 under {only}\n" in said.out
    assert said.out.endswith("\nAll is well.\n")


async def test_a_key_is_added_used_and_the_old_one_dropped_while_the_bot_runs(
    stage: Stage, terminal: Terminal, path: Path
) -> None:
    [old] = ids(path)
    said = await terminal.says("keys", "add")
    new, _ = ids(path)
    assert said.out.startswith(f"{new} is the newest key now; running processes take it up")
    assert "Copy " in said.out
    assert (
        "2 under an older key. Run: hunch keys rotate"
        in (await terminal.says("keys", "status")).out
    )

    said = await terminal.says("keys", "rotate")
    assert said.out.startswith("2 secrets were sealed anew;")
    assert f"hunch keys drop {old}" in said.out
    assert said.err.endswith("100% of 2 sealed anew\n")
    assert f"Run: hunch keys drop {old}" in (await terminal.says("keys", "status")).out

    said = await terminal.says("keys", "drop", old)
    assert said.out == f"{old} is gone from {path}. Copy the file to your other hosts.\n"
    assert ids(path) == [new]
    assert (await terminal.says("keys", "verify")).out == "2 secrets can be opened.\n"
    await stage.merge("person1", "person2")
    await stage.until_dm("person1", "Was this PR AI-assisted?")


async def test_a_key_that_still_seals_something_is_not_dropped(
    stage: Stage, terminal: Terminal, path: Path
) -> None:
    await terminal.says("keys", "add")
    new, old = ids(path)
    said = await terminal.says("keys", "drop", old)
    assert (said.code, ids(path)) == (1, [new, old])
    assert f"{old} still seals 2 of the secrets, so it stays. Run: hunch keys rotate" in said.err


async def test_a_key_that_seals_something_unknown_to_its_label_is_not_dropped(
    stage: Stage, terminal: Terminal, path: Path
) -> None:
    await terminal.says("keys", "add")
    new, old = ids(path)
    async with stage.transaction() as tx:
        await tx.execute("UPDATE secrets SET key_id = $1", new)
    assert f"{old} still seals 2" in (await terminal.says("keys", "drop", old)).err
    assert ids(path) == [new, old]


async def test_neither_the_newest_nor_an_unknown_key_is_dropped(
    terminal: Terminal, path: Path
) -> None:
    [only] = ids(path)
    said = await terminal.says("keys", "drop", only)
    assert said.code == 1
    assert (
        f"{only} is the newest key, so it is in use. Make another first: hunch keys add" in said.err
    )
    said = await terminal.says("keys", "drop", "0123456789ab")
    assert "There is no key 0123456789ab. `hunch keys status` lists them." in said.err


async def test_what_cannot_be_opened_is_named_and_the_command_fails(
    stage: Stage, terminal: Terminal, path: Path
) -> None:
    await seal(stage, LOST, ["one", "two"])
    said = await terminal.says("keys", "verify")
    assert said.code == 1
    assert said.out.startswith("2 secrets can be opened.\n")
    assert f"  {stage.workspace_id}: GitHub webhook one: please reconnect\n" in said.out
    assert "2 secrets cannot be opened. Put the lost key back, or connect again" in said.err
    said = await terminal.says("keys", "status")
    assert f"2 cannot be opened: put the lost key back into {path} ({key_id(LOST)})." in said.out
    assert "All is well" not in said.out
    assert (await terminal.says("keys", "rotate")).code == 1


async def test_many_that_cannot_be_opened_are_counted(stage: Stage, terminal: Terminal) -> None:
    await seal(stage, LOST, [f"{n:02}" for n in range(25)])
    said = await terminal.says("keys", "verify")
    assert said.out.count("please reconnect") == 20
    assert "  … and 5 more\n" in said.out


async def test_of_many_workspaces_the_pressing_ones_are_shown(
    stage: Stage, terminal: Terminal, database: TestDatabase
) -> None:
    async with connected(database.superuser_url) as superuser:
        for statement in _CROWD:
            await superuser.execute(statement)
    said = await terminal.says("keys", "status")
    assert said.out.count(", cannot be opened") == 20
    assert "  … and 7 more lines like these\n" in said.out


async def test_rows_of_the_version_before_are_looked_at_once(
    stage: Stage, terminal: Terminal
) -> None:
    async with stage.transaction() as tx:
        await tx.execute("UPDATE secrets SET key_id = ''")
    said = await terminal.says("keys", "status")
    assert "2 not looked at yet. Run: hunch keys verify" in said.out
    assert (await terminal.says("keys", "verify")).code == 0
    assert "All is well." in (await terminal.says("keys", "status")).out


async def test_what_is_still_being_written_makes_rotation_ask_for_another_run(
    stage: Stage, terminal: Terminal, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.use_cases.keys._PASSES", 1)
    await terminal.says("keys", "add")
    async with stage.transaction() as tx:
        await tx.execute("UPDATE secrets SET stored_at = now() WHERE purpose = 'slack.bot_token'")
        said = await terminal.says("keys", "rotate")
    assert said.code == 1
    assert "1 were being written meanwhile. Run this again." in said.err


async def test_with_keys_in_the_environment_the_new_value_is_printed_in_a_safe_order(
    stage: Stage, terminal: Terminal, path: Path
) -> None:
    [old] = KeyFile(path).read()
    terminal.set(encryption_keys=(SecretStr(old),))
    said = await terminal.says("keys", "add")
    first, second = [
        line.strip().removeprefix("HUNCH_ENCRYPTION_KEYS=").split(",")
        for line in said.out.splitlines()
        if "HUNCH_ENCRYPTION_KEYS=" in line
    ]
    assert first[0] == second[1] == old
    assert first[1] == second[0] != old
    assert "known everywhere before anybody seals with it" in said.out
    assert KeyFile(path).read() == (old,)

    terminal.set(encryption_keys=tuple(SecretStr(key) for key in second))
    assert "Keys in HUNCH_ENCRYPTION_KEYS:" in (await terminal.says("keys", "status")).out
    assert (await terminal.says("keys", "rotate")).code == 0
    said = await terminal.says("keys", "drop", key_id(old))
    assert said.out.endswith(f"   HUNCH_ENCRYPTION_KEYS={second[0]}\n")


@pytest.fixture
def lost(stage: Stage, path: Path) -> str:
    """The id of the key that was in the key file, which is gone."""
    [lost] = ids(path)
    path.unlink()
    return lost


async def test_without_a_key_the_status_says_how_to_begin_anew(
    terminal: Terminal, path: Path, lost: str
) -> None:
    said = await terminal.says("keys", "status")
    assert f"none. {path}: the key file is gone." in said.out
    assert f"2 cannot be opened: put the lost key back into {path} ({lost})." in said.out
    assert "To begin anew: hunch keys add" in said.out
    assert not KeyFile(path).exists()
    said = await terminal.says("keys", "rotate")
    assert said.code == 1
    assert "Without a key there is nothing to rotate to." in said.err
    assert (await terminal.says("keys", "add")).code == 0
    [made] = ids(path)
    assert made != lost
    assert (
        f"put the lost key back into {path} ({lost})" in (await terminal.says("keys", "status")).out
    )


async def test_slack_and_github_are_connected_anew_after_a_loss(
    stage: Stage, terminal: Terminal, path: Path, lost: str
) -> None:
    assert (await terminal.says("keys", "add")).code == 0
    said = await terminal.says("connect", "slack")
    assert said.out.startswith(f"{stage.workspace_id} is connected;")
    assert stage.github.hook is not None
    beginning = stage.github.hook.url.rpartition("/")[2][:6]
    said = await terminal.says("connect", "github-webhook", "--instead-of", beginning)
    assert (said.code, "Payload URL:" in said.out) == (0, True)
    assert (await terminal.says("keys", "verify")).code == 0
    assert "All is well." in (await terminal.says("keys", "status")).out


async def test_without_a_token_there_is_no_slack_to_connect(terminal: Terminal) -> None:
    terminal.set(slack_bot_token=None)
    said = await terminal.says("connect", "slack")
    assert (said.code, "SLACK_BOT_TOKEN: not set." in said.err) == (1, True)
