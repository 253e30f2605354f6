"""What an agent shows beside its messages in the simulated Slack."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from playground.clock import Clock
from playground.people import Person
from playground.records import App, Message
from playground.server import Playground
from tests.contract.playground_support import Json, client_of, refused, said, socket_bolt

PROMPTS = [{"title": "My week", "message": "How was my week?"}]


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
def app(slack: Playground) -> App:
    return slack.state.apps[slack.installation().app_id]


@pytest.fixture
def asked(slack: Playground) -> Message:
    return said(slack, "person1", "why?")


def place(asked: Message) -> dict[str, Any]:
    return {"channel_id": asked.channel, "thread_ts": asked.ts}


async def test_a_status_stays_until_the_answer_or_for_two_minutes(
    slack: Playground, client: AsyncWebClient, asked: Message
) -> None:
    def shown() -> str:
        return slack.state.agents.status_of("T1", asked.channel, asked.ts)

    await client.assistant_threads_setStatus(
        status="is thinking…", loading_messages=["Counting", "Guessing"], **place(asked)
    )
    assert shown() == "is thinking…"
    await client.chat_postMessage(channel=asked.channel, text="So.", thread_ts=asked.ts)
    assert shown() == ""
    await client.assistant_threads_setStatus(status="is thinking…", **place(asked))
    slack.clock.advance(121)
    assert shown() == ""
    await client.assistant_threads_setStatus(status="is thinking…", **place(asked))
    await client.assistant_threads_setStatus(status="", **place(asked))
    assert shown() == ""


async def test_a_thread_gets_a_title(
    slack: Playground, client: AsyncWebClient, asked: Message
) -> None:
    await client.assistant_threads_setTitle(title="Why", **place(asked))
    assert slack.state.agents.threads("T1", asked.channel)[0].title == "Why"


async def test_opening_the_messages_tab_brings_prompts_that_a_person_can_send(
    slack: Playground, client: AsyncWebClient, person: Person
) -> None:
    heard: list[str] = []
    async with socket_bolt(slack) as bolt:

        @bolt.event("app_home_opened")
        async def opened(event: Json, client: AsyncWebClient) -> None:
            assert event["tab"] == "messages"
            await client.assistant_threads_setSuggestedPrompts(
                channel_id=event["channel"], prompts=PROMPTS, title="Ask me"
            )

        @bolt.event("message")
        async def told(event: Json) -> None:
            heard.append(event["text"])

        await person.open_home("messages")
        assert person.prompts == PROMPTS
        await person.choose_prompt("My week")
        with pytest.raises(LookupError, match="is not suggested"):
            await person.choose_prompt("My year")
    assert heard == ["How was my week?"]


async def test_for_an_agent_prompts_in_a_thread_are_passed_over(
    client: AsyncWebClient, person: Person, asked: Message
) -> None:
    await client.assistant_threads_setSuggestedPrompts(prompts=PROMPTS, **place(asked))
    assert person.prompts == []


async def test_an_agent_hears_where_a_person_is(slack: Playground, person: Person) -> None:
    seen: list[Json] = []
    async with socket_bolt(slack) as bolt:

        @bolt.event("app_context_changed")
        async def moved(event: Json) -> None:
            seen.append(event)

        await person.look_at("general")
    general = slack.state.find_channel("T1", "general").id
    assert seen[0]["context"]["entities"] == [
        {"type": "slack#/types/channel_id", "value": general, "team_id": "T1"}
    ]


async def test_what_makes_no_sense_is_refused(
    slack: Playground, client: AsyncWebClient, asked: Message, app: App
) -> None:
    async def error(call: Any) -> str:
        return str((await refused(call))["error"])

    nowhere: Json = {"channel_id": asked.channel, "thread_ts": "1763633000.999999"}
    elsewhere: Json = {"channel_id": "C404", "thread_ts": asked.ts}
    here = place(asked)
    suggest, status = (
        client.assistant_threads_setSuggestedPrompts,
        client.assistant_threads_setStatus,
    )
    session = client.agents_sessions_setStatus
    foreign = slack.state.add_channel("T1", "foreign").id
    assert await error(status(status="x", **nowhere)) == "invalid_thread_ts"
    assert await error(status(status="x", **elsewhere)) == "channel_not_found"
    assert (
        await error(status(status="x", channel_id=foreign, thread_ts="1.0")) == "channel_not_found"
    )
    assert (
        await error(status(status="x", loading_messages=["."] * 11, **here)) == "invalid_arguments"
    )
    assert (
        await error(client.api_call("assistant.threads.setStatus", json=here))
        == "invalid_arguments"
    )
    five = [{"title": f"{n}", "message": "m"} for n in range(5)]
    for prompts in ([], five, [{"title": "x"}]):
        assert (
            await error(suggest(channel_id=asked.channel, prompts=prompts)) == "invalid_arguments"
        )
    assert await error(session(channel_id=asked.channel, status="active")) == "thread_ts_required"
    assert await error(session(status="tired", **here)) == "invalid_status"
    app.agent_view = False
    assert await error(suggest(channel_id=asked.channel, prompts=PROMPTS)) == "not_agent_app"
    app.events.remove("agent_session_stopped")
    warned = await session(status="processing", **here)
    assert warned["warning"] == "missing_agent_session_stopped_event_subscription"


async def test_nobody_can_write_to_an_app_whose_messages_tab_is_read_only(
    person: Person, app: App
) -> None:
    app.messages_tab_read_only = True
    with pytest.raises(LookupError, match="takes no messages"):
        await person.write("hello?")


async def test_threads_prompts_and_streams_survive_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "slack.sqlite"
    async with Playground.start(path=path) as slack:
        slack.add_company(team_id="T1")
        client = client_of(slack)
        asked = said(slack, "person1", "why?")
        await client.assistant_threads_setSuggestedPrompts(
            channel_id=asked.channel, prompts=PROMPTS
        )
        started = await client.chat_startStream(channel=asked.channel, thread_ts=asked.ts)
    async with Playground.start(path=path) as slack:
        client, person = client_of(slack), slack.person("person1")
        assert person.prompts == PROMPTS
        await client.chat_stopStream(channel=asked.channel, ts=started["ts"], markdown_text="So.")
        parent = person.messages[0]
        assert [one.text for one in slack.state.thread(parent)] == ["So."]


async def test_the_page_hears_when_a_status_fades(
    slack: Playground, client: AsyncWebClient, asked: Message
) -> None:
    await client.assistant_threads_setStatus(status="is thinking…", **place(asked))
    with slack.feed.subscribe() as changes:
        slack.clock.advance(121)
        async with asyncio.timeout(10):
            while (await changes.get()).kind != "agent.changed":
                pass
    assert slack.state.agents.of("T1", asked.channel, asked.ts).status == ""
