"""The doors of a process: where it answers Slack, GitHub, load balancers and Prometheus."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from aiohttp import web
from slack_bolt.async_app import AsyncApp

from bot import log
from bot.app.numbers import Numbers
from bot.app.services import Services
from bot.errors import SettingsError
from bot.manifests import bot_scopes
from bot.settings import Settings
from handlers.github import GitHubPagesDoor
from handlers.health import Health, HealthDoor
from handlers.installs import InstallDoor, SlackApp
from handlers.metrics import MetricsDoor
from handlers.middleware import answering_errors, watching
from handlers.operators import OperatorDoor, operations
from handlers.slack_http import SlackDoor
from handlers.webhooks import GithubDoor

_log = log.get("app.doors")
_SHUTDOWN_S = 10.0
_APP_TOKEN = re.compile(r"xapp-[0-9]+-(A[A-Z0-9]+)-")


@asynccontextmanager
async def open_doors(
    services: Services,
    bolt: AsyncApp,
    health: Health,
    numbers: Numbers,
    *,
    is_parting: Callable[[], bool],
) -> AsyncIterator[None]:
    """Answer HTTP on HUNCH_PORT; on leaving, requests under way are answered first.

    Once `is_parting`, every answer says that its connection ends, so that none is in use later.
    """
    settings, desk = services.settings, services.desk
    app = _application(services)
    app.on_response_prepare.append(partial(_part, is_parting))
    HealthDoor(health).add_routes(app)
    if settings.metrics_token is not None:
        _metrics_door(services, numbers).add_routes(app)
    secret = settings.github_webhook_secret
    GithubDoor(desk, app_secret=secret.get_secret_value() if secret else None).add_routes(app)
    OperatorDoor(desk, operations(desk.kinds)).add_routes(app)
    if settings.slack_signing_secret is not None:
        signing_secret = settings.slack_signing_secret.get_secret_value()
        SlackDoor(desk, bolt, signing_secret=signing_secret).add_routes(app)
    if services.oauth is not None and settings.slack_client_id is not None:
        InstallDoor(desk, services.oauth, slack_app(settings)).add_routes(app)
    if desk.github is not None:
        GitHubPagesDoor(desk, desk.github, public_url=settings.public_url).add_routes(app)
    async with _answering(app, settings.host, settings.port, "HUNCH_PORT"):
        yield


async def _part(
    is_parting: Callable[[], bool], _: web.Request, response: web.StreamResponse
) -> None:
    if is_parting():
        response.force_close()
        response.headers["Connection"] = "close"


def slack_app(settings: Settings) -> SlackApp:
    """Our app as the settings know it; an app-level token has the app's id in it."""
    token = settings.slack_app_token
    named = _APP_TOKEN.match(token.get_secret_value()) if token is not None else None
    return SlackApp(
        client_id=settings.slack_client_id or "",
        scopes=bot_scopes(),
        authorize_url=settings.authorize_url,
        redirect_url=settings.redirect_url,
        app_id=named[1] if named is not None else "",
    )


@asynccontextmanager
async def open_side_door(
    services: Services, health: Health, numbers: Numbers
) -> AsyncIterator[None]:
    """Answer health checks and Prometheus on HUNCH_METRICS_PORT, if it is set."""
    settings = services.settings
    if settings.metrics_port is None:
        yield
        return
    app = _application(services)
    HealthDoor(health).add_routes(app)
    _metrics_door(services, numbers).add_routes(app)
    async with _answering(app, settings.host, settings.metrics_port, "HUNCH_METRICS_PORT"):
        yield


def _application(services: Services) -> web.Application:
    desk = services.desk
    return web.Application(middlewares=[watching(desk.watch), answering_errors(desk.refusals)])


def _metrics_door(services: Services, numbers: Numbers) -> MetricsDoor:
    return MetricsDoor(
        services.store.watch.metrics,
        refresh=numbers.refresh,
        token=services.settings.metrics_token,
    )


@asynccontextmanager
async def _answering(
    app: web.Application, host: str, port: int, setting: str
) -> AsyncIterator[None]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_S)
    await runner.setup()
    try:
        await _listen(runner, host, port, setting)
        yield
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, host: str, port: int, setting: str) -> None:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        raise SettingsError(
            f"{setting}: cannot listen on {host}:{port} ({os.strerror(error.errno or 0)}). "
            f"Stop what uses it, or set {setting} to another port."
        ) from error
    _log.info("http.listening", addresses=[f"{at[0]}:{at[1]}" for at in runner.addresses])
