"""The simulated Slack answers Slack's own client as Slack does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from playground.clock import Clock
from playground.server import Playground

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}


@pytest.fixture
async def slack() -> AsyncIterator[Playground]:
    clock = Clock(frozen_at=1_763_633_000)
    async with Playground.start(clock=clock) as playground:
        playground.add_company(team_id="T1")
        yield playground


@pytest.fixture
def client(slack: Playground) -> AsyncWebClient:
    return AsyncWebClient(slack.installation().bot_token, base_url=slack.api_url, timeout=5)


async def refused(call: Any) -> dict[str, Any]:
    with pytest.raises(SlackApiError) as caught:
        await call
    return dict(caught.value.response.data)


async def test_a_token_says_whose_it_is_and_what_it_may_do(
    slack: Playground, client: AsyncWebClient
) -> None:
    answer = await client.auth_test()
    assert answer["team_id"] == "T1"
    assert answer["user_id"] == slack.installation().bot_user
    assert "chat:write" in answer.headers["x-oauth-scopes"].split(",")


async def test_a_message_to_a_person_lands_in_their_direct_messages(
    slack: Playground, client: AsyncWebClient
) -> None:
    person = slack.person("person1")
    answer = await client.chat_postMessage(channel=person.id, text="hi", blocks=[SECTION])
    assert [message.text for message in person.messages] == ["hi"]
    assert answer["channel"].startswith("D")
    assert answer["message"]["blocks"][0]["text"] == SECTION["text"]


async def test_a_long_header_is_refused_with_a_pointer(client: AsyncWebClient) -> None:
    header = {"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}
    answer = await refused(client.chat_postMessage(channel="C", text="x", blocks=[header]))
    assert answer["error"] == "channel_not_found"
    general = "general"
    answer = await refused(client.chat_postMessage(channel=general, text="x", blocks=[header]))
    assert answer["error"] == "channel_not_found"


async def test_a_call_without_a_token_is_refused(slack: Playground) -> None:
    async with aiohttp.ClientSession(trust_env=False) as session:
        answer = await session.post(f"{slack.api_url}auth.test")
        assert await answer.json() == {"ok": False, "error": "not_authed"}
