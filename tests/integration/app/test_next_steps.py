"""`hunch` alone: wherever somebody stands, it says the next step, and never fails."""

from __future__ import annotations

import os
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot import __main__ as command_line
from bot.app.databases import has_database
from bot.app.standings import is_running, list_standings
from bot.cli import parser
from bot.domain.ids import WorkspaceId
from bot.settings import Settings
from bot.use_cases import games
from tests.stage import Stage, free_port

Said = Callable[[Settings], Awaitable[str]]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    async def say(settings: Settings) -> str:
        words = parser().parse_args([])
        assert await words.command(settings, words) == 0
        return capsys.readouterr().out

    return say


@pytest.fixture
def newcomer(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, data_dir=tmp_path, port=free_port())  # type: ignore[call-arg]


async def test_a_newcomer_is_told_how_to_try_it_and_nothing_is_made(
    newcomer: Settings, said: Said, tmp_path: Path
) -> None:
    text = await said(newcomer)
    assert "hunch run" in text
    assert f"http://127.0.0.1:{newcomer.playground_port}/" in text
    assert os.listdir(tmp_path) == []


async def test_with_tokens_and_nothing_registered_it_is_to_be_started(
    newcomer: Settings, said: Said, tmp_path: Path
) -> None:
    tokens = {"slack_bot_token": SecretStr("xoxb-1"), "slack_app_token": SecretStr("xapp-1")}
    text = await said(newcomer.model_copy(update=tokens))
    assert "No workspace is registered yet" in text
    assert "Next: `hunch run` starts it" in text
    assert os.listdir(tmp_path) == []


async def test_an_app_to_install_is_installed_from_the_browser(
    stage: Stage, newcomer: Settings, said: Said
) -> None:
    settings = newcomer.model_copy(update={"slack_client_id": "1.2", "port": stage_port(stage)})
    assert f"{settings.public_url}/slack/install" in await said(settings)


def stage_port(stage: Stage) -> int:
    return stage.services.settings.port


async def _off(stage: Stage) -> None:
    admin = stage.person("person1").id
    async with stage.transaction() as tx:
        await games.change(tx, admin, now=stage.services.now(), switched_on_at=None)


async def _without_github(stage: Stage) -> None:
    async with stage.services.store.database.routing(name="test") as tx:
        await tx.execute("DELETE FROM hook_routes")
    async with stage.transaction() as tx:
        await tx.execute("DELETE FROM secrets WHERE purpose = 'github.webhook_secret'")


async def _locked(stage: Stage) -> None:
    async with stage.transaction() as tx:
        await tx.execute("UPDATE workspaces SET trouble = 'token_revoked'")


async def _as_it_is(stage: Stage) -> None:
    """Everything is there."""


@pytest.mark.parametrize(
    ("arrange", "next_step"),
    [
        (_as_it_is, "nothing: all is well"),
        (_off, "switch the game on in Hunch's Home tab"),
        (_without_github, "`hunch connect github-webhook` prints what to enter"),
        (_locked, "`hunch doctor` says how to reconnect Slack"),
    ],
)
async def test_the_first_thing_that_is_missing_comes_next(
    stage: Stage, said: Said, arrange: Callable[[Stage], Awaitable[None]], next_step: str
) -> None:
    await arrange(stage)
    text = await said(stage.services.settings)
    assert "It is running." in text
    assert f"({stage.workspace_id})" in text
    assert f"Next: {next_step}" in text


async def test_with_an_app_github_is_connected_in_the_home_tab(stage: Stage, said: Said) -> None:
    await _without_github(stage)
    settings = stage.services.settings.model_copy(update={"github_client_id": "Iv23"})
    assert "Next: press Connect GitHub in Hunch's Home tab" in await said(settings)


async def test_what_rests_is_to_be_started(stage: Stage, said: Said) -> None:
    resting = stage.services.settings.model_copy(update={"port": free_port()})
    text = await said(resting)
    assert "It is not running." in text
    assert "Next: `hunch run` starts it, or `hunch serve` and `hunch work`" in text


async def test_of_several_workspaces_the_one_meant_is_named(stage: Stage, said: Said) -> None:
    team = WorkspaceId("T0SECOND")
    async with stage.services.store.database.routing(name="test") as tx:
        await tx.execute("INSERT INTO workspace_routes VALUES ($1, now())", team)
    async with stage.services.store.database.transaction(team, name="test") as tx:
        row = "INSERT INTO workspaces (workspace_id, name, bot_user_id) VALUES ($1, 'Second', 'B')"
        await tx.execute(row, team)
    assert len(await list_standings(stage.services.settings)) == 2
    text = await said(stage.services.settings)
    assert f"`hunch connect github-webhook --workspace {team}`" in text


async def test_a_lost_key_file_makes_nobody_a_newcomer(newcomer: Settings, tmp_path: Path) -> None:
    assert not has_database(newcomer)
    (tmp_path / "encryption.key").touch()
    assert not has_database(newcomer)
    (tmp_path / "encryption.key").unlink()
    (tmp_path / "postgres").symlink_to(tmp_path / "elsewhere")
    assert has_database(newcomer)


async def test_a_database_that_is_away_is_named_with_what_to_do(stage: Stage, said: Said) -> None:
    away = SecretStr("postgresql://hunch_app@127.0.0.1:9/hunch")
    settings = {"database_url": away, "database_admin_url": away}
    text = await said(stage.services.settings.model_copy(update=settings))
    assert "DATABASE_URL: PostgreSQL does not answer" in text
    assert "`hunch doctor`" in text


async def test_whoever_else_listens_there_is_not_taken_for_hunch(newcomer: Settings) -> None:
    assert not await is_running(newcomer)
    with socket.create_server(("127.0.0.1", newcomer.port)) as stranger:
        stranger.listen()
        assert not await is_running(newcomer.model_copy(update={"host": "0.0.0.0"}))  # nosec B104


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        command_line.main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out.startswith("hunch ")
