"""The only reader of the environment: every setting, checked once at the start, then frozen.

Variables come from the environment and from `.env`; the environment wins. A wrong or missing
value stops the start with one line that names the variable and the fix.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Annotated, Any, Self, TypeAlias

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    Field,
    HttpUrl,
    SecretStr,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.crypto import Cipher
from bot.errors import SettingsError
from bot.private_keys import private_key_text


def _http_url(url: str) -> str:
    TypeAdapter(HttpUrl).validate_python(url)
    return url


def _api_url(url: str) -> str:
    return _http_url(url) if url.endswith("/") else _http_url(url + "/")


Url = Annotated[str, AfterValidator(_http_url)]
ApiUrl = Annotated[str, AfterValidator(_api_url)]
SLACK_API = "https://slack.com/api/"
GITHUB_API = "https://api.github.com/"
# What pydantic found: loc, type, msg and ctx.
Problem: TypeAlias = Mapping[str, Any]


class Settings(BaseSettings):
    """What the operator decided. Secrets are masked when printed."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
    )

    database_url: SecretStr | None = None
    database_admin_url: SecretStr | None = None
    database_backup_url: SecretStr | None = None
    data_dir: Path = Field(Path("data"), alias="HUNCH_DATA_DIR")
    host: str = Field("127.0.0.1", alias="HUNCH_HOST")
    port: int = Field(3000, alias="HUNCH_PORT", ge=0, le=65535)
    base_url: Url | None = Field(None, alias="HUNCH_BASE_URL")
    log_level: str = Field("info", alias="HUNCH_LOG_LEVEL", pattern="^(debug|info|warning|error)$")
    log_format: str | None = Field(None, alias="HUNCH_LOG_FORMAT", pattern="^(json|console)$")
    # None: as long as suits the command, see bot/app/processes.py.
    drain_s: float | None = Field(None, alias="HUNCH_DRAIN_S", ge=0, le=120)
    metrics_port: int | None = Field(None, alias="HUNCH_METRICS_PORT", ge=0, le=65535)
    metrics_token: SecretStr | None = Field(None, alias="HUNCH_METRICS_TOKEN", min_length=16)
    otlp_endpoint: Url | None = Field(None, alias="HUNCH_OTLP_ENDPOINT")
    encryption_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (), alias="HUNCH_ENCRYPTION_KEYS"
    )
    # GitHub redelivers for three days, and a redelivery must be known as one.
    keep_payloads_days: int = Field(30, alias="HUNCH_KEEP_PAYLOADS_DAYS", ge=7, le=3650)
    keep_messages_days: int = Field(30, alias="HUNCH_KEEP_MESSAGES_DAYS", ge=7, le=3650)
    keep_artifacts_days: int = Field(90, alias="HUNCH_KEEP_ARTIFACTS_DAYS", ge=1, le=3650)
    keep_audits_days: int = Field(400, alias="HUNCH_KEEP_AUDITS_DAYS", ge=90, le=3650)
    failpoints: str = Field("", alias="HUNCH_FAILPOINTS")
    # How long to wait for Slack and for dead workers, as a part of what is right in production.
    patience: float = Field(1.0, alias="HUNCH_PATIENCE", gt=0, le=1)
    playground_port: int = Field(3100, alias="HUNCH_PLAYGROUND_PORT", ge=0, le=65535)
    company: str | None = Field(None, alias="HUNCH_COMPANY")

    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_client_id: str | None = None
    slack_client_secret: SecretStr | None = None
    slack_api_url: ApiUrl = SLACK_API
    github_app_id: int | None = Field(None, ge=1)
    github_private_key: SecretStr | None = None
    github_client_id: str | None = None
    github_client_secret: SecretStr | None = None
    github_webhook_secret: SecretStr | None = None
    github_api_url: ApiUrl = GITHUB_API

    @model_validator(mode="before")
    @classmethod
    def _split_keys(cls, values: dict[str, object]) -> dict[str, object]:
        keys = values.get("HUNCH_ENCRYPTION_KEYS")
        if isinstance(keys, str):
            values = {**values, "HUNCH_ENCRYPTION_KEYS": tuple(keys.replace(",", " ").split())}
        return values

    @field_validator("github_private_key", mode="after")
    @classmethod
    def _read_private_key(cls, given: SecretStr | None) -> SecretStr | None:
        return None if given is None else SecretStr(private_key_text(given.get_secret_value()))

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        lines = [
            *self._mixed_up(),
            *(line for is_wrong, line in self._half_configured() if is_wrong),
            *self._half_an_app(),
        ]
        if lines:
            raise ValueError("\n".join(lines))
        return self

    def _mixed_up(self) -> Iterator[str]:
        """What cannot be what it is given as."""
        for name, prefix, value in (
            ("SLACK_BOT_TOKEN", "xoxb-", self.slack_bot_token),
            ("SLACK_APP_TOKEN", "xapp-", self.slack_app_token),
        ):
            if value and not value.get_secret_value().startswith(prefix):
                yield f"{name}: must start with {prefix}; copy it from the app's page"
        if self.metrics_port and self.metrics_port == self.port:
            yield "HUNCH_METRICS_PORT: is HUNCH_PORT as well; choose another port"
        try:
            Cipher([key.get_secret_value() for key in self.encryption_keys])
        except SettingsError as error:
            yield str(error)

    def _half_configured(self) -> tuple[tuple[bool, str], ...]:
        """What of Slack's settings lacks its other half, in the order in which to mend it."""
        has_id, has_secret = bool(self.slack_client_id), self.slack_client_secret is not None
        has_door = self.slack_app_token is not None or self.slack_signing_secret is not None
        return (
            (
                has_id and not has_secret,
                "SLACK_CLIENT_SECRET: missing, but SLACK_CLIENT_ID is set; copy it from the app's "
                "page, Basic Information",
            ),
            (
                has_secret and not has_id,
                "SLACK_CLIENT_ID: missing, but SLACK_CLIENT_SECRET is set; copy it from the app's "
                "page, Basic Information",
            ),
            (
                self.slack_app_token is not None and self.playground_wanted,
                "SLACK_BOT_TOKEN: missing, but SLACK_APP_TOKEN is set; set both, or SLACK_CLIENT_ID "
                "for many workspaces",
            ),
            (
                not self.playground_wanted and not has_door,
                "SLACK_APP_TOKEN: missing; set it for Socket Mode, or SLACK_SIGNING_SECRET for HTTP",
            ),
            (
                has_id and self.base_url is None,
                "HUNCH_BASE_URL: missing, but SLACK_CLIENT_ID is set; set it to the https address "
                "at which browsers reach Hunch",
            ),
        )

    def _half_an_app(self) -> Iterator[str]:
        """What of the GitHub App's settings lacks its other half."""
        page = "copy it from the App's page on GitHub"
        for first, second in (
            ("github_app_id", "github_private_key"),
            ("github_client_id", "github_client_secret"),
        ):
            for set_one, missing in ((first, second), (second, first)):
                if getattr(self, set_one) is not None and getattr(self, missing) is None:
                    yield f"{missing.upper()}: missing, but {set_one.upper()} is set; {page}"

    @property
    def playground_wanted(self) -> bool:
        """Neither a token nor an app to install: Hunch brings its own Slack to try."""
        return self.slack_bot_token is None and not self.slack_client_id

    @property
    def public_url(self) -> str:
        """Where outside services reach us, without a slash at the end."""
        return (self.base_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def redirect_url(self) -> str:
        """Where Slack sends people back who installed Hunch by OAuth."""
        return f"{self.public_url}/slack/oauth_redirect"

    @property
    def authorize_url(self) -> str:
        """Slack's page on which people allow Hunch, beside its Web API."""
        return f"{self.slack_api_url.removesuffix('api/')}oauth/v2/authorize"

    @property
    def armed_failpoints(self) -> dict[str, str]:
        return dict(place.split("=", 1) for place in self.failpoints.split(",") if place)


class WrongSettings(SettingsError):
    """The first thing that is wrong with the settings; `lines` has all of them."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__(lines[0])
        self.lines = lines


def read_settings(env_file: Path | None = Path(".env")) -> Settings:
    """Read and check all settings. Raises WrongSettings."""
    try:
        return Settings(_env_file=env_file)  # type: ignore[call-arg]
    except ValidationError as error:
        raise WrongSettings(_all_lines(env_file, _problems(error))) from None


def _all_lines(env_file: Path | None, found: Sequence[Problem]) -> list[str]:
    """Once a setting by itself is wrong, what hangs together has not been looked at yet."""
    lines = _lines(found)
    wrong = {_name(problem): _field(_name(problem)).default for problem in found if problem["loc"]}
    known = [_variable(name) for name in wrong]
    try:
        Settings(_env_file=env_file, **wrong)  # type: ignore[call-arg]
    except ValidationError as error:
        rest = _lines(_problems(error)) if wrong else []
        lines += [line for line in rest if not any(name in line for name in known)]
    return lines


def misspelt(env_file: Path | None = Path(".env")) -> list[str]:
    """Variables that look like ours but are none."""
    given = {name.upper() for name in (*os.environ, *dotenv_values(env_file))}
    known = {_variable(name) for name in Settings.model_fields}
    return sorted(name for name in given - known if name.startswith("HUNCH_"))


def shed_environment() -> None:
    """Take away what libraries would read behind our back; call it once, after `read_settings`.

    Some read while they are imported, so it comes before everything else. Bolt makes itself an
    OAuth store of SLACK_CLIENT_ID, the SDK and aiohttp take proxies, the database driver PGHOST and
    its like, the job engine QUEUE_TABLE and CHANNEL, metrics and traces PROMETHEUS_… and OTEL_….
    """
    for name in list(os.environ):
        if _READ_BY_LIBRARIES.fullmatch(name.upper()):
            del os.environ[name]


_READ_BY_LIBRARIES = re.compile(
    r"SLACK_.*|OPENAI_.*|PG[A-Z]+.*|QUEUE_.*|CHANNEL|STATISTICS_TABLE|FUNCTION|TRIGGER"
    r"|(HTTP|HTTPS|ALL|NO|WS|WSS)_PROXY|OTEL_.*|PROMETHEUS_.*|(REQUESTS|CURL)_CA_BUNDLE"
)


def _problems(error: ValidationError) -> list[Problem]:
    return [dict(problem) for problem in error.errors(include_url=False, include_input=False)]


def _lines(problems: Sequence[Problem]) -> list[str]:
    """Name the variable and the fix, never the value: it may be a secret."""
    return [line for problem in problems for line in _told(problem)]


def _told(problem: Problem) -> list[str]:
    if not problem["loc"]:
        return str(problem["msg"]).removeprefix("Value error, ").split("\n")
    return [f"{_variable(_name(problem))}: {_wanted(problem)}. Correct it or unset it."]


def _wanted(problem: Problem) -> str:
    """What this setting takes; the library's own words are for programmers."""
    match problem:
        case {"ctx": {"pattern": pattern}}:
            *others, last = pattern.strip("^()$").split("|")
            return f"must be {', '.join(others)} or {last}"
        case {"ctx": {"min_length": length}}:
            return f"must have at least {length} characters"
        case {"type": "value_error", "msg": str(said)}:
            return said.removeprefix("Value error, ")
        case {"type": str(kind)} if kind.startswith("url_"):
            return "is not an address like https://hunch.example.com"
    whole = "a whole number " if str(problem["type"]).startswith("int_") else ""
    limits = [limit for one in _field(_name(problem)).metadata for limit in astuple(one)]
    if len(limits) == 1:
        return f"must be {limits[0]} or more"
    return f"must be {whole}between {limits[0]} and {limits[1]}"


def _name(problem: Problem) -> str:
    return str(problem["loc"][0])


def _field(name: str) -> FieldInfo:
    """A setting by its own name or its variable's."""
    fields = Settings.model_fields
    return fields.get(name) or next(field for field in fields.values() if field.alias == name)


def _variable(name: str) -> str:
    return (_field(name).alias or name).upper()
