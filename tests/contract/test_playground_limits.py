"""The simulated Slack's rate limits are those of Slack's own tier table."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from playground.clock import Clock
from playground.limits import METHOD_TIERS, SPECIAL, TIERS, Bucket, Limit
from playground.server import Playground
from playground.web_api import METHODS
from tests.contract.playground_support import client_of
from tests.shared_data import shared


@pytest.fixture
def clock() -> Clock:
    return Clock(frozen_at=1_763_633_000)


@pytest.fixture
async def slack(clock: Clock) -> AsyncIterator[Playground]:
    async with Playground.start(clock=clock) as playground:
        playground.add_company(team_id="T1")
        yield playground


@pytest.fixture
def client(slack: Playground) -> AsyncWebClient:
    return client_of(slack)


async def retry_after_s(call: Any) -> int:
    with pytest.raises(SlackApiError) as caught:
        await call
    answer = caught.value.response
    assert (answer.status_code, answer["error"]) == (429, "ratelimited")
    return int(answer.headers["Retry-After"])


# Not in the table: from the pages of the methods.
FROM_THEIR_PAGES = {
    "agents.sessions.setStatus": "Tier3",
    "apps.uninstall": "Tier1",
    "auth.teams.list": "Tier2",
    "files.info": "Tier4",
    "reactions.remove": "Tier2",
}


def test_the_tiers_are_slacks() -> None:
    table = json.loads(shared("data/slack/rate_limit_tiers.json").read_text())
    assert {name: limit.per_minute for name, limit in TIERS.items()} == table[
        "requests_per_minute_at_least"
    ]
    for method in METHODS:
        expected = FROM_THEIR_PAGES.get(method) or table["methods"][method]
        assert expected == METHOD_TIERS.get(method, expected), method
        assert method in METHOD_TIERS or (method in SPECIAL and "special" in expected)


def test_every_method_has_a_limit() -> None:
    assert set(METHODS) == set(METHOD_TIERS) | set(SPECIAL)


def test_a_bucket_takes_its_burst_and_then_its_rate() -> None:
    bucket, taken = Bucket(Limit(per_minute=60, burst=3)), []
    for second in range(10):
        while bucket.wait_s(second) == 0:
            bucket.spend(second)
            taken.append(second)
    assert taken == [0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]


async def test_too_many_calls_answer_429_and_when_to_come_back(
    client: AsyncWebClient, clock: Clock
) -> None:
    for _ in range(TIERS["Tier2"].burst):
        await client.users_list()
    wait_s = await retry_after_s(client.users_list())
    assert wait_s == 3
    clock.advance(wait_s)
    assert (await client.users_list())["ok"]


async def test_a_channel_takes_about_one_message_a_second(
    slack: Playground, client: AsyncWebClient, clock: Clock
) -> None:
    general = slack.state.find_channel("T1", "general").id
    for _ in range(3):
        await client.chat_postMessage(channel=general, text="x")
    assert await retry_after_s(client.chat_postMessage(channel=general, text="x")) == 1
    await client.chat_postMessage(channel=slack.person("person1").id, text="x")
    clock.advance(1)
    await client.chat_postMessage(channel=general, text="x")
    assert len(slack.state.history("T1", general)) == 4


async def test_a_workspace_takes_several_hundred_messages_a_minute(
    slack: Playground, client: AsyncWebClient
) -> None:
    sent = 0
    for n in range(SPECIAL["chat.postMessage"].burst):
        channel = slack.state.add_channel("T1", f"c{n}", members=[slack.installation().bot_user])
        sent += bool((await client.chat_postMessage(channel=channel.id, text="x"))["ok"])
    assert sent == SPECIAL["chat.postMessage"].burst
    person = slack.person("person1")
    await retry_after_s(client.chat_postMessage(channel=person.id, text="x"))


async def test_workspaces_do_not_use_up_each_others_calls(
    slack: Playground, client: AsyncWebClient
) -> None:
    other = slack.add_company("Other", team_id="T2")
    for _ in range(TIERS["Tier2"].burst):
        await client.users_list()
    await retry_after_s(client.users_list())
    elsewhere = AsyncWebClient(other.bot_token, base_url=slack.api_url)
    assert (await elsewhere.users_list())["ok"]


async def test_two_processes_may_connect_at_once(slack: Playground) -> None:
    app_token = slack.state.apps[slack.installation().app_id].app_token
    client = AsyncWebClient(base_url=slack.api_url)
    for _ in range(2):
        assert (await client.apps_connections_open(app_token=app_token))["ok"]


async def test_limits_can_be_switched_off(slack: Playground, client: AsyncWebClient) -> None:
    slack.limits.enabled = False
    for _ in range(TIERS["Tier2"].burst + 5):
        assert (await client.users_list())["ok"]
