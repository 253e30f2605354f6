"""The encryption key is lost, wrong, unreadable, or back: Hunch runs, says so, and overwrites nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from bot.app import Roles, open_services, open_store, operators, register_workspace
from bot.crypto import Cipher, new_key
from bot.domain.ids import WorkspaceId
from bot.errors import SettingsError, UserError
from bot.key_files import KeyFile
from bot.ports import Job
from handlers import webhooks
from playground.github import Hook
from tests.databases import TestDatabase
from tests.scenario.home_support import home_text, open_home
from tests.scenario.install_support import set_town
from tests.stage import Stage, playing, set_stage

_ROWS = "SELECT purpose, name, ciphertext FROM secrets ORDER BY purpose, name"
_JOBS_AT_WORK = """
    SELECT count(*) FROM pgqueuer.pgqueuer
     WHERE status = 'picked'
        OR status = 'queued' AND execute_after <= now() + interval '5 seconds'
"""
_RECONNECT = "please reconnect"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "encryption.key"


@pytest.fixture
async def stage(database: TestDatabase, path: Path) -> AsyncIterator[Stage]:
    """A game whose keys lie in a file, with nobody working yet."""
    nobody = Roles(0)
    async with set_stage(database, roles=nobody, encryption_keys=(), data_dir=path.parent) as stage:
        yield stage


@pytest.fixture(autouse=True)
def _looks_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "_LOCK_IS_FRESH_S", 0.0)


def put_aside(path: Path) -> Path:
    return path.rename(path.with_name("aside"))


def open_to_all(path: Path) -> None:
    path.chmod(0o644)


def content_of(path: Path) -> bytes:
    return path.read_bytes()


def spoil(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o600)


@asynccontextmanager
async def life(stage: Stage, **changes: Any) -> AsyncIterator[Stage]:
    """Hunch from its start to its end, with settings of its own, on the same stage."""
    settings = stage.services.settings.model_copy(update=changes)
    async with (
        open_store(settings) as store,
        open_services(settings, store, now=stage.clock.now) as services,
    ):
        alive = Stage(stage.slack, stage.installation, services, stage.github, stage.clock)
        await register_workspace(services)
        async with playing(alive, Roles.ALL):
            yield alive


async def play(stage: Stage) -> None:
    """A merge comes in and its author is asked."""
    before = len(stage.person("person1").messages)
    await stage.merge("person1", "person2")
    await stage.slack.until(lambda: len(stage.person("person1").messages) > before)
    await stage.quiet()


async def sweep_in_vain(stage: Stage) -> None:
    """The clock's job, where messages go on waiting."""
    async with stage.services.store.database.routing(name="test") as tx:
        tx.enqueue(Job("housekeeping.sweep", WorkspaceId(""), "", "test"))
    await stage.until_row(_JOBS_AT_WORK, lambda count: count == 0)


async def command(stage: Stage, words: str) -> str:
    """What `/copilot` answers an admin."""
    done = await stage.person("person1").command("/copilot", words)
    assert done.ok
    return str(done.answer)


async def admins_home(stage: Stage) -> str:
    await open_home(stage, "person1")
    return home_text(stage, "person1")


async def test_with_another_key_it_runs_says_so_and_with_the_key_back_all_is_as_before(
    stage: Stage,
) -> None:
    before = await stage.rows(_ROWS)
    with capture_logs() as logs:
        async with life(stage, encryption_keys=(SecretStr(new_key()),)) as alive:
            home = await admins_home(alive)
            assert home.count(_RECONNECT) == 2
            assert "*Slack*: please reconnect." in home
            assert await stage.deliver("ping", {}) == 503
            assert alive.services.desk.refusals.by_reason["github", "secret_locked"] == 1
    [line] = [one for one in logs if one["event"] == "keys.secrets_locked"]
    assert (line["secrets"], line["workspaces"]) == (2, 1)
    assert await stage.rows(_ROWS) == before

    async with life(stage) as alive:
        assert _RECONNECT not in await admins_home(alive)
        await play(alive)
    assert await stage.rows(_ROWS) == before


async def test_whoever_is_no_admin_is_not_told(stage: Stage) -> None:
    async with life(stage, encryption_keys=(SecretStr(new_key()),)) as alive:
        await open_home(alive, "person2")
        assert _RECONNECT not in home_text(alive, "person2")


async def test_webhook_and_slack_are_connected_anew_by_a_person(stage: Stage) -> None:
    async with life(stage, encryption_keys=(SecretStr(new_key()),)) as alive:
        old = stage.github.hook
        hook = await operators.connect_webhook(alive.services, alive.workspace_id)
        stage.github.hook = Hook(alive.base_url + hook.path, hook.secret)
        await play(alive)
        assert await stage.deliver("ping", {}, hook=old) == 503
        await register_workspace(alive.services, replace=True)
        home = await admins_home(alive)
        assert "*Slack*: connected" in home
        assert home.count(_RECONNECT) == 1

        assert old is not None
        beginning = old.url.rpartition("/")[2][:6]
        for wrong in (beginning[:5], "nosuch"):
            with pytest.raises(UserError, match="no webhook, or more than one"):
                await operators.connect_webhook(
                    alive.services, alive.workspace_id, instead_of=wrong
                )
        await operators.connect_webhook(alive.services, alive.workspace_id, instead_of=beginning)
        assert _RECONNECT not in await admins_home(alive)
        assert await stage.deliver("ping", {}, hook=old) == 404


async def test_a_key_file_that_is_gone_is_not_made_anew_and_is_taken_up_when_it_is_back(
    stage: Stage, path: Path
) -> None:
    before, keys = await stage.rows(_ROWS), KeyFile(path).read()
    aside = put_aside(path)
    with capture_logs() as logs:
        async with life(stage) as alive:
            assert not KeyFile(path).exists()
            assert (await admins_home(alive)).count(_RECONNECT) == 2
            with pytest.raises(UserError, match="no key to keep secrets with"):
                await operators.connect_webhook(alive.services, alive.workspace_id)
            aside.rename(path)
            assert _RECONNECT not in await admins_home(alive)
            await play(alive)
    assert f"{path}: the key file is gone." in {one.get("trouble") for one in logs}
    assert await stage.rows(_ROWS) == before
    assert KeyFile(path).read() == keys


@pytest.mark.parametrize("content", [b"", b"no key at all\n", b"\xff\xfe\x00"])
async def test_a_spoilt_key_file_stops_nothing_while_secrets_wait_for_it(
    stage: Stage, path: Path, content: bytes
) -> None:
    before = await stage.rows(_ROWS)
    spoil(path, content)
    async with life(stage) as alive:
        assert (await admins_home(alive)).count(_RECONNECT) == 2
    assert await stage.rows(_ROWS) == before
    assert content_of(path) == content


async def test_a_key_file_that_others_can_read_stops_the_start_with_the_fix(
    stage: Stage, path: Path
) -> None:
    open_to_all(path)
    with pytest.raises(SettingsError, match="Run: chmod 600"):
        async with life(stage):
            pass


async def test_a_spoilt_key_file_stops_the_very_first_start(
    database: TestDatabase, path: Path
) -> None:
    spoil(path, b"")
    with pytest.raises(SettingsError, match="the key file is empty"):
        async with set_stage(database, encryption_keys=(), data_dir=path.parent):
            pass


async def test_a_half_rotated_vault_with_one_of_its_keys_works_by_halves(
    stage: Stage, path: Path
) -> None:
    KeyFile(path).change(lambda keys: (new_key(), *keys))
    hook = await operators.connect_webhook(stage.services, stage.workspace_id)
    [newest, _] = KeyFile(path).read()
    async with life(stage, encryption_keys=(SecretStr(newest),)) as alive:
        assert (await admins_home(alive)).count(_RECONNECT) == 2
        assert await stage.deliver("ping", {}) == 503
        fresh = Hook(alive.base_url + hook.path, hook.secret)
        assert await stage.deliver("ping", {}, hook=fresh) == 202


async def test_nobody_installs_what_could_not_be_kept(database: TestDatabase, path: Path) -> None:
    async with set_town(
        database, roles=Roles.SERVE, encryption_keys=(), data_dir=path.parent
    ) as town:
        team = town.neighbour()
        back = await town.browser.decide(await town.browser.set_out(), team)
        aside, ring = put_aside(path), town.stage.services.keys
        ring.cipher = Cipher(())
        for address in ("/slack/install/begin", back):
            seen = await town.browser.get(address)
            assert (seen.status, seen.title) == (503, "Hunch cannot keep secrets right now")
        assert town.refusals("no_key") == 2
        aside.rename(path)
        KeyFile(path).change(lambda keys: keys)
        assert (await town.browser.install(team)).status == 200


async def test_without_a_token_in_the_environment_commands_say_that_the_key_is_missing(
    stage: Stage, path: Path
) -> None:
    aside = put_aside(path)
    async with life(stage, slack_bot_token=None) as alive:
        for words in ("", "help", "leaderboard post", "pause"):
            assert "my key is missing" in await command(alive, words)
        assert await alive.value("SELECT count(*) FROM outbox") == 0
        aside.rename(path)
        assert "`/copilot mystats`" in await command(alive, "help")


async def test_without_a_token_in_the_environment_clicks_are_answered_all_the_same(
    stage: Stage, path: Path
) -> None:
    async with life(stage) as alive:
        await play(alive)
    put_aside(path)
    async with life(stage, slack_bot_token=None) as alive:
        [survey] = alive.person("person2").messages
        assert (await alive.person("person2").click(survey, "survey.rate.ok")).ok
        await alive.slack.until(lambda: "survey.guess.no" in str(survey.blocks))


async def test_without_a_token_in_the_environment_messages_wait_for_the_key(
    database: TestDatabase, path: Path
) -> None:
    ahead = timedelta(hours=-2)
    async with set_stage(
        database, roles=Roles(0), ahead=ahead, encryption_keys=(), data_dir=path.parent
    ) as stage:
        aside = put_aside(path)
        async with life(stage, slack_bot_token=None) as alive:
            person = alive.person("person1")
            await person.open_home()
            await alive.until_row("SELECT reason FROM outbox", lambda r: r == "secret_locked")
            assert person.home is None
            # A job that has looked for the token already would go by what it saw.
            await alive.until_row(_JOBS_AT_WORK, lambda count: count == 0)
            await sweep_in_vain(alive)
            assert person.home is None
            aside.rename(path)
            await alive.run_job("housekeeping.sweep")
            assert person.home is not None
            assert _RECONNECT not in await admins_home(alive)
