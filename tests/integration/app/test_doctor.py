"""`hunch doctor`: every check can fail, for real, and says what to do in words."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from cryptography.fernet import Fernet
from pydantic import SecretStr

from bot import __main__ as command_line
from bot.app import doctor
from bot.app.doctor import Found, Level, clocks, disks
from bot.app.doctor.findings import Level as Levels
from bot.app.doctor.visits import Visit
from bot.app.times import utc_now
from bot.settings import Settings
from playground.faults import Fault, FaultKind
from tests.integration.app.doctor_support import (
    CLOSED,
    NOBODY,
    another_server,
    but,
    found_by,
    the_one,
    the_problem,
    visit,
)
from tests.stage import Stage, free_port


@pytest_asyncio.fixture
async def settings(stage: Stage, tmp_path: Path) -> Settings:
    """A house in which all is well."""
    return stage.services.settings.model_copy(update={"data_dir": tmp_path})


async def test_where_all_is_well_there_is_no_problem(settings: Settings) -> None:
    found = await visit(settings)
    assert [f for f in found if f.level is Level.PROBLEM] == []
    looked_at = {"settings", "disk", "database", "migrations", "keys", "slack", "webhooks"}
    assert {f.check for f in found} == looked_at | {"clock", "work", "versions"}


async def test_before_the_first_start_nothing_is_wrong_and_nothing_is_made(tmp_path: Path) -> None:
    new = Settings(_env_file=None, data_dir=tmp_path / "data")  # type: ignore[call-arg]
    assert {f.level for f in await visit(new)} == {Level.OK}
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("changed", "level", "text"),
    [
        (
            {"slack_client_id": "1.2", "slack_client_secret": SecretStr("x")},
            Levels.WARNING,
            "SLACK_CLIENT_ID is set, but HUNCH_BASE_URL is not",
        ),
        (
            {"slack_app_token": None, "slack_signing_secret": SecretStr("x")},
            Levels.WARNING,
            "Slack sends requests over HTTP, but HUNCH_BASE_URL is not set",
        ),
    ],
)
async def test_settings_that_are_half_set_are_named(
    settings: Settings, changed: dict[str, Any], level: Level, text: str
) -> None:
    found = await the_one("settings", but(settings, **changed))
    assert (found.level, found.text.startswith(text)) == (level, True)


async def test_settings_without_effect_and_misspelt_ones_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUNCH_METRIC_PORT", "9300")
    owner = SecretStr(NOBODY)
    idle = Settings(_env_file=None, data_dir=tmp_path / "data", database_admin_url=owner)  # type: ignore[call-arg]
    first, second = await found_by("settings", idle)
    assert first.text.startswith("DATABASE_ADMIN_URL is set without DATABASE_URL")
    assert second.text == "HUNCH_METRIC_PORT is no setting of Hunch"


async def test_a_token_that_slack_does_not_take_is_a_problem(settings: Settings) -> None:
    wrong = SecretStr("xoxb-made-up")  # pragma: allowlist secret
    found = await the_one("slack", but(settings, slack_bot_token=wrong))
    assert found.text == "SLACK_BOT_TOKEN: Slack says invalid_auth"


async def test_an_app_token_that_slack_does_not_take_is_a_problem(settings: Settings) -> None:
    wrong = SecretStr("xapp-made-up")  # pragma: allowlist secret
    found = await the_problem("slack", but(settings, slack_app_token=wrong))
    assert found.text == "SLACK_APP_TOKEN: Slack says invalid_auth"


async def test_a_slack_that_cannot_be_reached_is_a_problem(settings: Settings) -> None:
    found = await found_by("slack", but(settings, slack_api_url=CLOSED))
    assert [f.level for f in found] == [Level.PROBLEM, Level.PROBLEM]
    assert all("cannot be reached" in f.text for f in found)


async def test_scopes_are_compared_with_the_manifest(stage: Stage, settings: Settings) -> None:
    granted = stage.installation.scopes.split(",")
    stage.installation.scopes = ",".join([*(s for s in granted if s != "im:write"), "files:read"])
    lacks, more = await found_by("slack", settings)
    assert (lacks.level, lacks.text) == (Level.PROBLEM, "SLACK_BOT_TOKEN: lacks im:write")
    assert more.level is Level.WARNING
    assert "files:read" in more.text


async def test_a_workspace_whose_token_was_revoked_is_a_problem(
    stage: Stage, settings: Settings
) -> None:
    async with stage.transaction() as tx:
        await tx.execute("UPDATE workspaces SET trouble = 'token_revoked'")
    found = await the_problem("slack", settings)
    assert found.text.endswith("Slack says token_revoked")


async def test_an_address_that_is_not_https_is_a_problem(settings: Settings) -> None:
    found, *_ = await found_by("webhooks", but(settings, base_url="http://hunch.example"))
    assert found.text.startswith("HUNCH_BASE_URL is not https")


async def test_an_address_that_leads_nowhere_is_a_problem(settings: Settings) -> None:
    nowhere = but(settings, base_url=f"http://127.0.0.1:{free_port()}")
    found, *_ = await found_by("webhooks", nowhere)
    assert found.text.startswith("HUNCH_BASE_URL cannot be reached")


async def test_an_address_that_leads_to_somebody_else_is_a_problem(settings: Settings) -> None:
    async with another_server() as url:
        found, *_ = await found_by("webhooks", but(settings, base_url=url))
    assert found.text == "HUNCH_BASE_URL answers 200, not as Hunch does"


async def test_webhooks_that_are_silent_or_missing_are_worth_a_warning(
    stage: Stage, settings: Settings
) -> None:
    here = but(settings, base_url=stage.base_url)
    assert (
        await the_one("webhooks", here)
    ).text == "1 webhook connected, nothing was delivered yet"
    await stage.deliver("ping", {})
    assert await found_by("webhooks", here) == []
    async with stage.transaction() as tx:
        await tx.execute("UPDATE deliveries SET received_at = received_at - interval '9 days'")
    assert (await the_one("webhooks", here)).text == "1 webhook connected, silent for 9 days"
    async with stage.transaction() as tx:
        await tx.execute("DELETE FROM hook_routes")
    assert (await the_one("webhooks", here)).text == "GitHub is not connected"


async def test_keys_that_do_not_open_what_is_stored_are_a_problem(settings: Settings) -> None:
    other = (SecretStr(Fernet.generate_key().decode()),)
    found = await the_one("keys", but(settings, encryption_keys=other))
    assert "stored secrets" in found.text


@pytest.mark.parametrize("mode", [0o644, None])
async def test_a_key_file_that_others_can_read_or_that_is_gone_is_a_problem(
    settings: Settings, tmp_path: Path, mode: int | None
) -> None:
    path = tmp_path / "encryption.key"
    if mode is not None:
        path.write_bytes(Fernet.generate_key())
        path.chmod(mode)
    found = await the_one("keys", but(settings, encryption_keys=()))
    assert found.level is Level.PROBLEM
    assert str(path) in found.text


async def test_a_clock_that_differs_from_slacks_is_a_problem(settings: Settings) -> None:
    async with another_server(Date="Fri, 20 Nov 2020 12:00:00 GMT") as url:
        found = await the_one("clock", but(settings, slack_api_url=f"{url}/api/"))
    assert found.text.startswith("Slack's clock is ")


@pytest.mark.parametrize(
    ("apart_s", "level"), [(5, Levels.OK), (60, Levels.WARNING), (600, Levels.PROBLEM)]
)
def test_how_far_two_clocks_may_be_apart(apart_s: int, level: Level) -> None:
    now = utc_now()
    assert clocks.compare("PostgreSQL's", now - timedelta(seconds=apart_s), now).level is level


async def test_a_disk_that_cannot_be_written_to_is_a_problem(settings: Settings) -> None:
    found = await the_one("disk", but(settings, data_dir=Path("/proc")))
    assert found.text.startswith("/proc cannot be written to")


async def test_a_disk_that_is_nearly_full_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disks, "_TIGHT_MB", 10**12)
    assert (await the_one("disk", settings)).level is Level.WARNING
    monkeypatch.setattr(disks, "_FULL_MB", 10**12)
    assert (await the_one("disk", settings)).level is Level.PROBLEM


async def test_with_everything_broken_it_still_ends_and_says_no_secret(
    settings: Settings, tmp_path: Path
) -> None:
    broken = but(
        settings,
        database_url=SecretStr(NOBODY),
        database_admin_url=SecretStr(NOBODY),
        slack_bot_token=SecretStr("xoxb-hidden-word"),
        slack_app_token=SecretStr("xapp-hidden-word"),
        slack_api_url=CLOSED,
        base_url="https://127.0.0.1:9",
        encryption_keys=(SecretStr("hidden-word"),),
        data_dir=Path("/proc"),
    )
    found = await visit(broken)
    assert {f.check for f in found if f.level is Level.PROBLEM} == {
        "disk", "database", "keys", "slack", "webhooks",
    }  # fmt: skip
    assert "hidden-word" not in repr(found)
    assert all("\n" not in f.text for f in found)


@pytest.fixture
def told(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    quiet_log: None,
    capsys: pytest.CaptureFixture[str],
) -> Any:
    def run(*words: str) -> tuple[int, str]:
        code = command_line.main(["doctor", *words])
        return code, capsys.readouterr().out

    monkeypatch.setattr(command_line, "read_settings", lambda: settings)
    monkeypatch.setattr(command_line, "shed_environment", lambda: None)
    return lambda *words: asyncio.to_thread(run, *words)


async def test_on_the_terminal_it_is_a_line_each_and_0_without_problems(told: Any) -> None:
    code, out = await told()
    assert code == 0
    assert "\nok       database   DATABASE_URL: PostgreSQL " in out
    assert "\nwarning  webhooks   1 webhook connected, nothing was delivered yet\n" in out


async def test_with_json_it_is_an_object_a_line_and_1_with_problems(
    told: Any, stage: Stage
) -> None:
    stage.slack.faults.add(Fault(FaultKind.ERROR, method="auth.test", error="account_inactive"))
    code, out = await told("--json")
    assert code == 1
    found = [json.loads(line) for line in out.splitlines()]
    assert [one["text"] for one in found if one["level"] == "problem"] == [
        "SLACK_BOT_TOKEN: Slack says account_inactive"
    ]


def test_settings_that_cannot_be_read_are_all_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        command_line, "shed_environment", lambda: monkeypatch.delenv("SLACK_BOT_TOKEN")
    )
    monkeypatch.setenv("HUNCH_PORT", "many")
    monkeypatch.setenv("HUNCH_BASE_URL", "hunch.example")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "mixed-up")
    assert command_line.main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "PROBLEM  settings   HUNCH_PORT: " in out
    assert "PROBLEM  settings   HUNCH_BASE_URL: " in out
    assert "PROBLEM  settings   SLACK_BOT_TOKEN: must start with xoxb-" in out


async def test_a_workspace_whose_name_commands_terminals_is_only_named(
    told: Any, stage: Stage
) -> None:
    stage.slack.state.workspaces[stage.workspace_id].name = "Ac\x1b[2Jme\nPROBLEM \u202eInc"
    code, out = await told()
    assert code == 0
    assert f"the bot token belongs to Ac[2Jme PROBLEM Inc ({stage.workspace_id})\n" in out


async def test_an_app_for_many_workspaces_needs_no_token_of_its_own(settings: Settings) -> None:
    many = but(
        settings,
        slack_bot_token=None,
        slack_app_token=None,
        slack_client_id="1.2",
        slack_client_secret=SecretStr("x"),
        database_url=SecretStr(NOBODY),
    )
    assert await found_by("slack", many) == []


async def hang(visit: Visit) -> list[Found]:
    await asyncio.Event().wait()
    return []


async def stumble(visit: Visit) -> list[Found]:
    raise ConnectionResetError


@pytest.mark.parametrize(("check", "text"), [(hang, "no answer in time"), (stumble, "Connection")])
async def test_a_check_that_hangs_or_stumbles_is_a_problem_of_its_own(
    monkeypatch: pytest.MonkeyPatch, check: Any, text: str
) -> None:
    monkeypatch.setattr(doctor, "_PATIENCE_S", 0.01)
    nothing: Any = None
    [found] = await doctor.run_check(check, nothing)
    assert found.level is Level.PROBLEM
    assert found.text.startswith(text)
