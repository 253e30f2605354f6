"""Messages in the simulated Slack: posted, updated, deleted, refused, read back."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from playground.clock import Clock
from playground.server import Playground
from tests.contract.playground_support import SECTION, Json, client_of, plain, refused

HEADER_TOO_LONG = {"type": "header", "text": plain("x" * 151)}


@pytest.fixture
async def slack() -> AsyncIterator[Playground]:
    clock = Clock(frozen_at=1_763_633_000)
    async with Playground.start(clock=clock, limits=False) as playground:
        playground.add_company(team_id="T1")
        yield playground


@pytest.fixture
def client(slack: Playground) -> AsyncWebClient:
    return client_of(slack)


@pytest.fixture
def general(slack: Playground) -> str:
    return slack.state.find_channel("T1", "general").id


async def test_a_message_to_a_person_lands_in_their_direct_messages(
    slack: Playground, client: AsyncWebClient
) -> None:
    person = slack.person("person1")
    answer = await client.chat_postMessage(channel=person.id, text="hi", blocks=[SECTION])
    assert [message.text for message in person.messages] == ["hi"]
    assert answer["channel"].startswith("D")
    assert answer["message"]["blocks"][0]["text"] == SECTION["text"]
    assert answer["message"]["blocks"][0]["block_id"]


async def test_time_stamps_are_unique_and_rise(client: AsyncWebClient, general: str) -> None:
    stamps = [(await client.chat_postMessage(channel=general, text=str(n)))["ts"] for n in range(3)]
    assert sorted(set(stamps)) == stamps
    assert stamps[0] == "1763633000.000000"


async def test_bad_blocks_are_refused_with_a_pointer_and_nothing_is_posted(
    slack: Playground, client: AsyncWebClient, general: str
) -> None:
    blocks = [SECTION, HEADER_TOO_LONG]
    answer = await refused(client.chat_postMessage(channel=general, text="x", blocks=blocks))
    assert answer["error"] == "invalid_blocks"
    [line] = answer["response_metadata"]["messages"]
    assert line.startswith("[ERROR] ")
    assert line.endswith("[json-pointer:/blocks/1/text/text]")
    assert slack.state.history("T1", general) == []


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ({"text": ""}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"text": "x", "blocks": "["}, "invalid_blocks_format"),
        ({"text": "x", "blocks": "{}"}, "invalid_blocks_format"),
        ({"text": "x", "metadata": '{"event_type": 1}'}, "invalid_metadata_schema"),
        ({"text": "x", "metadata": "{"}, "invalid_metadata_format"),
    ],
)
async def test_a_bad_message_is_refused_with_its_reason(
    client: AsyncWebClient, general: str, args: Json, error: str
) -> None:
    answer = await refused(client.api_call("chat.postMessage", data={"channel": general, **args}))
    assert answer["error"] == error


async def test_a_message_needs_a_channel_that_takes_it(
    slack: Playground, client: AsyncWebClient
) -> None:
    state = slack.state
    bot = slack.installation().bot_user
    archived = state.add_channel("T1", "old", members=[bot], is_archived=True)
    elsewhere = state.add_channel("T1", "elsewhere")
    left = slack.change_user("T1", "person2", deleted=True)

    async def error(channel: str) -> str:
        return str((await refused(client.chat_postMessage(channel=channel, text="x")))["error"])

    assert await error(archived.id) == "is_archived"
    assert await error(elsewhere.id) == "not_in_channel"
    assert await error("C404") == "channel_not_found"
    assert await error(left.id) == "channel_not_found"
    assert await error(bot) == "channel_not_found"


async def test_direct_messages_of_somebody_who_left_take_nothing(
    slack: Playground, client: AsyncWebClient
) -> None:
    opened = await client.conversations_open(users=slack.person("person2").id)
    slack.change_user("T1", "person2", deleted=True)
    answer = await refused(client.chat_postMessage(channel=opened["channel"]["id"], text="x"))
    assert answer["error"] == "channel_not_found"


async def test_an_update_changes_the_message_in_place(
    slack: Playground, client: AsyncWebClient, general: str
) -> None:
    posted = await client.chat_postMessage(channel=general, text="old", blocks=[SECTION])
    await client.chat_update(channel=general, ts=posted["ts"], text="new")
    [message] = slack.state.history("T1", general)
    assert (message.text, message.blocks) == ("new", [])
    assert message.edited is not None


async def test_an_update_with_blocks_is_not_marked_as_edited(
    slack: Playground, client: AsyncWebClient, general: str
) -> None:
    posted = await client.chat_postMessage(channel=general, text="old")
    await client.chat_update(channel=general, ts=posted["ts"], text="new", blocks=[SECTION])
    [message] = slack.state.history("T1", general)
    assert (message.text, message.edited) == ("new", None)


async def test_only_the_bots_own_messages_can_be_changed(
    slack: Playground, client: AsyncWebClient, general: str
) -> None:
    theirs = await slack.person("person1").write("mine", channel="general")
    answer = await refused(client.chat_update(channel=general, ts=theirs.ts, text="x"))
    assert answer["error"] == "cant_update_message"
    answer = await refused(client.chat_delete(channel=general, ts=theirs.ts))
    assert answer["error"] == "cant_delete_message"
    answer = await refused(client.chat_update(channel=general, ts="1.000000", text="x"))
    assert answer["error"] == "message_not_found"


async def test_an_update_holds_4000_bytes_counted_after_escaping(
    client: AsyncWebClient, general: str
) -> None:
    posted = await client.chat_postMessage(channel=general, text="old")
    await client.chat_update(channel=general, ts=posted["ts"], text="é" * 2000)
    answer = await refused(client.chat_update(channel=general, ts=posted["ts"], text="&" * 801))
    assert answer["error"] == "msg_too_long"


async def test_a_deleted_message_is_gone(
    slack: Playground, client: AsyncWebClient, general: str
) -> None:
    posted = await client.chat_postMessage(channel=general, text="old")
    await client.chat_delete(channel=general, ts=posted["ts"])
    assert slack.state.history("T1", general) == []


async def test_an_ephemeral_message_is_for_one_pair_of_eyes(
    slack: Playground, client: AsyncWebClient, general: str
) -> None:
    person = slack.person("person1")
    await client.chat_postEphemeral(channel=general, user=person.id, text="psst")
    assert [message.text for message in person.ephemerals] == ["psst"]
    assert slack.person("person2").ephemerals == []
    assert slack.state.history("T1", general) == []
    stranger = slack.state.add_user("T1", "stranger")
    answer = await refused(
        client.chat_postEphemeral(channel=general, user=stranger.id, text="psst")
    )
    assert answer["error"] == "user_not_in_channel"


async def test_history_shows_metadata_only_when_asked(client: AsyncWebClient, general: str) -> None:
    metadata = {"event_type": "hunch_outbox", "event_payload": {"id": 7}}
    await client.chat_postMessage(channel=general, text="x", metadata=metadata)
    [bare] = (await client.conversations_history(channel=general))["messages"]
    assert "metadata" not in bare
    answer = await client.conversations_history(channel=general, include_all_metadata=True)
    assert answer["messages"][0]["metadata"] == metadata


async def test_history_is_newest_first_within_its_bounds(
    slack: Playground, client: AsyncWebClient, general: str
) -> None:
    stamps = []
    for n in range(4):
        slack.clock.advance(1)
        stamps.append((await client.chat_postMessage(channel=general, text=str(n)))["ts"])

    async def texts(**bounds: object) -> list[str]:
        answer = await client.conversations_history(channel=general, **bounds)  # type: ignore[arg-type]
        return [message["text"] for message in answer["messages"]]

    assert await texts() == ["3", "2", "1", "0"]
    assert await texts(oldest=stamps[1]) == ["3", "2"]
    assert await texts(oldest=stamps[1], inclusive=True) == ["3", "2", "1"]
    assert await texts(latest=stamps[1]) == ["0"]
    assert await texts(limit=1) == ["3"]
    first = await client.conversations_history(channel=general, limit=3)
    cursor = first["response_metadata"]["next_cursor"]
    assert first["has_more"] is True
    assert await texts(cursor=cursor) == ["0"]


async def test_history_of_a_channel_needs_the_scope_of_its_kind(
    slack: Playground, client: AsyncWebClient, general: str
) -> None:
    slack.installation().scopes = "im:history"
    answer = await refused(client.conversations_history(channel=general))
    assert (answer["error"], answer["needed"]) == ("missing_scope", "channels:history")


async def test_a_distributed_app_reads_15_messages_once_a_minute() -> None:
    clock = Clock(frozen_at=1_763_633_000)
    async with Playground.start(clock=clock) as slack:
        slack.add_company(team_id="T1", distributed=True)
        client, general = client_of(slack), slack.state.find_channel("T1", "general").id
        for n in range(16):
            await slack.person("person1").write(str(n), channel="general")
        answer = await client.conversations_history(channel=general)
        assert (len(answer["messages"]), answer["has_more"]) == (15, True)
        again = await refused(client.conversations_history(channel=general))
        assert again["error"] == "ratelimited"
        clock.advance(60)
        assert (await client.conversations_history(channel=general))["ok"]


async def test_a_message_can_be_written_in_markdown(client: AsyncWebClient, general: str) -> None:
    posted = await client.chat_postMessage(channel=general, markdown_text="**bold**")
    assert posted["message"]["blocks"][0]["type"] == "markdown"
    for words, error in (
        ({"markdown_text": "a", "text": "b"}, "markdown_text_conflict"),
        ({"markdown_text": "x" * 12_001}, "msg_too_long"),
    ):
        answer = await refused(
            client.api_call("chat.postMessage", json={"channel": general, **words})
        )
        assert answer["error"] == error
