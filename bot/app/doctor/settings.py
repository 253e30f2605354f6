"""Are the settings whole: nothing half set, nothing misspelt, nothing without effect?"""

from __future__ import annotations

from collections.abc import Iterator

from bot.app.doctor.findings import Found, ok, warning
from bot.app.doctor.visits import Visit
from bot.settings import Settings, misspelt

_CHECK = "settings"


async def check(visit: Visit) -> list[Found]:
    found = [*_half_set(visit.settings), *_idle(visit.settings), *_unknown()]
    return found or [ok(_CHECK, _summary(visit.settings))]


def _summary(settings: Settings) -> str:
    if settings.playground_wanted:
        return "no SLACK_BOT_TOKEN: `hunch run` brings a Slack to try"
    return "read, and nothing is missing"


def _half_set(settings: Settings) -> Iterator[Found]:
    if settings.slack_client_id and not settings.base_url:
        yield warning(
            _CHECK,
            "SLACK_CLIENT_ID is set, but HUNCH_BASE_URL is not",
            "Set HUNCH_BASE_URL, or Slack cannot send people back to /slack/oauth_redirect.",
        )
    if settings.slack_signing_secret and not settings.base_url and not settings.slack_app_token:
        yield warning(
            _CHECK,
            "Slack sends requests over HTTP, but HUNCH_BASE_URL is not set",
            "Set HUNCH_BASE_URL to the address in the app's request URLs.",
        )


def _idle(settings: Settings) -> Iterator[Found]:
    if settings.database_admin_url and not settings.database_url:
        yield warning(
            _CHECK,
            "DATABASE_ADMIN_URL is set without DATABASE_URL and has no effect",
            "Set DATABASE_URL as well, or unset it.",
        )


def _unknown() -> Iterator[Found]:
    for name in misspelt():
        yield warning(
            _CHECK,
            f"{name} is no setting of Hunch",
            "Correct its name, or unset it; see docs/settings.md.",
        )
