"""The command line, as an operator types it, in this process and on a real database."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from asyncio.subprocess import PIPE
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from bot import __main__ as command_line
from bot.cli import run
from bot.cli.terminal import say
from playground.github import Hook
from playground.server import Playground
from storage.migrations import migrations
from tests.databases import TestDatabase
from tests.programs import environment_with
from tests.stage import Stage, settings_for


class Said(NamedTuple):
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str


Hunch = Callable[..., "asyncio.Future[Said]"]


@pytest.fixture
def hunch(
    stage: Stage,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    quiet_log: None,
) -> Hunch:
    """Run a command against the stage's database, beside the running game."""
    settings = stage.services.settings
    monkeypatch.setattr(command_line, "read_settings", lambda: settings)
    monkeypatch.setattr(command_line, "shed_environment", lambda: None)

    def run(*words: str) -> Said:
        code = command_line.main(words)
        return Said(code, *capsys.readouterr())

    return lambda *words: asyncio.ensure_future(asyncio.to_thread(run, *words))


async def test_a_webhook_is_connected_and_its_url_and_secret_printed(
    stage: Stage, hunch: Hunch
) -> None:
    said = await hunch("connect", "github-webhook")
    assert said.code == 0
    assert f"Payload URL:  {stage.base_url}/webhooks/github/" in said.out
    assert "Secret:" in said.out
    assert "application/json" in said.out
    assert "The secret is shown this once only." in said.out


async def test_an_address_that_github_cannot_reach_is_noticed(stage: Stage, hunch: Hunch) -> None:
    said = await hunch("connect", "github-webhook")
    assert stage.services.settings.base_url is None
    assert "GitHub cannot reach this address" in said.out


async def test_the_address_from_outside_is_printed_where_it_is_known(
    stage: Stage, hunch: Hunch, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"base_url": "https://hunch.example.com"}
    settings = stage.services.settings.model_copy(update=told)
    monkeypatch.setattr(command_line, "read_settings", lambda: settings)
    said = await hunch("connect", "github-webhook")
    assert "Payload URL:  https://hunch.example.com/webhooks/github/" in said.out
    assert "cannot reach" not in said.out


async def test_a_program_gets_the_webhook_as_json_and_it_works(stage: Stage, hunch: Hunch) -> None:
    said = await hunch("connect", "github-webhook", "--workspace", stage.workspace_id, "--json")
    hook = json.loads(said.out)
    assert sorted(hook) == ["secret", "url"]
    stage.github.hook = Hook(hook["url"], hook["secret"])
    await stage.merge("person1", "person2")
    await stage.until_dm("person1", "Was this PR AI-assisted?")


async def test_an_installation_of_the_app_is_connected(stage: Stage, hunch: Hunch) -> None:
    said = await hunch("connect", "github-app", "--installation", "4711")
    assert said == (0, f"Installation 4711 is connected to {stage.workspace_id}.\n", "")
    routed = await stage.value(
        "SELECT workspace_id FROM github_routes WHERE installation_id = 4711"
    )
    assert routed == stage.workspace_id


async def test_a_person_is_linked(stage: Stage, hunch: Hunch) -> None:
    person = stage.person("person3").id
    said = await hunch("members", "link", "--slack", person, "--github", "Somebody-New")
    assert said == (0, "Linked 1.\n", "")
    link = await stage.rows(
        "SELECT source, state FROM github_links WHERE github_login = 'somebody-new'"
    )
    assert link == [{"source": "admin", "state": "confirmed"}]


async def test_many_are_linked_by_a_file(stage: Stage, hunch: Hunch, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    ids = [stage.person(name).id for name in ("person1", "person2")]
    file.write_text(f"github,slack\r\none, {ids[0]}\r\n two ,{ids[1]}\r\n", encoding="utf-8-sig")
    assert await hunch("members", "link", "--csv", str(file)) == (0, "Linked 2.\n", "")
    sources = "SELECT source FROM github_links WHERE github_login IN ('one', 'two')"
    assert [row["source"] for row in await stage.rows(sources)] == ["csv", "csv"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"name,login\nU1,one\n", "needs a first line with `slack,github`"),
        (b"slack,github\nU1\n", "needs a first line with `slack,github`, then a pair a line"),
        (b"slack,github\n\xff\xfe,one\n", "cannot be read"),
        (b"slack,github\nU0NOBODY,one\n", "U0NOBODY, one: "),
        (None, "cannot be read"),
    ],
)
async def test_a_file_that_will_not_do_links_nobody_and_is_named(
    stage: Stage, hunch: Hunch, tmp_path: Path, content: bytes | None, complaint: str
) -> None:
    file = tmp_path / "people.csv"
    if content is not None:
        file.write_bytes(content)
    before = await stage.rows("SELECT github_login, member_id FROM github_links ORDER BY 1")
    said = await hunch("members", "link", "--csv", str(file))
    assert said.code == 1
    assert complaint in said.err
    assert said.err.count("\n") == 1
    assert await stage.rows("SELECT github_login, member_id FROM github_links ORDER BY 1") == before


async def test_a_wrong_line_in_the_middle_links_nobody(
    stage: Stage, hunch: Hunch, tmp_path: Path
) -> None:
    file = tmp_path / "people.csv"
    file.write_text(f"slack,github\n{stage.person('person1').id},fresh\nU0NOBODY,other\n")
    said = await hunch("members", "link", "--csv", str(file))
    assert "Nobody was linked." in said.err
    assert await stage.value("SELECT count(*) FROM github_links WHERE github_login = 'fresh'") == 0


async def test_half_a_pair_is_not_enough(hunch: Hunch) -> None:
    said = await hunch("members", "link", "--slack", "U1")
    assert said.code == 1
    assert "give --slack U… and --github LOGIN, or --csv FILE" in said.err


async def test_who_is_missing_is_listed(stage: Stage, hunch: Hunch) -> None:
    assert (await hunch("members", "unlinked")).out == "Everybody seen so far is linked.\n"
    await stage.merge("person1", "person2", "stranger")
    await stage.until_row("SELECT count(*) FROM unlinked_accounts")
    assert (await hunch("members", "unlinked")).out == "stranger-gh\n"


async def test_with_several_workspaces_it_must_be_said_which(stage: Stage, hunch: Hunch) -> None:
    async with stage.transaction() as tx:
        await tx.execute("INSERT INTO workspace_routes VALUES ('T0SECOND', now())")
    said = await hunch("connect", "github-webhook")
    assert said.code == 1
    assert said.err.startswith("hunch: --workspace: say which workspace. Known: T0")
    assert stage.workspace_id in said.err
    assert (await hunch("members", "unlinked", "--workspace", stage.workspace_id)).code == 0
    assert (await hunch("members", "unlinked", "--workspace", "T0NOSUCH")).code == 1


async def test_a_database_up_to_date_is_left_alone(hunch: Hunch) -> None:
    assert await hunch("migrate") == (0, "The database is up to date.\n", "")
    assert await hunch("migrate", "--pre") == (0, "The database is up to date.\n", "")


async def test_an_empty_database_is_migrated_and_has_no_workspace_yet(
    empty_database: TestDatabase,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    quiet_log: None,
) -> None:
    async with Playground.start() as playground:
        settings = settings_for(empty_database, playground, playground.add_company())
    monkeypatch.setattr(command_line, "read_settings", lambda: settings)
    monkeypatch.setattr(command_line, "shed_environment", lambda: None)
    assert await asyncio.to_thread(command_line.main, ["migrate"]) == 0
    names = "".join(f"{migration.name}\n" for migration in migrations())
    assert capsys.readouterr().out.endswith(names)
    assert await asyncio.to_thread(command_line.main, ["members", "unlinked"]) == 1
    assert "none yet; start Hunch with its SLACK_BOT_TOKEN once" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["nonsense"], ["connect"], ["members"], ["connect", "jira"]])
def test_what_is_no_command_is_answered_with_the_usage(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        command_line.main(words)
    assert end.value.code == 2
    assert "usage: hunch" in capsys.readouterr().err


def test_a_wrong_setting_ends_it_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HUNCH_PORT", "many")
    assert command_line.main(["work"]) == 1
    assert capsys.readouterr().err.startswith("hunch: HUNCH_PORT: ")


async def test_a_busy_port_is_one_line_that_names_the_setting(
    stage: Stage, hunch: Hunch, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ours = stage.services.settings
        busy = ours.model_copy(update={"port": port})
        monkeypatch.setattr(run, "_stop_on_signal", asyncio.Event)
        monkeypatch.setattr(command_line, "read_settings", lambda: busy)
        served = await hunch("serve")
        without_slack = {"slack_bot_token": None, "slack_app_token": None, "playground_port": port}
        tryout = ours.model_copy(update=without_slack)
        monkeypatch.setattr(command_line, "read_settings", lambda: tryout)
        tried = await hunch("run")
    assert (served.code, tried.code) == (1, 1)
    assert served.err.startswith("hunch: HUNCH_PORT: cannot listen on 127.0.0.1:")
    assert tried.err.startswith("hunch: HUNCH_PLAYGROUND_PORT: cannot listen on 127.0.0.1:")
    assert served.err.count("\n") == tried.err.count("\n") == 1


@pytest.mark.parametrize("words", [["manifest"], ["doctor"]])
async def test_whoever_reads_along_may_leave_early(tmp_path: Path, words: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *words,
        cwd=tmp_path, env=environment_with({}), stdout=writer, stderr=PIPE,
    )  # fmt: skip
    os.close(writer)
    _, err = await process.communicate()
    assert (process.returncode, err) == (1, b"")


def test_what_is_said_cannot_command_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    say("T1  A\x1b]0;title\x07cme\r\u202e Inc\nT2  Ünïcode 🎲 …")
    assert capsys.readouterr().out == "T1  A]0;titlecme Inc\nT2  Ünïcode 🎲 …\n"
