"""Slack's own Socket Mode client and Bolt work with the simulated Slack."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from playground.server import Playground

BUTTON = {
    "type": "actions",
    "block_id": "part:7:answer",
    "elements": [
        {
            "type": "button",
            "action_id": "survey.answer.no",
            "text": {"type": "plain_text", "text": "No"},
            "value": "7",
        }
    ],
}


@pytest.fixture
async def slack() -> AsyncIterator[Playground]:
    async with Playground.start() as playground:
        playground.add_company(team_id="T1")
        yield playground


@pytest.fixture
async def bolt(slack: Playground) -> AsyncIterator[AsyncApp]:
    bot = slack.installation()
    client = AsyncWebClient(bot.bot_token, base_url=slack.api_url)
    app = AsyncApp(client=client, process_before_response=True)
    handler = AsyncSocketModeHandler(app, slack.state.apps[bot.app_id].app_token)
    await handler.connect_async()
    yield app
    await handler.close_async()


async def test_a_click_reaches_the_listener(slack: Playground, bolt: AsyncApp) -> None:
    seen: list[dict[str, Any]] = []

    @bolt.action("survey.answer.no")
    async def answered(ack: Any, body: dict[str, Any]) -> None:
        seen.append(body)
        await ack()

    person = slack.person("person1")
    await bolt.client.chat_postMessage(channel=person.id, text="?", blocks=[BUTTON])
    done = await person.click(person.find("survey.answer.no"), "survey.answer.no")
    assert done.ok
    assert seen[0]["actions"][0]["value"] == "7"
    assert seen[0]["message"]["text"] == "?"
