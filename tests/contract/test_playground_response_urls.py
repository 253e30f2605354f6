"""Response URLs: five uses in half an hour, as strict as a post."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.webhook.async_client import AsyncWebhookClient

from playground.clock import Clock
from playground.people import Person
from playground.records import Message
from playground.server import Playground
from tests.contract.playground_support import (
    Json,
    actions,
    button,
    client_of,
    plain,
    socket_bolt,
)


@pytest.fixture
def clock() -> Clock:
    return Clock(frozen_at=1_763_633_000)


@pytest.fixture
async def slack(clock: Clock) -> AsyncIterator[Playground]:
    async with Playground.start(clock=clock, limits=False) as playground:
        playground.add_company(team_id="T1")
        yield playground


@pytest.fixture
async def bolt(slack: Playground) -> AsyncIterator[AsyncApp]:
    async with socket_bolt(slack) as app:
        yield app


@pytest.fixture
def person(slack: Playground) -> Person:
    return slack.person("person1")


@pytest.fixture
def bodies(bolt: AsyncApp) -> list[Json]:
    """Everything that arrives from messages, acknowledged."""
    seen: list[Json] = []

    @bolt.action(re.compile(""))
    async def acted(ack: Any, body: Json) -> None:
        seen.append(body)
        await ack()

    return seen


async def posted(slack: Playground, person: Person, *blocks: Json) -> Message:
    await client_of(slack).chat_postMessage(channel=person.id, text="?", blocks=list(blocks))
    return person.messages[-1]


async def webhook(slack: Playground, person: Person, message: Message) -> AsyncWebhookClient:
    done = await person.click(message, "yes")
    return AsyncWebhookClient(done.response_url, retry_handlers=[])


async def test_a_response_url_replaces_and_deletes_its_message(
    slack: Playground, person: Person, bodies: list[Json]
) -> None:
    message = await posted(slack, person, actions(button("yes")))
    hook = await webhook(slack, person, message)
    answer = await hook.send(text="thanks", replace_original=True)
    assert (answer.status_code, answer.body) == (200, "ok")
    assert [one.text for one in person.messages] == ["thanks"]
    await hook.send(delete_original=True)
    assert person.messages == []
    assert (await hook.send(text="x", replace_original=True)).status_code == 400


async def test_a_response_url_adds_a_message_for_one_or_for_all(
    slack: Playground, person: Person, bodies: list[Json]
) -> None:
    message = await posted(slack, person, actions(button("yes")))
    hook = await webhook(slack, person, message)
    await hook.send(text="for you")
    await hook.send(text="for all", response_type="in_channel")
    assert [one.text for one in person.ephemerals] == ["for you"]
    assert [one.text for one in person.messages] == ["?", "for all"]


async def test_an_ephemeral_message_can_be_clicked_and_replaced(
    slack: Playground, person: Person, bodies: list[Json]
) -> None:
    message = await posted(slack, person, actions(button("yes")))
    hook = await webhook(slack, person, message)
    await hook.send(text="sure?", blocks=[actions(button("yes"))])
    hook = await webhook(slack, person, person.ephemerals[0])
    assert "message" not in bodies[1]
    assert bodies[1]["container"]["is_ephemeral"] is True
    await hook.send(text="done", replace_original=True)
    assert [one.text for one in person.ephemerals] == ["done"]
    await hook.send(delete_original=True)
    assert person.ephemerals == []


async def test_a_response_url_works_five_times_within_half_an_hour(
    slack: Playground, person: Person, bodies: list[Json], clock: Clock
) -> None:
    message = await posted(slack, person, actions(button("yes")))
    hook = await webhook(slack, person, message)
    statuses = [(await hook.send(text="x")).status_code for _ in range(6)]
    assert statuses == [200] * 5 + [404]
    hook = await webhook(slack, person, message)
    clock.advance(30 * 60 + 1)
    late = await hook.send(text="x")
    assert (late.status_code, '"expired_url"' in late.body) == (404, True)


async def test_a_response_url_is_as_strict_as_a_post(
    slack: Playground, person: Person, bodies: list[Json]
) -> None:
    message = await posted(slack, person, actions(button("yes")))
    hook = await webhook(slack, person, message)
    header = {"type": "header", "text": plain("x" * 151)}
    answer = await hook.send(text="x", blocks=[header])
    assert answer.status_code == 400
    assert "json-pointer:/blocks/0/text/text" in answer.body
    assert "no_text" in (await hook.send(text="")).body
    unknown = AsyncWebhookClient(f"{slack.page_url}response/T1/unknown")
    assert (await unknown.send(text="x")).status_code == 404
    async with aiohttp.ClientSession(trust_env=False) as session:
        done = await person.click(message, "yes")
        nonsense = await session.post(done.response_url, data=b"[")
        assert nonsense.status == 400


@pytest.mark.parametrize(
    ("kind", "shown"), [("http_500", []), ("reset", []), ("timeout_after", ["x"])]
)
async def test_a_response_url_can_fail_too(
    slack: Playground, person: Person, bodies: list[Json], clock: Clock, kind: str, shown: list[str]
) -> None:
    message = await posted(slack, person, actions(button("yes")))
    hook = await webhook(slack, person, message)
    slack.fail(kind, "response_url", seconds=0)
    if kind == "http_500":
        assert (await hook.send(text="x")).status_code == 500
    else:
        with pytest.raises(aiohttp.ClientError):
            await hook.send(text="x")
    assert [one.text for one in person.ephemerals] == shown


async def test_an_answer_can_go_into_the_thread(
    slack: Playground, person: Person, bodies: list[Json]
) -> None:
    message = await posted(slack, person, actions(button("yes")))
    url = await webhook(slack, person, message)
    answer = {"text": "here", "thread_ts": message.ts, "response_type": "in_channel"}
    assert (await url.send_dict({"replace_original": False, **answer})).status_code == 200
    assert [one.text for one in slack.state.thread(message)] == ["here"]
