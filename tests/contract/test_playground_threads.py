"""Threads in the simulated Slack: replies, who hears of them, how they are read back."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from playground.clock import Clock
from playground.server import Playground
from tests.contract.playground_support import Json, client_of, refused, socket_bolt


@pytest.fixture
async def slack() -> AsyncIterator[Playground]:
    async with Playground.start(clock=Clock(frozen_at=1_763_633_000), limits=False) as playground:
        playground.add_company(team_id="T1")
        yield playground


@pytest.fixture
def client(slack: Playground) -> AsyncWebClient:
    return client_of(slack)


@pytest.fixture
def general(slack: Playground) -> str:
    return slack.state.find_channel("T1", "general").id


async def test_a_parent_knows_its_replies(
    slack: Playground, client: AsyncWebClient, general: str
) -> None:
    parent = await slack.person("person1").write("why?", channel="general")
    await client.chat_postMessage(channel=general, text="because", thread_ts=parent.ts)
    last = await slack.person("person2").write("ah", channel="general", thread_ts=parent.ts)
    [top] = (await client.conversations_history(channel=general))["messages"]
    assert (top["reply_count"], top["reply_users_count"]) == (2, 2)
    assert top["reply_users"] == [slack.installation().bot_user, slack.person("person2").id]
    assert (top["latest_reply"], top["thread_ts"]) == (last.ts, parent.ts)
    answer = await client.conversations_replies(channel=general, ts=last.ts)
    assert [one["text"] for one in answer["messages"]] == ["why?", "because", "ah"]
    assert answer["messages"][1]["parent_user_id"] == slack.person("person1").id


async def test_a_reply_to_a_reply_stands_in_the_same_thread(
    slack: Playground, client: AsyncWebClient, general: str
) -> None:
    parent = await client.chat_postMessage(channel=general, text="one")
    reply = await client.chat_postMessage(channel=general, text="two", thread_ts=parent["ts"])
    third = await client.chat_postMessage(channel=general, text="three", thread_ts=reply["ts"])
    assert third["message"]["thread_ts"] == parent["ts"]


async def test_a_broadcast_reply_shows_in_the_channel_too(
    client: AsyncWebClient, general: str
) -> None:
    parent = await client.chat_postMessage(channel=general, text="one")
    await client.chat_postMessage(
        channel=general, text="all!", thread_ts=parent["ts"], reply_broadcast=True
    )
    seen = (await client.conversations_history(channel=general))["messages"]
    assert [(one["text"], one.get("subtype")) for one in seen] == [
        ("all!", "thread_broadcast"),
        ("one", None),
    ]


async def test_a_deleted_reply_is_counted_no_more(client: AsyncWebClient, general: str) -> None:
    parent = await client.chat_postMessage(channel=general, text="one")
    reply = await client.chat_postMessage(channel=general, text="two", thread_ts=parent["ts"])
    await client.chat_delete(channel=general, ts=reply["ts"])
    [top] = (await client.conversations_history(channel=general))["messages"]
    assert "reply_count" not in top


@pytest.mark.parametrize(
    ("thread_ts", "error"),
    [("0", "invalid_thread_ts"), ("1763633000.999999", "thread_not_found")],
)
async def test_a_reply_needs_a_thread(
    client: AsyncWebClient, general: str, thread_ts: str, error: str
) -> None:
    answer = await refused(client.chat_postMessage(channel=general, text="x", thread_ts=thread_ts))
    assert answer["error"] == error
    answer = await refused(client.conversations_replies(channel=general, ts=thread_ts))
    assert answer["error"] == "thread_not_found"


async def test_replies_are_read_as_rarely_as_history() -> None:
    async with Playground.start(clock=Clock(frozen_at=1_763_633_000)) as slack:
        slack.add_company(team_id="T1")
        client, person = client_of(slack), slack.person("person1")
        parent = await person.write("one", channel="general")
        for _ in range(20):
            await person.write("more", channel="general", thread_ts=parent.ts)
        general = slack.state.find_channel("T1", "general").id
        answer = await client.conversations_replies(channel=general, ts=parent.ts)
        assert (len(answer["messages"]), answer["has_more"]) == (15, True)
        again = await refused(client.conversations_replies(channel=general, ts=parent.ts))
        assert again["error"] == "ratelimited"


async def test_an_app_hears_of_mentions_in_threads_and_of_channels_it_asked_for(
    slack: Playground,
) -> None:
    seen: list[Json] = []
    slack.state.apps[slack.installation().app_id].events.append("message.channels")
    async with socket_bolt(slack) as bolt:

        @bolt.event("app_mention")
        async def mentioned(event: Json) -> None:
            seen.append(event)

        @bolt.event("message")
        async def heard(event: Json) -> None:
            seen.append(event)

        person = slack.person("person1")
        parent = await person.write("one", channel="general")
        await person.mention("look", channel="general", thread_ts=parent.ts)
    assert [(one["type"], one.get("thread_ts")) for one in seen] == [
        ("message", None),
        ("message", parent.ts),
        ("app_mention", parent.ts),
    ]
    assert seen[0]["channel_type"] == "channel"


async def test_people_and_bots_react(
    slack: Playground, client: AsyncWebClient, general: str
) -> None:
    slack.installation().scopes += ",reactions:write"
    person = slack.person("person1")
    message = await person.write("done", channel="general")
    place = {"channel": general, "timestamp": message.ts}
    await client.reactions_add(name="tada", **place)
    person.react(message, "tada")
    assert message.as_slack()["reactions"] == [
        {"name": "tada", "users": [slack.installation().bot_user, person.id], "count": 2}
    ]
    assert (await refused(client.reactions_add(name="tada", **place)))["error"] == "already_reacted"
    assert (await refused(client.reactions_add(name="a b", **place)))["error"] == "invalid_name"
    person.react(message, "tada")
    await client.reactions_remove(name="tada", **place)
    assert message.reactions == {}
    assert (await refused(client.reactions_remove(name="tada", **place)))["error"] == "no_reaction"
    gone = await refused(client.reactions_add(name="tada", channel=general, timestamp="1.000000"))
    assert gone["error"] == "message_not_found"


async def test_what_only_one_person_sees_can_stand_in_a_thread(
    slack: Playground, client: AsyncWebClient, general: str
) -> None:
    parent = await client.chat_postMessage(channel=general, text="one")
    person = slack.person("person1")
    await client.chat_postEphemeral(
        channel=general, user=person.id, text="psst", thread_ts=parent["ts"]
    )
    assert person.ephemerals[0].thread_ts == parent["ts"]


async def test_the_app_is_invited_into_a_channel(slack: Playground, client: AsyncWebClient) -> None:
    elsewhere = slack.state.add_channel("T1", "elsewhere")
    slack.state.apps[slack.installation().app_id].events.append("member_joined_channel")
    seen: list[Json] = []
    async with socket_bolt(slack) as bolt:

        @bolt.event("member_joined_channel")
        async def joined(event: Json) -> None:
            seen.append(event)

        person = slack.person("person1")
        assert (await person.command("/invite", "@hunch", channel="elsewhere")).ok
    assert (seen[0]["user"], seen[0]["channel"]) == (slack.installation().bot_user, elsewhere.id)
    assert (await client.chat_postMessage(channel=elsewhere.id, text="hello"))["ok"]
    with pytest.raises(LookupError, match="there already"):
        await person.invite_app("elsewhere")
