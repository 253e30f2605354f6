"""Does GitHub know our App, and do the connections to it work?"""

from __future__ import annotations

from bot.app.doctor.findings import Found, ok, problem, warning
from bot.app.doctor.visits import AWAY, PATIENCE_S, Visit
from bot.app.services import github_app
from bot.app.times import utc_now
from bot.domain.connections import lacking
from bot.errors import Permanent, Retryable
from bot.integrations.github.client import AppKey, GitHubClient
from storage.hooks import sum_connections

_CHECK = "github"


async def check(visit: Visit) -> list[Found]:
    return [*await _app(visit), *await _connections(visit)]


async def _app(visit: Visit) -> list[Found]:
    app = github_app(visit.settings)
    if app is None:
        return []
    client = GitHubClient(
        AppKey(),
        api_url=visit.settings.github_api_url,
        session=visit.session,
        now=utc_now,
        app=(str(app.app_id), app.private_key),
    )
    try:
        found = await client.get("app")
    except Permanent as error:
        fix = "Copy GITHUB_APP_ID and a new private key from the App's page; check this clock."
        return [problem(_CHECK, f"GitHub does not take the App's key ({error.reason})", fix)]
    except Retryable as error:
        fix = "Check the network, and GITHUB_API_URL."
        return [problem(_CHECK, f"GitHub cannot be asked ({error.reason})", fix)]
    return [ok(_CHECK, f"GitHub knows the App {found.get('slug')}"), *_asked(found), *_unset(visit)]


def _asked(found: dict[str, object]) -> list[Found]:
    """What the App should ask for and does not."""
    given = found.get("permissions")
    missing = lacking(given if isinstance(given, dict) else {})
    if not missing:
        return []
    fix = "Add them on the App's page, under Permissions; owners then accept them on GitHub."
    return [problem(_CHECK, f"the App does not ask for {', '.join(missing)}", fix)]


def _unset(visit: Visit) -> list[Found]:
    settings = visit.settings
    if settings.github_client_id is None:
        fix = "Copy them from the App's page; without them nobody can connect from the Home tab."
        return [warning(_CHECK, "GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET are not set", fix)]
    if settings.github_webhook_secret is None:
        fix = (
            "Set the App's webhook secret; without it merges are noticed by the nightly sync only."
        )
        return [warning(_CHECK, "GITHUB_WEBHOOK_SECRET is not set", fix)]
    return []


async def _connections(visit: Visit) -> list[Found]:
    if visit.pool is None:
        return []
    try:
        async with visit.pool.acquire(timeout=PATIENCE_S) as connection:
            ways = await sum_connections(connection)
    except AWAY as error:
        return [problem(_CHECK, type(error).__name__, "Run `hunch migrate`.")]
    if ways.troubled:
        fix = "`hunch installs` names them; the admins' Home says what to do about each."
        return [warning(_CHECK, f"{ways.troubled} connections do not work", fix)]
    return [ok(_CHECK, f"{ways.working} connections work")] if ways.working else []
