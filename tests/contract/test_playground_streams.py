"""Messages that grow in the simulated Slack, with the SDK's own helper and against the rules."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import (
    ContextActionsBlock,
    FeedbackButtonObject,
    FeedbackButtonsElement,
)
from slack_sdk.models.messages.chunk import MarkdownTextChunk, PlanUpdateChunk, TaskUpdateChunk
from slack_sdk.web.async_client import AsyncWebClient

from playground import streams
from playground.clock import Clock
from playground.people import Person
from playground.records import Message
from playground.server import Playground
from playground.validation import problems
from tests.contract.playground_support import SECTION, Json, client_of, refused, said, socket_bolt


@pytest.fixture
async def slack() -> AsyncIterator[Playground]:
    async with Playground.start(clock=Clock(frozen_at=1_763_633_000), limits=False) as playground:
        playground.add_company(team_id="T1")
        yield playground


@pytest.fixture
def client(slack: Playground) -> AsyncWebClient:
    return client_of(slack)


@pytest.fixture
def person(slack: Playground) -> Person:
    return slack.person("person1")


@pytest.fixture
def asked(slack: Playground) -> Message:
    """The question in the direct messages that the stream answers."""
    return said(slack, "person1", "why?")


def feedback() -> ContextActionsBlock:
    buttons = FeedbackButtonsElement(
        action_id="feedback",
        positive_button=FeedbackButtonObject(text="Good", value="good"),
        negative_button=FeedbackButtonObject(text="Bad", value="bad"),
    )
    return ContextActionsBlock(elements=[buttons])


async def test_the_sdks_helper_streams_an_answer_and_asks_how_it_was(
    slack: Playground, client: AsyncWebClient, person: Person, asked: Message
) -> None:
    stream = await client.chat_stream(
        channel=asked.channel,
        thread_ts=asked.ts,
        recipient_team_id="T1",
        recipient_user_id=person.id,
        buffer_size=10,
    )
    await stream.append(markdown_text="**Because** it ")
    [_, message] = person.messages
    assert (message.text, message.thread_ts) == ("**Because** it ", asked.ts)
    assert streams.state_of(message, slack.clock.now()) == "in_progress"
    await stream.append(markdown_text="is so, mostly.")
    await stream.stop(blocks=[feedback()])
    assert streams.state_of(message, slack.clock.now()) == "completed"
    assert message.text == "**Because** it is so, mostly."
    assert [block["type"] for block in message.blocks] == ["markdown", "context_actions"]
    clicks: list[Json] = []
    async with socket_bolt(slack) as bolt:

        @bolt.action("feedback")
        async def judged(ack: Any, body: Json) -> None:
            clicks.append(body["actions"][0])
            await ack()

        assert (await person.click(message, "feedback", "bad")).ok
        with pytest.raises(LookupError):
            await person.click(message, "feedback", "so-so")
    assert (clicks[0]["type"], clicks[0]["value"]) == ("feedback_buttons", "bad")


async def test_tasks_change_in_place_and_their_details_grow(
    client: AsyncWebClient, person: Person, asked: Message
) -> None:
    stream = await client.chat_stream(channel=asked.channel, thread_ts=asked.ts)
    await stream.append(
        chunks=[
            MarkdownTextChunk(text="Looking."),
            TaskUpdateChunk(id="1", title="Look", status="in_progress", details="one "),
        ]
    )
    task = TaskUpdateChunk(
        id="1", title="Looked", status="complete", details="two", output="Found it"
    )
    await stream.append(chunks=[task])
    [_, message] = person.messages
    [text, card] = message.blocks
    assert text["text"] == "Looking."
    assert (card["task_id"], card["title"], card["status"]) == ("1", "Looked", "complete")
    assert card["details"]["elements"][0]["elements"][0]["text"] == "one two"
    stopped = await stream.stop(chunks=[{"type": "blocks", "blocks": [SECTION]}])
    kinds = [block["type"] for block in stopped["message"]["blocks"]]
    assert kinds == ["markdown", "task_card", "section"]


async def test_a_plan_holds_the_tasks_if_it_is_shown_as_one(
    client: AsyncWebClient, person: Person, asked: Message
) -> None:
    stream = await client.chat_stream(
        channel=asked.channel, thread_ts=asked.ts, task_display_mode="plan"
    )
    await stream.append(
        chunks=[
            PlanUpdateChunk(title="How I look"),
            TaskUpdateChunk(
                id="1",
                title="Look",
                status="pending",
                sources=[{"type": "url", "url": "https://example.com", "text": "There"}],
            ),
        ]
    )
    [_, message] = person.messages
    [plan] = message.blocks
    assert (plan["type"], plan["title"]) == ("plan", "How I look")
    assert [task["task_id"] for task in plan["tasks"]] == ["1"]


def started(client: AsyncWebClient, asked: Message, **more: Any) -> Any:
    words: Json = {"channel": asked.channel, "thread_ts": asked.ts, "markdown_text": "a"} | more
    return client.chat_startStream(**words)


async def test_a_stream_dies_after_five_minutes_and_the_message_can_be_updated_then(
    slack: Playground, client: AsyncWebClient, person: Person, asked: Message
) -> None:
    ts = (await started(client, asked))["ts"]
    place = {"channel": asked.channel, "ts": ts}
    slack.clock.advance(299)
    await client.chat_appendStream(markdown_text="b", **place)
    early = await refused(client.chat_update(text="c", **place))
    assert early["error"] == "streaming_state_conflict"
    slack.clock.advance(2)
    for call in (client.chat_appendStream, client.chat_stopStream):
        dead = await refused(call(markdown_text="c", **place))  # type: ignore[operator]
        assert dead["error"] == "message_not_in_streaming_state"
    assert streams.state_of(person.messages[-1], slack.clock.now()) == "expired"
    await client.chat_update(text="abc", **place)
    assert person.messages[-1].text == "abc"


async def test_in_a_channel_a_stream_needs_to_know_for_whom(
    slack: Playground, client: AsyncWebClient, person: Person
) -> None:
    asked = said(slack, "person1", "why?", channel="general")
    for more, error in (
        ({}, "missing_recipient_team_id"),
        ({"recipient_team_id": "T1"}, "missing_recipient_user_id"),
        ({"recipient_team_id": "T1", "recipient_user_id": "U404"}, "user_not_found"),
    ):
        assert (await refused(started(client, asked, **more)))["error"] == error
    answer = await started(client, asked, recipient_team_id="T1", recipient_user_id=person.id)
    assert slack.state.thread(asked)[0].ts == answer["ts"]


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"thread_ts": ""}, "invalid_arguments"),
        ({"thread_ts": "1"}, "invalid_thread_ts"),
        ({"chunks": [{"type": "markdown_text", "text": "b"}]}, "cannot_provide_both_markdown_text_and_chunks"),
        ({"markdown_text": "x" * 12_001}, "msg_too_long"),
        ({"task_display_mode": "pile"}, "invalid_arguments"),
    ],
)  # fmt: skip
async def test_a_bad_start_is_refused(
    client: AsyncWebClient, asked: Message, more: Json, error: str
) -> None:
    assert (await refused(started(client, asked, **more)))["error"] == error


@pytest.mark.parametrize(
    "chunk",
    [
        {"type": "music"},
        {"type": "markdown_text", "text": 1},
        {"type": "task_update", "id": "1", "title": "x", "status": "lost"},
        {"type": "task_update", "id": "1", "title": "x" * 257, "status": "complete"},
        {"type": "task_update", "id": "1", "title": "x", "status": "complete", "output": "x" * 257},
        {"type": "task_update", "id": "1", "title": "x", "status": "complete", "mood": "fine"},
        {"type": "task_update", "id": "1", "title": "x", "status": "complete", "sources": [{}]},
        {"type": "plan_update", "title": ""},
        {"type": "blocks", "blocks": []},
        "text",
    ],
)
async def test_a_bad_chunk_is_refused(client: AsyncWebClient, asked: Message, chunk: Any) -> None:
    answer = await refused(started(client, asked, markdown_text=None, chunks=[chunk]))
    assert answer["error"] == "invalid_chunks"


async def test_what_is_added_must_fit_what_was_begun(
    slack: Playground, client: AsyncWebClient, asked: Message, person: Person
) -> None:
    place = {"channel": asked.channel, "ts": (await started(client, asked))["ts"]}
    append, stop = client.chat_appendStream, client.chat_stopStream

    async def error(call: Any) -> str:
        return str((await refused(call))["error"])

    chunk = {"type": "markdown_text", "text": "b"}
    assert await error(append(chunks=[chunk], **place)) == "streaming_mode_mismatch"
    assert await error(append(markdown_text="", **place)) == "markdown_text_or_chunks_required"
    assert await error(stop(session_status="tired", **place)) == "invalid_arguments"
    assert await error(stop(blocks=[{"type": "no"}], **place)) == "invalid_blocks"
    theirs: Json = {"channel": asked.channel, "ts": asked.ts}
    assert await error(append(markdown_text="b", **theirs)) == "message_not_owned_by_app"
    await stop(metadata={"event_type": "x", "event_payload": {}}, **place)
    assert person.messages[-1].metadata is not None
    assert await error(stop(**place)) == "message_not_in_streaming_state"
    posted = await client.chat_postMessage(channel=asked.channel, text="x")
    plain = {"channel": asked.channel, "ts": posted["ts"]}
    assert await error(append(markdown_text="b", **plain)) == "message_not_in_streaming_state"
    empty = await client.chat_startStream(channel=asked.channel, thread_ts=asked.ts)
    assert await error(stop(channel=asked.channel, ts=empty["ts"])) == "no_text"


async def test_a_person_stops_the_agent(
    slack: Playground, client: AsyncWebClient, asked: Message, person: Person
) -> None:
    seen: list[Json] = []
    answer = await client.agents_sessions_setStatus(
        channel_id=asked.channel, thread_ts=asked.ts, status="processing", title="Why"
    )
    assert "warning" not in answer.data
    ts = (await started(client, asked))["ts"]
    async with socket_bolt(slack) as bolt:

        @bolt.event("agent_session_stopped")
        async def stopped(event: Json) -> None:
            seen.append(event)

        await person.stop_agent(asked)
    assert (seen[0]["streaming_message_ts"], seen[0]["thread_ts"]) == ([ts], asked.ts)
    place = {"channel": asked.channel, "ts": ts}
    over = await refused(client.chat_appendStream(markdown_text="b", **place))
    assert over["error"] == "stopped_by_user"
    await client.chat_stopStream(session_status="closed", **place)
    thread = slack.state.agents.of("T1", asked.channel, asked.ts)
    assert (thread.session, thread.title) == ("closed", "Why")


async def test_streams_start_20_times_a_minute() -> None:
    async with Playground.start(clock=Clock(frozen_at=1_763_633_000)) as slack:
        slack.add_company(team_id="T1")
        asked = said(slack, "person1", "why?")
        client = client_of(slack)
        for _ in range(10):
            await started(client, asked)
        assert (await refused(started(client, asked)))["error"] == "ratelimited"
        slack.clock.advance(3)
        await started(client, asked)


async def test_the_page_hears_when_a_stream_dies(
    slack: Playground, client: AsyncWebClient, asked: Message, person: Person
) -> None:
    ts = (await started(client, asked))["ts"]
    with slack.feed.subscribe() as changes:
        slack.clock.advance(301)
        async with asyncio.timeout(10):
            while (change := await changes.get()).kind != "message.streamed":
                pass
    assert change.data["ts"] == ts


async def test_a_refused_chunk_changes_nothing(
    client: AsyncWebClient, asked: Message, person: Person
) -> None:
    begun = await client.chat_startStream(channel=asked.channel, thread_ts=asked.ts)
    place = {"channel": asked.channel, "ts": begun["ts"]}
    chunks = [{"type": "markdown_text", "text": text} for text in ("a", "x" * 12_001)]
    answer = await refused(client.chat_appendStream(chunks=chunks, **place))  # type: ignore[arg-type]
    assert answer["error"] == "msg_too_long"
    many = [{"type": "blocks", "blocks": [SECTION] * 26} for _ in range(2)]
    answer = await refused(client.chat_appendStream(chunks=many, **place))  # type: ignore[arg-type]
    assert answer["error"] == "msg_blocks_too_many"
    assert person.messages[-1].blocks == []
    await client.chat_stopStream(markdown_text="text, after all", **place)
    assert person.messages[-1].text == "text, after all"


short = st.text(min_size=1, max_size=20)
tasks = st.builds(
    lambda name, title, status, details: {
        "type": "task_update",
        "id": str(name),
        "title": title,
        "status": status,
        "details": details,
    },
    st.integers(1, 4),
    short,
    st.sampled_from(["in_progress", "complete", "error"]),
    short,
)
words = st.builds(lambda text: {"type": "markdown_text", "text": text}, short)


@given(
    st.lists(st.lists(st.one_of(words, tasks), max_size=4), max_size=8),
    st.sampled_from(streams.DISPLAYS),
)
def test_however_chunks_come_the_message_is_sound_and_nothing_is_lost(
    calls: list[list[Json]], display: str
) -> None:
    stream = streams.begin(display, "U1", at=0)
    for chunks in calls:
        streams.add_chunks(stream, chunks)
    came = [chunk for chunks in calls for chunk in chunks]
    texts = "".join(one["text"] for one in came if one["type"] == "markdown_text")
    assert streams.text_of(stream).replace("\n", "") == texts.replace("\n", "")
    shown = {one["task_id"]: one for one in _tasks(stream["parts"])}
    last = {one["id"]: one for one in came if one["type"] == "task_update"}
    assert {name: one["title"] for name, one in shown.items()} == {
        name: one["title"] for name, one in last.items()
    }
    if stream["parts"]:
        assert problems({"blocks": stream["parts"]}, surface="message") == []


def _tasks(parts: list[Json]) -> list[Json]:
    inside = [task for part in parts for task in part.get("tasks", [])]
    return [*inside, *(part for part in parts if part["type"] == "task_card")]
