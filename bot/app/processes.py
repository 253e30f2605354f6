"""Runs what a process is there for, until it is told to stop, and stops it in order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from enum import Flag, auto

from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient

from bot.app.doors import open_doors, open_side_door
from bot.app.numbers import Numbers, SocketState
from bot.app.probes import add_probes, add_socket_probe
from bot.app.services import Services
from bot.integrations.slack import new_client
from bot.settings import Settings
from bot.use_cases.housekeeping import Keeping
from bot.watch import Watch
from handlers.health import Health
from handlers.slack import build_bolt
from handlers.sockets import SocketDoor
from jobs import registry
from jobs.clock import Fire, Slot, Ticker, fire_once
from jobs.engine import Worker, prune

_LAG_EVERY_S = 1.0
# Slack may be away; then we begin without it and it is tried again and again.
_GREETING_S = 5.0
_JOB_LEASE_S = 12.0
# Load balancers ask every few seconds whether we are ready.
_DRAIN_S = 5.0


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
    watch, health = services.store.watch, Health(stop.is_set)
    numbers = Numbers(services)
    add_probes(health, services, numbers, serves=Roles.SERVE in roles)
    with watch.metrics.showing(numbers):
        async with open_side_door(services, health, numbers), asyncio.TaskGroup() as group:
            group.create_task(_measure_lag(watch, stop))
            if Roles.WORK in roles:
                group.create_task(_worker(services).run(stop))
                group.create_task(_ticker(services).run(stop))
            if Roles.SERVE in roles:
                drain_s = _drain_s(services, roles)
                group.create_task(_serve(services, stop, ready, health, numbers, drain_s))
            elif ready is not None:
                await ready()


async def _measure_lag(watch: Watch, stop: asyncio.Event) -> None:
    """Notice, every second, how late the event loop is."""
    loop = asyncio.get_running_loop()
    while not stop.is_set():
        began = loop.time()
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _LAG_EVERY_S)
        if not stop.is_set():
            watch.metrics.loop_lag.set(max(0.0, loop.time() - began - _LAG_EVERY_S))


def _worker(services: Services) -> Worker:
    return Worker(
        connect=services.store.connect,
        handlers=registry.handlers(
            services.store.database,
            services.slacks,
            services.githubs,
            services.vault,
            services.pipelines,
            now=services.now,
            prune_jobs=lambda: _prune(services),
            purge=services.store.purge,
            patience=services.patience,
            keeping=_keeping(services.settings),
            watch=services.store.watch,
        ),
        lease_s=_JOB_LEASE_S * services.settings.patience,
        watch=services.store.watch,
    )


def _keeping(settings: Settings) -> Keeping:
    return Keeping(
        payloads=timedelta(days=settings.keep_payloads_days),
        messages=timedelta(days=settings.keep_messages_days),
        artifacts=timedelta(days=settings.keep_artifacts_days),
        audits=timedelta(days=settings.keep_audits_days),
    )


async def _prune(services: Services) -> None:
    async with services.store.pool.acquire() as connection:
        await prune(connection)


def _counted(fire: Fire, watch: Watch) -> Fire:
    async def counted(slot: Slot) -> None:
        await fire(slot)
        watch.fired(slot.schedule.name)

    return counted


def _ticker(services: Services) -> Ticker:
    time = services.store.time
    fire = _counted(fire_once(services.store.database), services.store.watch)
    ticker = Ticker(registry.SCHEDULES, fire, clock=services, ahead=time.ahead)
    time.follow(ticker.catch_up)
    return ticker


async def _serve(
    services: Services,
    stop: asyncio.Event,
    ready: Callable[[], Awaitable[None]] | None,
    health: Health,
    numbers: Numbers,
    drain_s: float,
) -> None:
    """Answer until `stop`, and `drain_s` longer: until no load balancer sends anything here."""
    client = new_client(None, api_url=services.settings.slack_api_url, session=services.session)
    bolt = build_bolt(services.desk, client)
    doors = open_doors(services, bolt, health, numbers, is_parting=stop.is_set)
    async with doors, asyncio.TaskGroup() as group:
        door = _socket_door(services, bolt)
        if door is not None:
            add_socket_probe(health, door)
            group.create_task(_stay_connected(door, services.store.watch, stop))
            await door.greeted(within_s=_GREETING_S)
        if ready is not None:
            await ready()
        await stop.wait()
        await asyncio.sleep(drain_s)


def _drain_s(services: Services, roles: Roles) -> float:
    """Somebody may stand before `hunch serve`, nobody waits for it before `hunch run`."""
    wanted = services.settings.drain_s
    if wanted is not None:
        return wanted
    return _DRAIN_S if roles is Roles.SERVE else 0.0


async def _stay_connected(door: SocketDoor, watch: Watch, stop: asyncio.Event) -> None:
    with watch.metrics.showing(SocketState(door)):
        await door.run(stop)


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
