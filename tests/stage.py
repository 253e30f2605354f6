"""Hunch on a stage: real PostgreSQL, the simulated Slack and GitHub, everything in this process.

Tests act as people do (tap, type, merge) and look at what people see; nothing is faked between.
"""

from __future__ import annotations

import asyncio
import json
import socket
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import aiohttp
from cryptography.fernet import Fernet
from pydantic import SecretStr

from bot.app import (
    Roles,
    Services,
    Store,
    open_services,
    open_store,
    operators,
    register_workspace,
    run_processes,
)
from bot.app.journeys import ClockFollower
from bot.app.times import Time, utc_now
from bot.domain.ids import WorkspaceId
from bot.ports import Job, Transaction
from bot.settings import Settings
from bot.use_cases import games, members
from playground.github import GitHub, Hook, sign
from playground.people import Person
from playground.records import App, Installation, Message
from playground.server import Playground
from tests.databases import TestDatabase

SIGNING_SECRET = "signing-secret-for-tests"  # pragma: allowlist secret


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class StageClock:
    """The bot's time: it runs with the real one, from where a test has put it."""

    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        return utc_now() + self.ahead


@dataclass
class Stage:
    """One workspace with people named person1, person2 …; person1 is the admin."""

    slack: Playground
    installation: Installation
    services: Services
    github: GitHub
    clock: StageClock = field(default_factory=StageClock)
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    def wait(self, how_long: timedelta) -> None:
        """Let time pass for the bot, Slack and GitHub; what is due then is up to the sweep.

        Start in the past (`set_stage(ahead=-…)`) and stay there: jobs are due by the real time.
        """
        self.clock.ahead += how_long
        self.slack.clock.advance(how_long.total_seconds())

    async def move_clock(self, how_long: timedelta) -> None:
        """Move the playground's clock as the page does; only on a stage set with `movable`."""
        await self.slack.move_clock(how_long.total_seconds())

    async def run_job(self, entrypoint: str) -> None:
        """Have the worker run one of the clock's jobs, and wait for what follows."""
        async with self.services.store.database.routing(name="test") as tx:
            tx.enqueue(Job(entrypoint, WorkspaceId(""), "", f"test:{uuid.uuid4()}"))
        await self.quiet()

    @property
    def workspace_id(self) -> WorkspaceId:
        return WorkspaceId(self.installation.team_id)

    @property
    def base_url(self) -> str:
        return self.services.settings.public_url

    def person(self, name: str) -> Person:
        return self.slack.person(name, team_id=self.installation.team_id)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Look at, or arrange, the workspace's rows."""
        async with self.services.store.database.transaction(self.workspace_id, name="test") as tx:
            yield tx

    async def rows(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        async with self.transaction() as tx:
            return [dict(row) for row in await tx.fetch(statement, *values)]

    async def value(self, statement: str, *values: Any) -> Any:
        async with self.transaction() as tx:
            return await tx.fetchval(statement, *values)

    async def until_row(
        self, statement: str, is_so: Callable[[Any], bool] = bool, *, timeout_s: float = 15.0
    ) -> Any:
        """Ask for a value until it is as wanted; the database tells nobody, so this asks."""
        async with asyncio.timeout(timeout_s):
            while not is_so(found := await self.value(statement)):  # noqa: ASYNC110  (rows tell nobody)
                await asyncio.sleep(0.02)
        return found

    async def quiet(self) -> None:
        """Wait until no job is waiting or running and nothing is left to send."""
        await self.until_row(
            "SELECT (SELECT count(*) FROM pgqueuer.pgqueuer WHERE status IN ('queued', 'picked')"
            " AND execute_after <= now() + interval '1 second')"
            " + (SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending', 'unclear'))",
            lambda count: count == 0,
        )

    async def deliver(
        self,
        event: str,
        payload: Mapping[str, Any],
        *,
        delivery_id: str | None = None,
        hook: Hook | None = None,
    ) -> int:
        """Send one signed delivery as GitHub does; returns the HTTP status."""
        hook = hook or self.github.hook
        assert hook is not None
        body = json.dumps(payload).encode()
        headers = {
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": delivery_id or str(uuid.uuid4()),
            "X-Hub-Signature-256": sign(hook.secret, body),
            "Content-Type": "application/json",
        }
        async with (
            aiohttp.ClientSession(trust_env=False) as session,
            session.post(hook.url, data=body, headers=headers) as answer,
        ):
            return answer.status

    async def merge(
        self, author: str = "person1", *approvers: str, repository: str = "acme/shop", **how: Any
    ) -> Any:
        """Open, approve and merge a pull request; people are named by their Slack names."""
        pr = await self.github.open(repository, login(author), **how)
        for approver in approvers or ("person2",):
            pr = await self.github.review(pr, login(approver))
        return await self.github.merge(pr, by=login(author))

    def dm(self, name: str, text: str) -> Message | None:
        """The newest direct message to somebody whose text or blocks contain `text`."""
        return next(
            (
                m
                for m in reversed(self.person(name).messages)
                if text in json.dumps(m.blocks, ensure_ascii=False) + m.text
            ),
            None,
        )

    async def until_dm(self, name: str, text: str, *, timeout_s: float = 10.0) -> Message:
        """Wait for a direct message that contains `text` (as a person would)."""
        found: Message = await self.slack.until(lambda: self.dm(name, text), timeout_s=timeout_s)
        return found


def login(name: str) -> str:
    """The GitHub login of a person on the stage."""
    return f"{name}-gh"


def settings_for(
    database: TestDatabase, slack: Playground, installation: Installation, **more: Any
) -> Settings:
    app = slack.state.apps[installation.app_id]
    port = free_port()
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        database_url=SecretStr(database.app_url),
        database_admin_url=SecretStr(database.admin_url),
        encryption_keys=(SecretStr(Fernet.generate_key().decode()),),
        slack_bot_token=SecretStr(installation.bot_token),
        slack_app_token=SecretStr(app.app_token),
        slack_api_url=slack.api_url,
        port=port,
        drain_s=0,
    ).model_copy(update=more)


def _oauth(app: App) -> dict[str, Any]:
    """What lets people install the app by themselves."""
    return {
        "slack_client_id": app.client_id,
        "slack_client_secret": SecretStr(app.client_secret),
    }


def _github(slack: Playground, settings: Settings) -> dict[str, Any]:
    """Our App on the simulated GitHub, and an organisation with a repository."""
    world, here = slack.github_server.world, settings.public_url
    world.add_organisation("acme", "person1-gh", "person2-gh", "person3-gh")
    world.add_repository("acme/shop")
    app = world.add_app(
        "Hunch",
        webhook_url=f"{here}/webhooks/github",
        callback_urls=[f"{here}/github/installed", f"{here}/github/linked"],  # type: ignore[arg-type]  # a field of App
    )
    return {
        "github_app_id": app.id,
        "github_private_key": SecretStr(app.private_key),
        "github_client_id": app.client_id,
        "github_client_secret": SecretStr(app.client_secret),
        "github_webhook_secret": SecretStr(app.webhook_secret),
        "github_api_url": slack.github_server.api_url,
    }


def _configure_http(app: App, settings: Settings) -> None:
    app.socket_mode = False
    app.signing_secret = SIGNING_SECRET
    app.request_url = f"{settings.public_url}/slack/events"


@asynccontextmanager
async def set_stage(
    database: TestDatabase,
    *,
    people: int = 3,
    roles: Roles = Roles.ALL,
    linked: bool = True,
    limits: bool = False,
    ahead: timedelta = timedelta(),
    movable: bool = False,
    http: bool = False,
    oauth: bool = False,
    github_app: bool = False,
    **more: Any,
) -> AsyncIterator[Stage]:
    """Raise the curtain: the workspace is registered, people are linked, the game is on.

    `ahead` sets everybody's clock but PostgreSQL's. `movable`: Hunch goes by the playground's
    clock, as in `hunch run`. `http`: Slack sends signed requests instead
    of using Socket Mode. `oauth`: more workspaces may install Hunch by themselves.
    `github_app`: the simulated GitHub has our App, in no organisation yet.
    """
    clock = StageClock(ahead)
    async with Playground.start(limits=limits) as slack:
        installation = slack.add_company(people=people)
        if http:
            more |= {"slack_app_token": None, "slack_signing_secret": SecretStr(SIGNING_SECRET)}
        settings = settings_for(database, slack, installation, **more)
        if oauth:
            settings = settings.model_copy(update=_oauth(slack.state.apps[installation.app_id]))
        if http:
            _configure_http(slack.state.apps[installation.app_id], settings)
        if github_app:
            settings = settings.model_copy(update=_github(slack, settings))
        slack.clock.advance(ahead.total_seconds())
        time = Time(lambda: timedelta(seconds=slack.clock.ahead_s)) if movable else Time()
        async with (
            open_store(settings, time=time) as store,
            open_services(settings, store, now=time.now if movable else clock.now) as services,
        ):
            if movable:
                slack.journeys.call_at(ClockFollower(services).stop_over)
            github = GitHub(slack.state, teller=slack.github_server.telling)
            stage = Stage(slack, installation, services, github, clock)
            await register_workspace(services)
            await arrange(stage, linked=linked)
            async with playing(stage, roles):
                yield stage


async def arrange(stage: Stage, *, linked: bool = True) -> None:
    """People known and awake at any hour, the game on since an hour ago, a webhook connected."""
    now = stage.clock.now()
    page = await (await stage.services.slacks.for_workspace(stage.workspace_id)).list_users("")
    people = [u for u in stage.slack.state.people(stage.workspace_id) if not u.is_bot]
    async with stage.transaction() as tx:
        await members.keep_profiles(tx, page.users, now=now)
        for user in people if linked else ():
            known = members.normalized_login(login(user.name))
            await members.link(tx, user.id, known, actor="test", source="admin", now=now)
        await tx.execute(
            "UPDATE members SET quiet_start_h = 0, quiet_end_h = 0, quiet_weekends = false"
        )
        admin = people[0].id
        await games.change(
            tx,
            admin,
            now=now,
            switched_on_at=now - timedelta(days=365),
            daily_budget=50,
            weekly_budget=50,
            leaderboard_channel=stage.slack.state.find_channel(stage.workspace_id, "general").id,
        )
    hook = await operators.connect_webhook(stage.services, stage.workspace_id)
    stage.github.hook = Hook(stage.base_url + hook.path, hook.secret)


@asynccontextmanager
async def playing(stage: Stage, roles: Roles) -> AsyncIterator[None]:
    """The processes run while the block does, and stop in order after it."""
    ready = asyncio.Event()

    async def say_ready() -> None:
        ready.set()

    running = asyncio.create_task(run_processes(stage.services, roles, stage.stop, ready=say_ready))
    try:
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if running.done():
            await running
        yield
    finally:
        stage.stop.set()
        await running


__all__ = [
    "Stage",
    "Store",
    "arrange",
    "free_port",
    "login",
    "playing",
    "set_stage",
    "settings_for",
]
