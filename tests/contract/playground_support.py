"""What the playground's own tests share: a small company, a Bolt app connected to it, blocks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from playground.records import Message
from playground.server import Playground

Json = dict[str, Any]

SECTION: Json = {"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def options(*values: str) -> list[Json]:
    return [{"text": plain(value.title()), "value": value} for value in values]


def button(action_id: str, value: str = "7", text: str = "Tap") -> Json:
    return {"type": "button", "action_id": action_id, "text": plain(text), "value": value}


def actions(*elements: Json, block_id: str = "part:7:answer") -> Json:
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def modal(*blocks: Json, **more: Any) -> Json:
    return {
        "type": "modal",
        "title": plain("A modal"),
        "submit": plain("Send"),
        "callback_id": "a_modal",
        "blocks": list(blocks) or [SECTION],
        **more,
    }


def text_input(action_id: str = "reason", block_id: str = "why") -> Json:
    element = {"type": "plain_text_input", "action_id": action_id}
    return {"type": "input", "block_id": block_id, "label": plain("Why?"), "element": element}


def client_of(slack: Playground, **options: Any) -> AsyncWebClient:
    token = slack.installation().bot_token
    return AsyncWebClient(token, base_url=slack.api_url, timeout=10, **options)


async def refused(call: Any) -> Json:
    """Return what Slack answered to a call that it refused."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return dict(caught.value.response.data)


@asynccontextmanager
async def socket_bolt(slack: Playground) -> AsyncIterator[AsyncApp]:
    """A Bolt app connected by Socket Mode."""
    app = AsyncApp(client=client_of(slack), process_before_response=True)
    app_token = slack.state.apps[slack.installation().app_id].app_token
    handler = AsyncSocketModeHandler(app, app_token)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    try:
        yield app
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


@asynccontextmanager
async def http_bolt(slack: Playground) -> AsyncIterator[AsyncApp]:
    """A Bolt app behind a request URL."""
    configured = slack.state.apps[slack.installation().app_id]
    bolt = AsyncApp(
        client=client_of(slack),
        signing_secret=configured.signing_secret,
        process_before_response=True,
    )

    async def answer(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await bolt.async_dispatch(await to_bolt_request(request)))

    application = web.Application()
    application.router.add_post("/slack/events", answer)
    async with TestServer(application) as server:
        configured.socket_mode = False
        configured.request_url = str(server.make_url("/slack/events"))
        yield bolt


def said(slack: Playground, who: str, text: str, *, channel: str = "") -> Message:
    """A message that somebody wrote a while ago, to the app or into a channel."""
    bot, state = slack.installation(), slack.state
    user = slack.person(who).id
    where = state.find_channel(bot.team_id, channel) if channel else state.open_dm(bot, user)[0]
    return state.post(Message(bot.team_id, where.id, state.next_ts(), text, user=user))
