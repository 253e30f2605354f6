"""Runs what a process is there for, until it is told to stop, and stops it in order."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from enum import Flag, auto

from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient

from bot import log
from bot.app.services import Services
from bot.errors import SettingsError
from bot.integrations.slack import new_client
from handlers.health import HealthDoor
from handlers.middleware import answering_errors
from handlers.slack import build_bolt
from handlers.slack_http import SlackDoor
from handlers.sockets import SocketDoor
from handlers.webhooks import GithubDoor
from jobs import registry
from jobs.clock import Ticker, fire_once
from jobs.engine import Worker, prune

_log = log.get("app.processes")
_SHUTDOWN_S = 10.0
# Slack may be away; then we begin without it and it is tried again and again.
_GREETING_S = 5.0
_JOB_LEASE_S = 12.0


class Roles(Flag):
    """What a process does: answer requests, work through jobs, or both."""

    SERVE = auto()
    WORK = auto()
    ALL = SERVE | WORK


async def run_processes(
    services: Services,
    roles: Roles,
    stop: asyncio.Event,
    *,
    ready: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Run until `stop` is set; `ready` is called once requests are answered.

    If a part breaks down for good, all stop and its error is raised.
    """
    async with asyncio.TaskGroup() as group:
        if Roles.WORK in roles:
            group.create_task(_worker(services).run(stop))
            group.create_task(_ticker(services).run(stop))
        if Roles.SERVE in roles:
            group.create_task(_serve(services, stop, ready))
        elif ready is not None:
            await ready()


def _worker(services: Services) -> Worker:
    return Worker(
        connect=services.store.connect,
        handlers=registry.handlers(
            services.store.database,
            services.slacks,
            now=services.now,
            prune_jobs=lambda: _prune(services),
            patience=services.patience,
        ),
        lease_s=_JOB_LEASE_S * services.settings.patience,
    )


async def _prune(services: Services) -> None:
    async with services.store.pool.acquire() as connection:
        await prune(connection)


def _ticker(services: Services) -> Ticker:
    time = services.store.time
    fire = fire_once(services.store.database)
    ticker = Ticker(registry.SCHEDULES, fire, clock=services, ahead=time.ahead)
    time.follow(ticker.catch_up)
    return ticker


async def _serve(
    services: Services, stop: asyncio.Event, ready: Callable[[], Awaitable[None]] | None
) -> None:
    client = new_client(None, api_url=services.settings.slack_api_url, session=services.session)
    bolt = build_bolt(services.desk, client)
    door = _socket_door(services, bolt)
    async with _http(services, bolt) as health, asyncio.TaskGroup() as group:
        if door is not None:
            group.create_task(door.run(stop))
            await door.greeted(within_s=_GREETING_S)
        if ready is not None:
            await ready()
        await stop.wait()
        health.draining = True


@asynccontextmanager
async def _http(services: Services, bolt: AsyncApp) -> AsyncIterator[HealthDoor]:
    """Answer HTTP; on leaving, requests under way are answered first."""
    settings, desk = services.settings, services.desk
    app = web.Application(middlewares=[answering_errors(desk.refusals)])
    health = HealthDoor(desk)
    health.add_routes(app)
    secret = settings.github_webhook_secret
    GithubDoor(desk, app_secret=secret.get_secret_value() if secret else None).add_routes(app)
    if settings.slack_signing_secret is not None:
        signing_secret = settings.slack_signing_secret.get_secret_value()
        SlackDoor(desk, bolt, signing_secret=signing_secret).add_routes(app)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_S)
    await runner.setup()
    try:
        await _listen(runner, settings.host, settings.port)
        yield health
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, host: str, port: int) -> None:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        raise SettingsError(
            f"HUNCH_PORT: cannot listen on {host}:{port} ({os.strerror(error.errno or 0)}). Stop what uses it, or "
            "set HUNCH_PORT to another port."
        ) from error
    _log.info("http.listening", addresses=[f"{at[0]}:{at[1]}" for at in runner.addresses])


def _socket_door(services: Services, bolt: AsyncApp) -> SocketDoor | None:
    """Slack's way in over Socket Mode, if there is a token for it."""
    token = services.settings.slack_app_token
    if token is None:
        return None

    def new_socket() -> SocketModeClient:
        client = SocketModeClient(
            app_token=token.get_secret_value(),
            web_client=new_client(
                None, api_url=services.settings.slack_api_url, session=services.session
            ),
        )
        client.proxy = None  # the constructor takes it from HTTP_PROXY
        return client

    return SocketDoor(services.desk, bolt, new_client=new_socket)
