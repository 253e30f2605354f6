"""Webhooks that GitHub could not deliver are asked for again, and processed once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from structlog.testing import capture_logs

from bot.domain.ids import WorkspaceId
from bot.errors import Permanent
from bot.integrations.github.client import AppKey, GitHubClient
from bot.integrations.github.redeliveries import Undelivered, deliver_again
from bot.ports.github import GitHub
from bot.use_cases import connections
from jobs import redeliveries
from jobs.engine import QueuedJob
from jobs.redeliveries import MOST_ATTEMPTS, Redeliverer
from playground.github.records import Delivery, Installed
from tests.integration.discoveries.support import Explorer
from tests.stories import Told

CLOCK = QueuedJob("deliveries.ask_again", WorkspaceId(""), "", 1)
TOLD = "deliveries.asked_again"


@dataclass
class Post:
    """An App whose webhooks come to a door that may be shut."""

    explorer: Explorer
    installed: Installed
    github: GitHubClient
    wait: timedelta = timedelta()
    as_app: list[GitHub] = field(default_factory=list)
    came: list[str] = field(default_factory=list)

    def for_app(self) -> GitHub | None:
        return self.github if not self.as_app else None

    @property
    def sent(self) -> list[Delivery]:
        return list(self.explorer.github.deliveries)

    def now(self) -> datetime:
        return self.explorer.github.state.clock.utc() + self.wait

    async def tell(self, name: str, *, lost: bool) -> None:
        """Something happens on GitHub, and its webhook does or does not arrive."""
        telling = self.explorer.town.github.telling
        telling.fail_next = int(lost)
        await self.explorer.town.github.owners.create(f"acme/{name}")

    def redeliverer(self) -> Redeliverer:
        return Redeliverer(self.explorer.town.world.db, self, self.now)  # type: ignore[arg-type]  # for_app is all it asks

    async def ask_again(self) -> dict[str, Any]:
        """The hourly job; what it tells of itself, once GitHub has sent what was asked for."""
        with capture_logs() as logs:
            await self.redeliverer().ask_again(CLOCK)
        await self.explorer.town.github.settle()
        told = next(log for log in logs if log["event"] == TOLD)
        return {name: told[name] for name in ("asked", "failed", "given_up", "left")}


@asynccontextmanager
async def a_door(explorer: Explorer, post: list[Post]) -> AsyncIterator[str]:
    """Takes webhooks in as handlers/webhooks.py does."""

    async def take(request: web.Request) -> web.Response:
        told = Told(request.headers["X-GitHub-Event"], await request.json())
        delivery_id = request.headers["X-GitHub-Delivery"]
        verdict = await explorer.town.world.arrive(told, delivery_id)
        post[0].came.append(verdict)
        return web.Response(status=202, text=verdict)

    app = web.Application()
    app.router.add_post("/hook", take)
    async with TestServer(app) as server:
        yield str(server.make_url("/hook"))


@pytest_asyncio.fixture
async def post(explorer: Explorer) -> AsyncIterator[Post]:
    made: list[Post] = []
    town, github = explorer.town, explorer.github
    async with a_door(explorer, made) as url:
        app = github.add_app()
        app.webhook_url = url
        installed = github.put_installation(app, "acme")
        async with town.world.transaction() as tx:
            await connections.connect_installation(tx, installed.id, now=town.world.now)
        client = GitHubClient(
            AppKey(),
            api_url=town.github.api_url,
            session=town.session,
            now=lambda: made[0].now(),
            app=(str(app.id), app.private_key),
        )
        made.append(Post(explorer, installed, client))
        yield made[0]


async def test_what_was_lost_comes_again_and_what_arrived_does_not(post: Post) -> None:
    await post.tell("one", lost=False)
    await post.tell("two", lost=True)
    assert post.came == ["new"]
    assert await post.ask_again() == {"asked": 1, "failed": 1, "given_up": 0, "left": 0}
    assert post.came == ["new", "new"]
    assert await post.ask_again() == {"asked": 0, "failed": 0, "given_up": 0, "left": 0}
    [one, two, again] = post.sent
    assert (again.guid, again.redelivery) == (two.guid, True)
    assert one.guid != two.guid


async def test_what_arrived_although_github_thinks_it_did_not_is_not_asked_for(post: Post) -> None:
    await post.tell("one", lost=False)
    post.sent[0].status_code = 504
    assert await post.ask_again() == {"asked": 0, "failed": 1, "given_up": 0, "left": 0}


async def test_of_strangers_nothing_is_asked_for(post: Post) -> None:
    await post.tell("one", lost=True)
    await post.explorer.town.world.run("DELETE FROM github_routes")
    assert (await post.ask_again())["asked"] == 0


async def test_it_looks_back_three_days(post: Post) -> None:
    await post.tell("one", lost=True)
    post.wait = timedelta(days=3, minutes=1)
    assert (await post.ask_again())["failed"] == 0


async def test_what_never_arrives_is_given_up(post: Post) -> None:
    await post.tell("one", lost=True)
    post.explorer.town.github.telling.fail_next = MOST_ATTEMPTS
    for _ in range(MOST_ATTEMPTS - 1):
        assert (await post.ask_again())["asked"] == 1
    assert await post.ask_again() == {"asked": 0, "failed": 1, "given_up": 1, "left": 0}


async def test_no_more_are_asked_for_at_once_than_is_kind(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redeliveries, "MOST_AT_ONCE", 1)
    await post.tell("one", lost=True)
    await post.tell("two", lost=True)
    assert await post.ask_again() == {"asked": 1, "failed": 2, "given_up": 0, "left": 1}
    assert await post.ask_again() == {"asked": 1, "failed": 1, "given_up": 0, "left": 0}


async def test_without_an_app_there_is_nothing_to_ask(post: Post) -> None:
    post.as_app.append(post.github)
    # Whoever asked all the same would hear it refused, and log that.
    post.explorer.town.github.fail("app/hook/deliveries", status=401)
    with capture_logs() as logs:
        await post.redeliverer().ask_again(CLOCK)
    assert logs == []


async def test_an_app_that_github_refuses_is_logged_and_no_more(post: Post) -> None:
    post.explorer.town.github.fail("app/hook/deliveries", status=401)
    with capture_logs() as logs:
        await post.redeliverer().ask_again(CLOCK)
    assert [log["event"] for log in logs] == ["deliveries.not_asked_again"]


async def test_what_github_has_forgotten_cannot_be_asked_for(post: Post) -> None:
    assert not await deliver_again(post.github, Undelivered("x", 1, 2, 1))
    post.explorer.town.github.fail("attempts", status=403)
    with pytest.raises(Permanent):
        await deliver_again(post.github, Undelivered("x", 1, 2, 1))
