"""The container, compose and systemd files agree with the code: settings, ports, doors, patience."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.app.doors import _SHUTDOWN_S
from bot.app.processes import _DRAIN_S
from bot.settings import Settings
from handlers import health
from tests.databases import REPOSITORY

UNITS = sorted((REPOSITORY / "deploy").glob("*.service"))
COMMANDS = {"run", "serve", "work", "migrate"}
# What stands outside Hunch: the image's own, and the variables that compose fills others from.
NOT_OURS = {
    "DB_ADMIN_PASSWORD",
    "DB_APP_PASSWORD",
    "DB_BACKUP_PASSWORD",
    "PATH",
    "POSTGRES_PASSWORD",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONUNBUFFERED",
}
OURS = ("migrate", "serve", "work")
# The image or the published port decides it, or it is for trying Hunch and for tests.
NOT_FOR_COMPOSE = {
    "HUNCH_COMPANY",
    "HUNCH_DATA_DIR",
    "HUNCH_FAILPOINTS",
    "HUNCH_HOST",
    "HUNCH_LOG_FORMAT",
    "HUNCH_PATIENCE",
    "HUNCH_PLAYGROUND_PORT",
    "HUNCH_PORT",
}


def settings() -> set[str]:
    """Every variable that the settings read."""
    fields = Settings.model_fields.items()
    return {str(field.alias or name).upper() for name, field in fields}


def read(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, continued lines joined."""
    text = re.sub(r"\\\n\s*", " ", re.sub(r"(?m)^#.*\n", "", read("Dockerfile")))
    return [
        (line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in text.splitlines() if line
    ]


def last(instruction: str) -> str:
    return [words for name, words in instructions() if name == instruction][-1]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(read("compose.yaml"))
    return loaded


def seconds(text: str) -> float:
    return float(text.removesuffix("s"))


def test_the_image_runs_hunch_itself_as_somebody_who_is_not_root() -> None:
    assert json.loads(last("ENTRYPOINT")) == ["hunch"]
    assert json.loads(last("CMD")) == ["run"]
    assert int(last("USER").partition(":")[0]) > 0
    assert "--require-hashes" in read("Dockerfile")


def test_the_image_has_every_package_and_nothing_that_the_builder_is_not_given() -> None:
    project = tomllib.loads(read("pyproject.toml"))
    built = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    copied = {
        name
        for instruction, words in instructions()
        if instruction == "COPY" and not words.startswith("--from")
        for name in words.split()[:-1]
    }
    assert copied >= {*built["packages"], *built.get("force-include", {})}
    given = {line[1:] for line in read(".dockerignore").splitlines() if line.startswith("!")}
    assert copied == given
    assert all((REPOSITORY / name).exists() for name in copied)


def test_the_image_has_a_python_that_hunch_runs_on() -> None:
    versions = {words.split()[0] for name, words in instructions() if name == "FROM"}
    [version] = versions
    assert f"python{re.search(r'3[.][0-9]+', version)[0]}" in {  # type: ignore[index]
        f"python3.{minor}" for minor in range(11, 15)
    }


def test_the_image_says_its_port_and_is_asked_for_its_health_where_hunch_answers() -> None:
    port = str(Settings.model_fields["port"].default)
    assert last("EXPOSE") == port
    check = last("HEALTHCHECK")
    assert f"or {port})" in check
    assert "/health/live" in check
    assert "/health/live" in Path(health.__file__).read_text(encoding="utf-8")


def test_every_variable_that_is_set_is_one_that_is_read(compose: dict[str, Any]) -> None:
    image = set(re.findall(r"([A-Z_]+)=", last("ENV")))
    services = {
        name for service in compose["services"].values() for name in service.get("environment", {})
    }
    example = set(re.findall(r"(?m)^([A-Z_]+)=", read("deploy/hunch.env.example")))
    units = {
        name
        for unit in UNITS
        for line in re.findall(r"(?m)^Environment=(.*)$", unit.read_text(encoding="utf-8"))
        for name in re.findall(r"([A-Z_]+)=", line)
    }
    assert (image | services | example | units) - settings() - NOT_OURS == set()
    wanted = set(re.findall(r"\$\{([A-Z_]+)", read("compose.yaml")))
    optional = set(re.findall(r"\$\{([A-Z_]+)-\}", read("compose.yaml")))
    assert wanted - optional <= example


def test_no_service_of_ours_gets_the_superusers_password(compose: dict[str, Any]) -> None:
    assert compose["services"].keys() == {"postgres", *OURS}
    for name in OURS:
        service = compose["services"][name]
        assert service.keys() & {"env_file", "secrets", "configs"} == set()
        assert "POSTGRES" not in json.dumps(service)
        assert service["environment"].keys() <= settings()


def test_only_who_backs_up_gets_the_login_that_sees_every_workspace(
    compose: dict[str, Any],
) -> None:
    having = {name for name in OURS if "BACKUP" in json.dumps(compose["services"][name])}
    assert having == {"migrate"}
    assert "migrate backup " in read("docs/deploy.md")


def test_every_setting_of_the_file_reaches_a_service_under_its_own_name(
    compose: dict[str, Any],
) -> None:
    given = [compose["services"][name]["environment"] for name in OURS]
    assert {name for environment in given for name in environment} == settings() - NOT_FOR_COMPOSE
    for environment in given:
        passed = {name: text for name, text in environment.items() if text.endswith("-}")}
        assert passed == {name: f"${{{name}-}}" for name in passed}


def test_what_compose_starts_are_commands_in_the_right_order(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for name in ("migrate", "serve", "work"):
        assert services[name]["command"][0] in COMMANDS
        assert services[name]["read_only"] is True
    assert services["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    for name in ("serve", "work"):
        after = services[name]["depends_on"]
        assert after == {"migrate": {"condition": "service_completed_successfully"}}
    port = Settings.model_fields["port"].default
    assert services["serve"]["ports"] == [f"127.0.0.1:{port}:{port}"]


def test_a_worker_is_asked_for_its_health_where_it_answers(compose: dict[str, Any]) -> None:
    work = compose["services"]["work"]
    port = work["environment"]["HUNCH_METRICS_PORT"]
    assert f"'127.0.0.1', {port}," in work["healthcheck"]["test"][-1]


def test_whoever_stops_hunch_waits_until_it_has_stopped_by_itself(compose: dict[str, Any]) -> None:
    longest = _DRAIN_S + _SHUTDOWN_S
    for name in ("serve", "work"):
        assert seconds(compose["services"][name]["stop_grace_period"]) > longest
    for unit in UNITS:
        found = re.search(r"(?m)^TimeoutStopSec=(\d+)$", unit.read_text(encoding="utf-8"))
        assert found is not None
        assert float(found[1]) > longest


def test_every_unit_runs_a_command_of_hunchs_and_signals_only_the_process_itself() -> None:
    assert len(UNITS) == 3
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8")
        command = re.search(r"(?m)^ExecStart=/opt/hunch/bin/hunch (\w+)$", text)
        assert command is not None
        assert command[1] in COMMANDS
        assert "KillMode=mixed" in text


def test_the_application_s_login_cannot_see_across_workspaces() -> None:
    logins = dict(re.findall(r"CREATE ROLE (\w+) LOGIN (\w+)", read("deploy/logins.sh")))
    assert logins == {
        "hunch_admin": "NOBYPASSRLS",
        "hunch_app": "NOBYPASSRLS",
        "hunch_backup": "BYPASSRLS",
    }
