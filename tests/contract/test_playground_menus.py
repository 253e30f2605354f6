"""Menus in the simulated Slack that ask the app for options, and buttons inside newer blocks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp

from playground.clock import Clock
from playground.people import Person
from playground.server import Playground
from tests.contract.playground_support import (
    Json,
    actions,
    button,
    client_of,
    http_bolt,
    modal,
    options,
    plain,
    socket_bolt,
)

MENU: Json = {"type": "external_select", "action_id": "who", "min_query_length": 2}


@pytest.fixture
async def slack() -> AsyncIterator[Playground]:
    async with Playground.start(clock=Clock(frozen_at=1_763_633_000), limits=False) as playground:
        playground.add_company(team_id="T1")
        yield playground


@pytest.fixture
def person(slack: Playground) -> Person:
    return slack.person("person1")


async def posted(slack: Playground, person: Person, *blocks: Json) -> Any:
    await client_of(slack).chat_postMessage(channel=person.id, text="?", blocks=list(blocks))
    return person.messages[-1]


@pytest.mark.parametrize("way", [socket_bolt, http_bolt])
async def test_the_app_offers_what_fits_the_words(
    slack: Playground,
    person: Person,
    way: Callable[[Playground], AbstractAsyncContextManager[AsyncApp]],
) -> None:
    message, asked, chosen = await posted(slack, person, actions(MENU)), [], []
    async with way(slack) as bolt:

        @bolt.options("who")
        async def offer(ack: Any, payload: Json) -> None:
            asked.append(payload)
            await ack(options=options("ann", "anna"))

        @bolt.action("who")
        async def picked(ack: Any, body: Json) -> None:
            chosen.append(body["actions"][0]["selected_option"])
            await ack()

        offered = await person.look_up(message, "who", "an")
        assert (await person.click(message, "who", offered[1])).ok
    assert (asked[0]["value"], asked[0]["block_id"]) == ("an", "part:7:answer")
    assert asked[0]["container"]["message_ts"] == message.ts
    assert chosen == [{"text": plain("Anna"), "value": "anna"}]


async def test_a_menu_in_a_modal_may_offer_groups(slack: Playground, person: Person) -> None:
    asked: list[Json] = []
    block = {"type": "input", "block_id": "b", "label": plain("Who?"), "element": MENU}
    async with socket_bolt(slack) as bolt:

        @bolt.command("/copilot")
        async def open_it(ack: Any, body: Json, client: Any) -> None:
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=modal(block))

        @bolt.options("who")
        async def offer(ack: Any, body: Json) -> None:
            asked.append(body)
            await ack(option_groups=[{"label": plain("A"), "options": options("ann")}])

        await person.command("/copilot")
        assert person.modal is not None
        offered = await person.look_up(person.modal, "who", "an")
    assert [one["value"] for one in offered] == ["ann"]
    assert asked[0]["view"]["id"] == person.modal.id
    assert asked[0]["container"] == {"type": "view", "view_id": person.modal.id}


async def test_nothing_is_asked_for_too_few_words_and_nonsense_is_not_shown(
    slack: Playground, person: Person
) -> None:
    message = await posted(slack, person, actions(MENU))
    with pytest.raises(LookupError, match="waits for 2 characters"):
        await person.look_up(message, "who", "a")
    with pytest.raises(LookupError, match="did not answer"):
        await person.look_up(message, "who", "an")
    async with socket_bolt(slack) as bolt:

        @bolt.options("who")
        async def offer(ack: Any) -> None:
            await ack(options=[{"text": plain("x" * 76), "value": "1"}])

        with pytest.raises(LookupError, match="not sound"):
            await person.look_up(message, "who", "an")


async def test_menus_can_have_an_address_of_their_own(slack: Playground, person: Person) -> None:
    message = await posted(slack, person, actions(MENU))
    async with http_bolt(slack) as bolt:

        @bolt.options("who")
        async def offer(ack: Any) -> None:
            await ack(options=options("ann"))

        app = slack.state.apps[slack.installation().app_id]
        app.options_url, app.request_url = app.request_url, "http://127.0.0.1:9/"
        assert len(await person.look_up(message, "who", "an")) == 1


CARD: Json = {"type": "card", "block_id": "c1", "title": plain("A"), "actions": [button("open")]}
ICON: Json = {
    "type": "icon_button",
    "action_id": "drop",
    "icon": "trash",
    "text": plain("Delete"),
    "value": "7",
}


@pytest.mark.parametrize(
    ("block", "action_id", "block_id"),
    [
        (CARD, "open", "c1"),
        ({"type": "carousel", "block_id": "all", "elements": [CARD]}, "open", "c1"),
        (
            {
                "type": "container",
                "title": plain("More"),
                "child_blocks": [actions(button("open"), block_id="inner")],
            },
            "open",
            "inner",
        ),
        ({"type": "context_actions", "block_id": "foot", "elements": [ICON]}, "drop", "foot"),
    ],
)
async def test_what_is_inside_other_blocks_can_be_used(
    slack: Playground, person: Person, block: Json, action_id: str, block_id: str
) -> None:
    message, seen = await posted(slack, person, block), []
    async with socket_bolt(slack) as bolt:

        @bolt.action(action_id)
        async def clicked(ack: Any, body: Json) -> None:
            seen.append(body["actions"][0])
            await ack()

        assert (await person.click(message, action_id)).ok
    assert (seen[0]["block_id"], seen[0]["value"]) == (block_id, "7")
