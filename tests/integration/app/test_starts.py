"""Starting: what is missing is named in one line, what is there is found, made or joined."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from pydantic import SecretStr

from bot.app import Roles, open_services, open_store, register_workspace, run_processes, upgrade
from bot.errors import SettingsError
from bot.settings import Settings
from playground.faults import Fault, FaultKind
from playground.server import Playground
from storage.database import open_pool
from tests.databases import TestDatabase
from tests.programs import hunch, running
from tests.stage import Stage, free_port, settings_for

NOBODY = "postgresql://hunch_app@127.0.0.1:9/hunch"


@pytest.fixture
async def slack() -> AsyncIterator[Playground]:
    async with Playground.start(limits=False) as slack:
        slack.add_company(people=2)
        yield slack


@pytest.fixture
def settings(database: TestDatabase, slack: Playground, tmp_path: Path) -> Settings:
    return settings_for(database, slack, slack.installation(), data_dir=tmp_path)


async def start(settings: Settings) -> None:
    """Start up to the point where requests would be answered."""
    async with open_store(settings) as store, open_services(settings, store) as services:
        await register_workspace(services)


async def test_a_workspace_registers_itself_once_however_often_hunch_starts(
    settings: Settings,
) -> None:
    await start(settings)
    await start(settings)
    async with open_store(settings) as store:
        assert await store.pool.fetchval("SELECT count(*) FROM workspace_routes") == 1


async def test_without_a_token_nothing_is_registered(settings: Settings) -> None:
    silent = settings.model_copy(update={"slack_bot_token": None})
    async with open_store(silent) as store, open_services(silent, store) as services:
        assert await register_workspace(services) is None


async def test_a_token_that_slack_does_not_know_is_named(settings: Settings) -> None:
    wrong = settings.model_copy(update={"slack_bot_token": SecretStr("xoxb-wrong")})
    with pytest.raises(SettingsError, match="SLACK_BOT_TOKEN: Slack says invalid_auth"):
        await start(wrong)


@pytest.mark.parametrize("kind", [FaultKind.HTTP_503, FaultKind.RATELIMITED])
async def test_a_slack_that_cannot_be_reached_is_named(
    settings: Settings, slack: Playground, kind: FaultKind
) -> None:
    slack.faults.add(Fault(kind, method="auth.test"))
    with pytest.raises(SettingsError, match="SLACK_API_URL: Slack cannot be reached"):
        await start(settings)


@pytest.mark.parametrize("which", ["database_url", "database_admin_url"])
async def test_a_database_that_does_not_answer_is_named_without_its_password(
    settings: Settings, which: str
) -> None:
    url = NOBODY.replace("@", ":hidden-word@")  # pragma: allowlist secret
    away = settings.model_copy(update={which: SecretStr(url)})
    with pytest.raises(SettingsError, match="DATABASE_URL: PostgreSQL does not answer") as told:
        await start(away)
    assert "hidden-word" not in str(told.value)


@pytest.mark.parametrize("url", ["nonsense", "postgresql://u:pa/word@h/db", "mysql://h/db"])
async def test_a_url_that_makes_no_sense_is_named(settings: Settings, url: str) -> None:
    wrong = settings.model_copy(update={"database_url": SecretStr(url)})
    with pytest.raises(SettingsError, match="DATABASE_URL: PostgreSQL does not answer"):
        await start(wrong)
    with pytest.raises(SettingsError, match="DATABASE_URL: PostgreSQL does not answer") as told:
        await upgrade(wrong, with_post=True)
    assert url[-8:] not in str(told.value)


async def test_our_own_postgresql_that_lets_nobody_in_is_named_by_its_directory(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @asynccontextmanager
    async def elsewhere(settings: Settings) -> AsyncIterator[tuple[str, str]]:
        yield NOBODY, NOBODY

    monkeypatch.setattr("bot.app.databases.addresses", elsewhere)
    own = settings.model_copy(update={"database_url": None})
    with pytest.raises(SettingsError, match="HUNCH_DATA_DIR: our PostgreSQL does not answer"):
        await start(own)


async def test_a_key_file_is_made_at_the_first_start_and_used_at_the_second(
    settings: Settings, tmp_path: Path
) -> None:
    keyless = settings.model_copy(update={"encryption_keys": ()})
    await start(keyless)
    key = (tmp_path / "encryption.key").read_text()
    async with open_store(keyless) as store, open_services(keyless, store) as services:
        workspace_id = await register_workspace(services)
        assert workspace_id is not None
        assert await services.slacks.for_workspace(workspace_id)
    assert (tmp_path / "encryption.key").read_text() == key


async def test_a_port_in_use_is_named_with_what_to_do(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        busy = settings.model_copy(update={"port": taken.getsockname()[1]})
        async with open_store(busy) as store, open_services(busy, store) as services:
            with pytest.raises(BaseExceptionGroup) as told:
                await run_processes(services, Roles.SERVE, asyncio.Event())
    assert told.group_contains(SettingsError, match="HUNCH_PORT: cannot listen on 127.0.0.1:")


async def test_health_tells_a_load_balancer_what_it_needs(stage: Stage) -> None:
    async with aiohttp.ClientSession(trust_env=False) as session:
        async with session.get(f"{stage.base_url}/health/live") as answer:
            assert (answer.status, await answer.json()) == (200, {"ok": True})
        async with session.get(f"{stage.base_url}/health/ready") as answer:
            assert (answer.status, (await answer.json())["ok"]) == (200, True)


@pytest.fixture
def environment(settings: Settings, database: TestDatabase, tmp_path: Path) -> dict[str, str]:
    (tmp_path / "home").mkdir()
    tokens = (settings.slack_bot_token, settings.slack_app_token)
    bot, app = (token.get_secret_value() for token in tokens if token)
    return {
        "HOME": str(tmp_path / "home"),
        "DATABASE_URL": database.app_url,
        "DATABASE_ADMIN_URL": database.admin_url,
        "HUNCH_DATA_DIR": str(tmp_path / "data"),
        "HUNCH_PORT": str(free_port()),
        "HUNCH_DRAIN_S": "0",
        "SLACK_API_URL": settings.slack_api_url,
        "SLACK_BOT_TOKEN": bot,
        "SLACK_APP_TOKEN": app,
    }


async def test_serving_ends_well_when_told_to(environment: dict[str, str], tmp_path: Path) -> None:
    async with running(tmp_path, environment, "serve") as process:
        assert process.returncode is None


async def test_working_ends_well_when_told_to(
    environment: dict[str, str], tmp_path: Path, database: TestDatabase
) -> None:
    """A worker has no door; that it is there shows in what it does: it reads the people in."""
    pool = await open_pool(database.app_url)

    async def has_synced() -> bool:
        done = "SELECT count(*) FROM pgqueuer.pgqueuer_log WHERE status = 'successful'"
        return bool(await pool.fetchval(done))

    try:
        async with running(tmp_path, environment, "work", is_ready=has_synced) as process:
            assert process.returncode is None
    finally:
        await pool.close()


async def test_a_newcomer_gets_a_slack_to_try_and_keeps_it(tmp_path: Path) -> None:
    page = free_port()
    newcomer = {
        "HOME": str(tmp_path),
        "HUNCH_DATA_DIR": str(tmp_path / "data"),
        "HUNCH_PORT": str(free_port()),
        "HUNCH_PLAYGROUND_PORT": str(page),
    }
    secrets = []
    for _ in range(2):
        async with running(tmp_path, newcomer) as process:
            assert process.stdout is not None
            async with asyncio.timeout(60):
                said = (await process.stdout.readuntil(b"stops it.)")).decode()
            assert f"Open http://127.0.0.1:{page}/" in said
            unlinked = await hunch(tmp_path, newcomer, "members", "unlinked")
            assert unlinked.out == "Everybody seen so far is linked.\n"
            secrets.append((tmp_path / "data" / "encryption.key").read_text())
    assert secrets[0] == secrets[1]
