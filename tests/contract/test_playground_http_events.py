"""Bolt over HTTP takes what the simulated Slack sends: signed, with retries that say why."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier

from playground.clock import Clock
from playground.records import App
from playground.server import Playground
from tests.contract.playground_support import Json, actions, button, client_of, http_bolt


@pytest.fixture
async def slack() -> AsyncIterator[Playground]:
    async with Playground.start(limits=False) as playground:
        playground.add_company(team_id="T1")
        yield playground


@pytest.fixture
async def bolt(slack: Playground) -> AsyncIterator[AsyncApp]:
    async with http_bolt(slack) as app:
        yield app


async def test_a_click_a_command_and_an_event_reach_bolt(slack: Playground, bolt: AsyncApp) -> None:
    seen: list[str] = []

    @bolt.action("yes")
    async def acted(ack: Any, action: Json) -> None:
        seen.append(action["value"])
        await ack()

    @bolt.command("/copilot")
    async def commanded(ack: Any, command: Json) -> None:
        seen.append(command["text"])
        await ack(text="Übersicht 📈")

    @bolt.event("app_home_opened")
    async def opened(event: Json) -> None:
        seen.append(event["tab"])

    person = slack.person("person1")
    await client_of(slack).chat_postMessage(
        channel=person.id, text="?", blocks=[actions(button("yes"))]
    )
    assert (await person.click(person.messages[0], "yes")).ok
    assert (await person.command("/copilot", "my stats & more")).ok
    await person.open_home()
    assert seen == ["7", "my stats & more", "home"]
    assert [one.text for one in person.ephemerals] == ["Übersicht 📈"]


async def test_a_wrong_signing_secret_is_refused_by_bolt(slack: Playground, bolt: AsyncApp) -> None:
    slack.state.apps[slack.installation().app_id].signing_secret = "wrong"
    assert (await slack.person("person1").command("/copilot")).error == "http_error"


async def test_the_request_url_is_verified_by_a_challenge(
    slack: Playground, bolt: AsyncApp
) -> None:
    assert await slack.verify_request_url(slack.installation().app_id)


class Desk:
    """A request URL that answers as it is told and keeps what came."""

    def __init__(self, secret: str) -> None:
        self.answers: list[web.Response] = []
        self.seen: list[tuple[str, str]] = []
        self._verifier = SignatureVerifier(secret)

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        assert self._verifier.is_valid_request(body, dict(request.headers))
        number = request.headers.get("X-Slack-Retry-Num", "0")
        self.seen.append((number, request.headers.get("X-Slack-Retry-Reason", "")))
        return self.answers.pop(0) if self.answers else web.Response()


@pytest.fixture
async def desk(slack: Playground) -> AsyncIterator[Desk]:
    app: App = slack.state.apps[slack.installation().app_id]
    desk = Desk(app.signing_secret)
    application = web.Application()
    application.router.add_post("/", desk.take)
    async with TestServer(application) as server:
        app.socket_mode, app.request_url = False, str(server.make_url("/"))
        slack.deliveries.retry_delays_s = (0, 0, 0)
        yield desk


async def test_a_failed_event_comes_again_with_number_and_reason(
    slack: Playground, desk: Desk
) -> None:
    desk.answers = [web.Response(status=500), web.Response(status=404)]
    await slack.person("person1").open_home()
    await slack.deliveries.settle()
    assert desk.seen == [("0", ""), ("1", "http_error"), ("2", "http_error")]


async def test_no_retry_is_respected(slack: Playground, desk: Desk) -> None:
    desk.answers = [web.Response(status=500, headers={"X-Slack-No-Retry": "1"})]
    await slack.person("person1").open_home()
    await slack.deliveries.settle()
    assert len(desk.seen) == 1


async def test_a_click_is_not_tried_again(slack: Playground, desk: Desk) -> None:
    desk.answers = [web.Response(status=503)]
    person = slack.person("person1")
    assert (await person.command("/copilot")).error == "http_error"
    assert len(desk.seen) == 1
    assert person.notices == ["/copilot did not respond (http_error)."]


async def test_an_app_that_is_not_there_is_an_error_to_the_person(
    slack: Playground, unused_tcp_port: int
) -> None:
    app = slack.state.apps[slack.installation().app_id]
    app.socket_mode = False
    person = slack.person("person1")
    assert (await person.command("/copilot")).error == "no_request_url"
    app.request_url = f"http://127.0.0.1:{unused_tcp_port}/"
    assert (await person.command("/copilot")).error == "connection_failed"


async def test_an_app_has_three_seconds_to_answer() -> None:
    clock = Clock()
    async with Playground.start(clock=clock) as slack:
        slack.add_company(team_id="T1")
        app = slack.state.apps[slack.installation().app_id]
        asked = asyncio.Event()

        async def sleepy(_: web.Request) -> web.Response:
            asked.set()
            await asyncio.Event().wait()
            return web.Response()

        application = web.Application()
        application.router.add_post("/", sleepy)
        async with TestServer(application) as server:
            app.socket_mode, app.request_url = False, str(server.make_url("/"))
            commanding = asyncio.ensure_future(slack.person("person1").command("/copilot"))
            await asked.wait()
            clock.advance(3)
            assert (await commanding).error == "http_timeout"


async def test_a_proxy_in_the_environment_is_not_used(
    slack: Playground, desk: Desk, monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
) -> None:
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{unused_tcp_port}")
    assert (await slack.person("person1").command("/copilot")).ok
