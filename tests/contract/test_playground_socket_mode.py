"""Slack's own Socket Mode client and Bolt work with the simulated Slack."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from playground.clock import Clock
from playground.server import Playground
from tests.contract.playground_support import Json, actions, button, client_of, refused, socket_bolt


@pytest.fixture
def clock() -> Clock:
    return Clock(frozen_at=1_763_633_000)


@pytest.fixture
async def slack(clock: Clock) -> AsyncIterator[Playground]:
    async with Playground.start(clock=clock) as playground:
        playground.add_company(team_id="T1")
        yield playground


@pytest.fixture
async def bolt(slack: Playground) -> AsyncIterator[AsyncApp]:
    async with socket_bolt(slack) as app:
        yield app


class Line:
    """A bare WebSocket of an app, to look at what goes over it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def next(self) -> Json:
        found: Json = json.loads((await self.socket.receive(timeout=5)).data)
        return found

    async def ack(self, envelope: Json, payload: Json | None = None) -> None:
        answer: Json = {"envelope_id": envelope["envelope_id"]}
        await self.socket.send_json(answer | ({"payload": payload} if payload else {}))


async def connect(slack: Playground, session: aiohttp.ClientSession) -> Line:
    app = slack.state.apps[slack.installation().app_id]
    client = AsyncWebClient(base_url=slack.api_url)
    url = (await client.apps_connections_open(app_token=app.app_token))["url"]
    line = Line(await session.ws_connect(url))
    assert (await line.next())["type"] == "hello"
    return line


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(trust_env=False) as found:
        yield found


async def test_a_click_reaches_the_listener(slack: Playground, bolt: AsyncApp) -> None:
    seen: list[Json] = []

    @bolt.action("survey.answer.no")
    async def answered(ack: Any, body: Json) -> None:
        seen.append(body)
        await ack()

    person = slack.person("person1")
    blocks = [actions(button("survey.answer.no"))]
    await bolt.client.chat_postMessage(channel=person.id, text="?", blocks=blocks)
    done = await person.click(person.find("survey.answer.no"), "survey.answer.no")
    assert done.ok
    assert seen[0]["actions"][0]["value"] == "7"
    assert seen[0]["message"]["text"] == "?"


async def test_a_click_nobody_acknowledges_shows_the_person_an_error(
    slack: Playground, session: aiohttp.ClientSession, clock: Clock
) -> None:
    line = await connect(slack, session)
    person = slack.person("person1")
    clicking = asyncio.ensure_future(person.command("/copilot", "help"))
    envelope = await line.next()
    assert envelope["type"] == "slash_commands"
    assert envelope["accepts_response_payload"] is True
    clock.advance(3)
    assert (await clicking).error == "timeout"
    assert person.notices == ["/copilot did not respond (timeout)."]


async def test_a_click_with_no_app_connected_fails_at_once(slack: Playground) -> None:
    person = slack.person("person1")
    assert (await person.command("/copilot")).error == "no_connection"


async def test_an_event_that_times_out_comes_again_and_says_why(
    slack: Playground, session: aiohttp.ClientSession, clock: Clock
) -> None:
    line = await connect(slack, session)
    opening = asyncio.ensure_future(slack.person("person1").open_home())
    first = await line.next()
    assert (first["retry_attempt"], first["retry_reason"]) == (0, "")
    clock.advance(3)
    second = await line.next()
    assert (second["retry_attempt"], second["retry_reason"]) == (1, "timeout")
    assert second["payload"]["event_id"] == first["payload"]["event_id"]
    assert second["envelope_id"] != first["envelope_id"]
    await line.ack(second)
    await opening
    await slack.deliveries.settle()


async def test_an_event_is_delivered_elsewhere_when_its_socket_closes(
    slack: Playground, session: aiohttp.ClientSession
) -> None:
    first, second = await connect(slack, session), await connect(slack, session)
    opening = asyncio.ensure_future(slack.person("person1").open_home())
    lost = await first.next()
    await first.socket.close()
    again = await second.next()
    assert again["payload"]["event_id"] == lost["payload"]["event_id"]
    assert again["retry_attempt"] == 1
    await second.ack(again)
    await opening
    await slack.deliveries.settle()


async def test_each_envelope_goes_to_one_socket_in_turn(
    slack: Playground, session: aiohttp.ClientSession
) -> None:
    lines = [await connect(slack, session), await connect(slack, session)]
    for line in [*lines, lines[0]]:
        opening = asyncio.ensure_future(slack.person("person1").open_home())
        await line.ack(await line.next())
        await opening


async def test_an_event_is_given_up_after_its_last_retry(
    slack: Playground, session: aiohttp.ClientSession, clock: Clock
) -> None:
    slack.deliveries.retry_delays_s = (0, 0, 0)
    line = await connect(slack, session)
    opening = asyncio.ensure_future(slack.person("person1").open_home())
    attempts = []
    for _ in range(4):
        attempts.append((await line.next())["retry_attempt"])
        clock.advance(3)
    await opening
    await slack.deliveries.settle()
    assert attempts == [0, 1, 2, 3]


async def test_a_ticket_opens_one_socket(slack: Playground, session: aiohttp.ClientSession) -> None:
    app = slack.state.apps[slack.installation().app_id]
    client = AsyncWebClient(base_url=slack.api_url)
    url = (await client.apps_connections_open(app_token=app.app_token))["url"]
    async with session.ws_connect(url):
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await session.ws_connect(url)
    assert caught.value.status == 404


async def test_bolt_comes_back_when_asked_to_reconnect(slack: Playground, bolt: AsyncApp) -> None:
    seen = asyncio.Event()

    @bolt.event("app_home_opened")
    async def opened(event: Json) -> None:
        seen.set()

    app_id = slack.installation().app_id
    await slack.sockets.ask_to_reconnect(app_id)
    await slack.person("person1").open_home()
    assert seen.is_set()
    assert slack.sockets.connected(app_id) == 1


async def test_bolt_comes_back_after_a_closed_socket(slack: Playground, bolt: AsyncApp) -> None:
    seen = asyncio.Event()

    @bolt.event("app_home_opened")
    async def opened(event: Json) -> None:
        seen.set()

    await slack.sockets.close()
    assert slack.sockets.connected(slack.installation().app_id) == 0
    await slack.person("person1").open_home()
    assert seen.is_set()


async def test_a_warning_only_announces(slack: Playground, session: aiohttp.ClientSession) -> None:
    line = await connect(slack, session)
    await slack.sockets.ask_to_reconnect(slack.installation().app_id, "warning")
    assert (await line.next())["reason"] == "warning"
    opening = asyncio.ensure_future(slack.person("person1").open_home())
    await line.ack(await line.next())
    await opening


async def test_a_cut_socket_says_no_goodbye(
    slack: Playground, session: aiohttp.ClientSession
) -> None:
    line = await connect(slack, session)
    await slack.sockets.close(politely=False)
    message = await line.socket.receive(timeout=5)
    assert message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
    assert line.socket.close_code == 1006


async def test_nonsense_on_the_socket_is_ignored(
    slack: Playground, session: aiohttp.ClientSession
) -> None:
    line = await connect(slack, session)
    opening = asyncio.ensure_future(slack.person("person1").open_home())
    envelope = await line.next()
    for nonsense in ("{", "[]", '{"envelope_id": "unknown"}', "3"):
        await line.socket.send_str(nonsense)
    await line.ack(envelope)
    await opening


async def test_an_eleventh_socket_is_sent_away(
    slack: Playground, session: aiohttp.ClientSession
) -> None:
    slack.limits.enabled = False
    lines = [await connect(slack, session) for _ in range(10)]
    app = slack.state.apps[slack.installation().app_id]
    client = AsyncWebClient(base_url=slack.api_url)
    url = (await client.apps_connections_open(app_token=app.app_token))["url"]
    extra = Line(await session.ws_connect(url))
    assert (await extra.next())["reason"] == "too_many_websockets"
    assert not lines[0].socket.closed


async def test_the_bots_own_direct_messages_and_updates_come_back_as_events(
    slack: Playground, session: aiohttp.ClientSession
) -> None:
    line, client = await connect(slack, session), client_of(slack)
    posted = await client.chat_postMessage(channel=slack.person("person1").id, text="mine")
    envelope = await line.next()
    assert envelope["payload"]["event"]["bot_id"] == slack.installation().bot_id
    await line.ack(envelope)
    await client.chat_update(channel=posted["channel"], ts=posted["ts"], text="changed")
    envelope = await line.next()
    event = envelope["payload"]["event"]
    assert (event["subtype"], event["message"]["text"]) == ("message_changed", "changed")
    await line.ack(envelope)
    await slack.deliveries.settle()
    general = slack.state.find_channel("T1", "general").id
    await client.chat_postMessage(channel=general, text="not in direct messages")
    slack.echo = False
    await client.chat_postMessage(channel=posted["channel"], text="not echoed")
    await slack.deliveries.settle()


async def test_a_socket_can_die_with_an_envelope_on_it(
    slack: Playground, session: aiohttp.ClientSession
) -> None:
    for kind in ("reset", "reset_after"):
        first, second = await connect(slack, session), await connect(slack, session)
        slack.fail(kind, "socket", team_id="T1")
        opening = asyncio.ensure_future(slack.person("person1").open_home())
        again = await second.next()
        assert again["retry_attempt"] == 1
        await second.ack(again)
        await opening
        await slack.deliveries.settle()
        if kind == "reset_after":
            assert (await first.next())["payload"] == again["payload"]
        await slack.sockets.close()


async def test_an_envelope_can_be_held_back(
    slack: Playground, session: aiohttp.ClientSession, clock: Clock
) -> None:
    line = await connect(slack, session)
    slack.fail("slow", "socket", seconds=0)
    opening = asyncio.ensure_future(slack.person("person1").open_home())
    await line.ack(await line.next())
    await opening


async def test_an_uninstalled_app_hears_of_it_and_may_come_back(
    slack: Playground, session: aiohttp.ClientSession
) -> None:
    line, seen = await connect(slack, session), []
    before = client_of(slack)
    slack.uninstall("T1")
    for _ in range(2):
        envelope = await line.next()
        seen.append(envelope["payload"]["event"]["type"])
        await line.ack(envelope)
    assert seen == ["tokens_revoked", "app_uninstalled"]
    slack.reinstall("T1")
    assert (await refused(before.auth_test()))["error"] == "invalid_auth"
    assert (await client_of(slack).auth_test())["ok"]
