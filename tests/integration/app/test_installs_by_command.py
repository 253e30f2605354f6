"""What an operator asks about installations from the terminal, and the manifest to begin with."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import yaml
from pydantic import SecretStr

from bot import __main__ as command_line
from bot.crypto import new_key
from bot.manifests import distributed_manifest, read_manifest
from tests.databases import REPOSITORY, TestDatabase
from tests.scenario.install_support import Town, set_town

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _quietly(monkeypatch: pytest.MonkeyPatch, quiet_log: None) -> None:
    monkeypatch.setattr(command_line, "shed_environment", lambda: None)


async def say(*words: str) -> int:
    return await asyncio.to_thread(command_line.main, words)


def with_settings(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(command_line, "read_settings", lambda: settings)


async def _trouble(town: Town, team: str) -> None:
    await town.value(team, "UPDATE workspaces SET trouble = 'token_revoked' RETURNING true")


async def test_installs_are_listed_with_how_it_stands(
    database: TestDatabase, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    async with set_town(database, org=True) as town:
        with_settings(monkeypatch, town.stage.services.settings)
        org = town.stage.slack.state.add_enterprise("Acme Org", enterprise_id="E0ACME").id
        fine, broken, gone, shop = (town.neighbour(n) for n in ("Fine", "Broken", "Gone", "X"))
        shop = town.neighbour("Shop", enterprise_id=org)
        for place in (fine, broken, gone, org):
            assert (await town.browser.install(place)).status == 200
        await town.person(shop).open_home()
        await _trouble(town, broken)
        town.stage.slack.uninstall(gone)
        await town.stage.until_row("SELECT max(uninstalled_at) FROM workspace_routes")
        assert await say("installs") == 0
        lines = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    boss = town.person(fine).id
    assert lines[town.stage.workspace_id] == "installed         Acme, by SLACK_BOT_TOKEN"
    assert lines[fine].startswith(f"installed         Fine, by {boss}; token renewed before 20")
    assert lines[broken].startswith("please reconnect  Broken, by ")
    assert lines[broken].endswith("; Slack says token_revoked, an admin should open /slack/install")
    assert lines[gone].startswith("uninstalled       Gone, by ")
    assert "; its data goes after 20" in lines[gone]
    assert lines[shop] == f"installed         {shop}, through {org}"
    assert lines[org].startswith("installed         Acme Org, by ")


async def test_an_installation_whose_token_no_key_opens_is_marked(
    database: TestDatabase, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    async with set_town(database, org=True) as town:
        other = {"encryption_keys": (SecretStr(new_key()),)}
        with_settings(monkeypatch, town.stage.services.settings.model_copy(update=other))
        org = town.stage.slack.state.add_enterprise("Acme Org", enterprise_id="E0ACME").id
        shop = town.neighbour("Shop", enterprise_id=org)
        assert (await town.browser.install(org)).status == 200
        await town.person(shop).open_home()
        assert await say("installs") == 0
    lines = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert set(lines) == {town.stage.workspace_id, shop, org}
    for line in lines.values():
        assert line.startswith("please reconnect  ")
        assert "; no key opens its token: put the key back (`hunch keys status`)" in line


async def test_before_the_first_workspace_there_is_none(
    database: TestDatabase, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    async with set_town(database) as town:
        with_settings(monkeypatch, town.stage.services.settings)
        town.stage.slack.uninstall(town.stage.workspace_id)
        left = "SELECT uninstalled_at FROM workspace_routes"
        await town.stage.until_row(left)
        await town.routed("UPDATE workspace_routes SET uninstalled_at = 'yesterday' RETURNING 1")
        assert await town.stage.services.store.purge(
            town.stage.workspace_id, town.stage.clock.now()
        )
        assert await say("installs") == 0
    assert capsys.readouterr().out == "No workspace has Hunch yet.\n"


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    class Bare:
        log_level, log_format, base_url = "info", None, None

    with_settings(monkeypatch, Bare())


@pytest.mark.usefixtures("settings")
async def test_the_manifest_is_printed_as_it_ships(capsys: Capture) -> None:
    assert await say("manifest") == 0
    shipped = (REPOSITORY / "manifest.yml").read_text(encoding="utf-8")
    assert capsys.readouterr().out == shipped


@pytest.mark.usefixtures("settings")
async def test_the_distributed_manifest_is_printed_for_an_address(capsys: Capture) -> None:
    assert await say("manifest", "--http", "--base-url", "https://hunch.example/") == 0
    printed = yaml.safe_load(capsys.readouterr().out)
    assert printed == distributed_manifest("https://hunch.example")
    assert printed != read_manifest()


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize(
    "address", ["", "http://hunch.example", "hunch.example", "https://", "https://h.example/?a=b"]
)
async def test_slack_needs_an_https_address(capsys: Capture, address: str) -> None:
    assert await say("manifest", "--http", "--base-url", address) == 1
    assert capsys.readouterr().err.startswith("hunch: --base-url: Slack sends to https addresses")


def test_the_manifest_ships_with_the_package() -> None:
    project = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    assert '"manifest.yml" = "bot/manifest.yml"' in project
