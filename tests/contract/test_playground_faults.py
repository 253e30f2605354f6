"""Planned mishaps of the simulated Slack look to Slack's own client like real ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from playground.server import Playground
from tests.contract.playground_support import client_of


@pytest.fixture
async def slack() -> AsyncIterator[Playground]:
    async with Playground.start() as playground:
        playground.add_company(team_id="T1")
        yield playground


@pytest.fixture
def client(slack: Playground) -> AsyncWebClient:
    return client_of(slack, retry_handlers=[])


@pytest.fixture
def general(slack: Playground) -> str:
    return slack.state.find_channel("T1", "general").id


def texts(slack: Playground, channel: str) -> list[str]:
    return [message.text for message in slack.state.history("T1", channel)]


@pytest.mark.parametrize(
    ("kind", "status"), [("http_500", 500), ("http_503", 503), ("ratelimited", 429)]
)
async def test_a_failing_status_stores_nothing_and_passes(
    slack: Playground, client: AsyncWebClient, general: str, kind: str, status: int
) -> None:
    slack.fail(kind, "chat.postMessage", retry_after_s=7)
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=general, text="first")
    assert caught.value.response.status_code == status
    assert caught.value.response.headers.get("Retry-After") == ("7" if status == 429 else None)
    await client.chat_postMessage(channel=general, text="second")
    assert texts(slack, general) == ["second"]


@pytest.mark.parametrize(
    ("kind", "stored"),
    [
        ("timeout_before", []),
        ("timeout_after", ["x"]),
        ("reset", []),
        ("reset_after", ["x"]),
    ],
)
async def test_a_cut_line_leaves_the_caller_in_doubt(
    slack: Playground, client: AsyncWebClient, general: str, kind: str, stored: list[str]
) -> None:
    slack.fail(kind, "chat.postMessage", seconds=0.05)
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=general, text="x")
    assert texts(slack, general) == stored
    [call] = slack.called("chat.postMessage")
    assert (call.status, call.fault) == (0, kind)


async def test_a_timeout_hangs_until_the_caller_gives_up(slack: Playground, general: str) -> None:
    slack.fail("timeout_after", "chat.postMessage", seconds=60)
    token = slack.installation().bot_token
    async with aiohttp.ClientSession(
        trust_env=False, timeout=aiohttp.ClientTimeout(total=0.2)
    ) as session:
        client = AsyncWebClient(token, base_url=slack.api_url, session=session)
        with pytest.raises(asyncio.TimeoutError):
            await client.chat_postMessage(channel=general, text="x")
    assert texts(slack, general) == ["x"]


async def test_stopping_does_not_wait_for_hanging_calls() -> None:
    async with asyncio.timeout(5):
        async with Playground.start() as slack:
            slack.add_company(team_id="T1")
            slack.fail("timeout_before", seconds=600)
            hanging = asyncio.ensure_future(client_of(slack, retry_handlers=[]).auth_test())
            await asyncio.wait({hanging}, timeout=0.1)
        with pytest.raises(aiohttp.ClientError):
            await hanging


async def test_a_slow_answer_is_right_all_the_same(
    slack: Playground, client: AsyncWebClient
) -> None:
    slack.fail("slow", "auth.test", seconds=0.01)
    assert (await client.auth_test())["team_id"] == "T1"


async def test_any_of_slacks_errors_can_be_asked_for(
    slack: Playground, client: AsyncWebClient
) -> None:
    slack.fail("error", "users.list", error="fatal_error")
    with pytest.raises(SlackApiError, match="fatal_error"):
        await client.users_list()


async def test_a_mishap_meets_its_method_and_workspace_only_and_so_many_times(
    slack: Playground, client: AsyncWebClient
) -> None:
    other = slack.add_company("Other", team_id="T2")
    elsewhere = AsyncWebClient(other.bot_token, base_url=slack.api_url)
    slack.fail("http_500", "auth.test", team_id="T1", skip=1, times=2)
    await client.team_info()
    await elsewhere.auth_test()
    went_well = []
    for _ in range(4):
        try:
            went_well.append(bool((await client.auth_test())["ok"]))
        except SlackApiError:
            went_well.append(False)
    assert went_well == [True, False, False, True]


async def test_a_lasting_mishap_lasts_until_it_is_healed(
    slack: Playground, client: AsyncWebClient
) -> None:
    slack.fail("http_503", times=None)
    for _ in range(3):
        with pytest.raises(SlackApiError):
            await client.auth_test()
    slack.faults.clear()
    assert (await client.auth_test())["ok"]
