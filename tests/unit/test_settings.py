"""Settings: read once, checked, refused in one line that names the variable and the fix."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.crypto import new_key
from bot.errors import SettingsError
from bot.settings import WrongSettings, read_settings, shed_environment

BOT, APP = "xoxb-1-made-up", "xapp-1-made-up"  # pragma: allowlist secret

OAUTH = {"SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": "made-up"}  # pragma: allowlist secret


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("HUNCH_", "SLACK_", "GITHUB_", "DATABASE_")):
            monkeypatch.delenv(name)


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    return monkeypatch


def test_with_nothing_set_hunch_brings_all_it_needs() -> None:
    settings = read_settings(None)
    assert settings.playground_wanted
    assert settings.database_url is None
    assert settings.data_dir == Path("data")
    assert settings.public_url == "http://127.0.0.1:3000"
    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.armed_failpoints == {}


def test_the_env_file_is_read_and_the_environment_wins(
    given: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / ".env"
    file.write_text("HUNCH_PORT=4000\nHUNCH_HOST=0.0.0.0\nSOMETHING_ELSE=1\n")
    given.setenv("HUNCH_PORT", "5000")
    settings = read_settings(file)
    assert (settings.port, settings.host) == (5000, "0.0.0.0")  # nosec B104


def test_an_empty_variable_counts_as_not_set(given: pytest.MonkeyPatch) -> None:
    given.setenv("SLACK_BOT_TOKEN", "")
    given.setenv("HUNCH_PORT", "")
    assert read_settings(None).port == 3000


@pytest.mark.parametrize("between", [",", " ", ", "])
def test_several_keys_are_told_apart(given: pytest.MonkeyPatch, between: str) -> None:
    made = [new_key(), new_key()]
    given.setenv("HUNCH_ENCRYPTION_KEYS", between.join(made))
    keys = read_settings(None).encryption_keys
    assert [key.get_secret_value() for key in keys] == made


def test_addresses_are_brought_into_one_form(given: pytest.MonkeyPatch) -> None:
    given.setenv("SLACK_API_URL", "http://127.0.0.1:3100/api")
    given.setenv("HUNCH_BASE_URL", "https://hunch.example/")
    settings = read_settings(None)
    assert settings.slack_api_url == "http://127.0.0.1:3100/api/"
    assert settings.public_url == "https://hunch.example"


def test_failpoints_are_named_with_what_they_do(given: pytest.MonkeyPatch) -> None:
    given.setenv("HUNCH_FAILPOINTS", "answer.before_commit=kill,slack.post.after=fail")
    armed = read_settings(None).armed_failpoints
    assert armed == {"answer.before_commit": "kill", "slack.post.after": "fail"}


@pytest.mark.parametrize("door", [{"SLACK_APP_TOKEN": APP}, {"SLACK_SIGNING_SECRET": "abc"}])
def test_with_a_token_and_a_door_it_is_a_real_workspace(
    given: pytest.MonkeyPatch, door: dict[str, str]
) -> None:
    for name, value in {"SLACK_BOT_TOKEN": BOT, **door}.items():
        given.setenv(name, value)
    assert not read_settings(None).playground_wanted


@pytest.mark.parametrize("door", [{"SLACK_APP_TOKEN": APP}, {"SLACK_SIGNING_SECRET": "abc"}])
@pytest.mark.parametrize("token", [{}, {"SLACK_BOT_TOKEN": BOT}])
def test_many_workspaces_need_no_token_and_may_have_one(
    given: pytest.MonkeyPatch, door: dict[str, str], token: dict[str, str]
) -> None:
    for name, value in {**OAUTH, **door, **token, "HUNCH_BASE_URL": "https://h.example"}.items():
        given.setenv(name, value)
    settings = read_settings(None)
    assert not settings.playground_wanted
    assert settings.redirect_url == "https://h.example/slack/oauth_redirect"


@pytest.mark.parametrize(
    ("api", "page"),
    [
        ("https://slack.com/api/", "https://slack.com/oauth/v2/authorize"),
        ("http://127.0.0.1:3100/api", "http://127.0.0.1:3100/oauth/v2/authorize"),
        ("https://slack-gov.com/api/", "https://slack-gov.com/oauth/v2/authorize"),
    ],
)
def test_the_authorize_page_is_beside_the_web_api(
    given: pytest.MonkeyPatch, api: str, page: str
) -> None:
    given.setenv("SLACK_API_URL", api)
    assert read_settings(None).authorize_url == page


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        (
            {"SLACK_BOT_TOKEN": BOT},
            "SLACK_APP_TOKEN: missing; set it for Socket Mode, or SLACK_SIG",
        ),
        ({"SLACK_APP_TOKEN": APP}, "SLACK_BOT_TOKEN: missing, but SLACK_APP_TOKEN is set"),
        ({"SLACK_CLIENT_ID": "1.2"}, "SLACK_CLIENT_SECRET: missing, but SLACK_CLIENT_ID is set"),
        ({"SLACK_CLIENT_SECRET": "x"}, "SLACK_CLIENT_ID: missing, but SLACK_CLIENT_SECRET is"),
        (OAUTH, "SLACK_APP_TOKEN: missing; set it for Socket Mode, or SLACK_SIGNING_SECRET"),
        (OAUTH | {"SLACK_APP_TOKEN": APP}, "HUNCH_BASE_URL: missing, but SLACK_CLIENT_ID is set"),
        ({"SLACK_BOT_TOKEN": APP}, "SLACK_BOT_TOKEN: must start with xoxb-"),
        ({"SLACK_APP_TOKEN": BOT}, "SLACK_APP_TOKEN: must start with xapp-"),
        ({"HUNCH_ENCRYPTION_KEYS": "abc"}, "HUNCH_ENCRYPTION_KEYS: key 1 is not a Fernet key. "),
        ({"HUNCH_PORT": "70000"}, "HUNCH_PORT: must be between 0 and 65535. Correct it or"),
        ({"HUNCH_PORT": "http"}, "HUNCH_PORT: must be a whole number between 0 and 65535. "),
        ({"HUNCH_KEEP_AUDITS_DAYS": "1"}, "HUNCH_KEEP_AUDITS_DAYS: must be between 90 and 3650."),
        ({"HUNCH_DRAIN_S": "soon"}, "HUNCH_DRAIN_S: must be between 0 and 120. "),
        ({"HUNCH_BASE_URL": "hunch.example"}, "HUNCH_BASE_URL: is not an address like https://"),
        ({"SLACK_API_URL": "slack"}, "SLACK_API_URL: is not an address like https://"),
        ({"HUNCH_LOG_LEVEL": "loud"}, "HUNCH_LOG_LEVEL: must be debug, info, warning or error. "),
        ({"HUNCH_LOG_FORMAT": "xml"}, "HUNCH_LOG_FORMAT: must be json or console. "),
        ({"HUNCH_METRICS_PORT": "3000"}, "HUNCH_METRICS_PORT: is HUNCH_PORT as well"),
        ({"HUNCH_METRICS_TOKEN": "short"}, "HUNCH_METRICS_TOKEN: must have at least 16 charact"),
        ({"HUNCH_OTLP_ENDPOINT": "collector:4318"}, "HUNCH_OTLP_ENDPOINT: is not an address li"),
    ],
)
def test_a_wrong_setting_is_named_with_the_fix_and_without_its_value(
    given: pytest.MonkeyPatch, wrong: dict[str, str], line: str
) -> None:
    for name, value in wrong.items():
        given.setenv(name, value)
    with pytest.raises(SettingsError) as told:
        read_settings(None)
    assert str(told.value).startswith(line)
    assert "\n" not in str(told.value)
    assert not any(token in str(told.value) for token in (BOT, APP))


@pytest.mark.parametrize(
    ("wrong", "names"),
    [
        (
            {"HUNCH_PORT": "70000", "SLACK_BOT_TOKEN": APP},
            ["HUNCH_PORT", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"],
        ),
        (
            {"HUNCH_ENCRYPTION_KEYS": "abc", "SLACK_BOT_TOKEN": APP, "SLACK_APP_TOKEN": BOT},
            ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "HUNCH_ENCRYPTION_KEYS"],
        ),
        # What hangs on a setting that is wrong itself is left out: it may be right in the end.
        (OAUTH | {"SLACK_APP_TOKEN": APP, "HUNCH_BASE_URL": "h"}, ["HUNCH_BASE_URL"]),
        ({"HUNCH_PORT": "x", "HUNCH_METRICS_PORT": "3000"}, ["HUNCH_PORT"]),
        ({"HUNCH_PORT": "x", "SLACK_API_URL": "y"}, ["HUNCH_PORT", "SLACK_API_URL"]),
    ],
)
def test_all_that_is_wrong_is_said_at_once(
    given: pytest.MonkeyPatch, wrong: dict[str, str], names: list[str]
) -> None:
    for name, value in wrong.items():
        given.setenv(name, value)
    with pytest.raises(WrongSettings) as told:
        read_settings(None)
    assert [line.partition(":")[0] for line in told.value.lines] == names
    assert str(told.value) == told.value.lines[0]


def test_settings_are_frozen_and_secrets_masked(given: pytest.MonkeyPatch) -> None:
    given.setenv("GITHUB_WEBHOOK_SECRET", "very-secret")
    settings = read_settings(None)
    assert "very-secret" not in repr(settings)
    with pytest.raises(ValidationError):
        settings.port = 1  # type: ignore[misc]


def test_what_libraries_would_read_is_taken_away_and_nothing_else(
    given: pytest.MonkeyPatch,
) -> None:
    taken = ["SLACK_CLIENT_ID", "PGHOST", "PGSSLMODE", "QUEUE_TABLE", "CHANNEL", "HTTPS_PROXY"]
    taken += ["http_proxy", "ws_proxy", "STATISTICS_TABLE", "OPENAI_API_KEY"]
    taken += ["OTEL_EXPORTER_OTLP_HEADERS", "PROMETHEUS_MULTIPROC_DIR", "prometheus_multiproc_dir"]
    kept = ["PATH", "HOME", "HUNCH_PORT", "LANG"]
    for name in [*taken, *kept]:
        given.setenv(name, "1")
    shed_environment()
    assert [name for name in taken if name in os.environ] == []
    assert [name for name in kept if name not in os.environ] == []
