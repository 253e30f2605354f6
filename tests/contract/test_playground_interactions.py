"""What people do in the simulated Slack reaches Bolt as real Slack sends it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp

from playground.clock import Clock
from playground.people import Person
from playground.records import Message
from playground.server import Playground
from tests.contract.playground_support import (
    Json,
    actions,
    button,
    client_of,
    options,
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


async def test_a_click_carries_what_slack_sends(
    slack: Playground, person: Person, bodies: list[Json]
) -> None:
    message = await posted(slack, person, actions(button("yes", "7"), button("no", "7")))
    done = await person.click(message, "yes")
    [body] = bodies
    bot = slack.installation()
    assert done.ok
    assert body["type"] == "block_actions"
    assert body["user"] == {
        "id": person.id,
        "username": "person1",
        "name": "person1",
        "team_id": "T1",
    }
    assert body["team"] == {"id": "T1", "domain": "acme"}
    assert body["api_app_id"] == bot.app_id
    assert body["container"] == {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": False,
    }
    assert body["channel"] == {"id": message.channel, "name": "directmessage"}
    assert body["message"]["bot_id"] == bot.bot_id
    assert body["response_url"].startswith(slack.page_url)
    [action] = body["actions"]
    assert action["action_ts"] == "1763633000.000000"
    assert {key: action[key] for key in ("type", "action_id", "block_id", "value")} == {
        "type": "button",
        "action_id": "yes",
        "block_id": "part:7:answer",
        "value": "7",
    }


CHOICES: list[tuple[Json, Any, Json]] = [
    (
        {"type": "static_select", "options": options("cursor", "devin")},
        "devin",
        {"selected_option": options("devin")[0]},
    ),
    (
        {"type": "overflow", "options": options("day", "week")},
        "week",
        {"selected_option": options("week")[0]},
    ),
    (
        {"type": "radio_buttons", "options": options("on", "off")},
        "off",
        {"selected_option": options("off")[0]},
    ),
    (
        {"type": "checkboxes", "options": options("a", "b", "c")},
        ["a", "c"],
        {"selected_options": options("a", "c")},
    ),
    (
        {"type": "multi_users_select", "placeholder": plain("Who")},
        ["U1", "U2"],
        {"selected_users": ["U1", "U2"]},
    ),
    ({"type": "users_select", "placeholder": plain("Who")}, "U1", {"selected_user": "U1"}),
    (
        {"type": "conversations_select", "placeholder": plain("Where")},
        "C1",
        {"selected_conversation": "C1"},
    ),
    ({"type": "channels_select"}, "C1", {"selected_channel": "C1"}),
    ({"type": "timepicker"}, "09:30", {"selected_time": "09:30"}),
    ({"type": "datepicker"}, "2026-11-20", {"selected_date": "2026-11-20"}),
    ({"type": "datetimepicker"}, 1763633000, {"selected_date_time": 1763633000}),
]


@pytest.mark.parametrize(
    ("element", "choice", "expected"), CHOICES, ids=[one[0]["type"] for one in CHOICES]
)
async def test_every_kind_of_element_sends_what_was_chosen(
    slack: Playground,
    person: Person,
    bodies: list[Json],
    element: Json,
    choice: Any,
    expected: Json,
) -> None:
    named = {**element, "action_id": "x"}
    section = {"type": "section", "text": plain("?"), "accessory": named}
    beside_text = element["type"].startswith("multi_")
    message = await posted(slack, person, section if beside_text else actions(named))
    assert (await person.click(message, "x", choice)).ok
    [body] = bodies
    assert expected.items() <= body["actions"][0].items()
    held = [slot["x"] for slot in body["state"]["values"].values()]
    kept = [] if element["type"] == "overflow" else [{"type": element["type"], **expected}]
    assert held == kept


async def test_the_state_remembers_what_was_chosen_before(
    slack: Playground, person: Person, bodies: list[Json]
) -> None:
    select = {"type": "static_select", "action_id": "tool", "options": options("a", "b")}
    blocks = actions({**select, "initial_option": options("a")[0]}, button("send"))
    message = await posted(slack, person, blocks)
    await person.click(message, "send")
    await person.click(message, "tool", "b")
    await person.click(message, "send")
    held = [body["state"]["values"]["part:7:answer"]["tool"] for body in bodies]
    assert [one["selected_option"]["value"] for one in held] == ["a", "b", "b"]


async def test_what_a_message_does_not_offer_can_only_be_forged(
    slack: Playground, person: Person, bodies: list[Json]
) -> None:
    select = {"type": "static_select", "action_id": "tool", "options": options("a", "b")}
    message = await posted(slack, person, actions(button("yes"), select))
    with pytest.raises(LookupError):
        await person.click(message, "gone")
    with pytest.raises(LookupError):
        await person.click(message, "tool", "z")
    with pytest.raises(LookupError):
        await person.click(message, "yes", "999")
    await person.click(message, "gone", "999", forged=True)
    await person.click(message, "tool", "z", forged=True)
    assert bodies[0]["actions"][0]["value"] == "999"
    assert bodies[1]["actions"][0]["selected_option"]["value"] == "z"


async def test_a_buttons_value_tells_twins_apart(
    slack: Playground, person: Person, bodies: list[Json]
) -> None:
    blocks = [
        actions(button("yes", "7"), block_id="one"),
        actions(button("yes", "8"), block_id="two"),
    ]
    message = await posted(slack, person, *blocks)
    with pytest.raises(LookupError):
        await person.click(message, "yes")
    await person.click(message, "yes", "8")
    await person.click(message, "yes", block_id="one")
    assert [body["actions"][0]["value"] for body in bodies] == ["8", "7"]


async def test_an_app_that_fails_shows_the_person_an_error(
    slack: Playground, bolt: AsyncApp, person: Person, clock: Clock
) -> None:
    @bolt.action("yes")
    async def fails() -> None:
        clock.advance(3)
        raise ValueError

    message = await posted(slack, person, actions(button("yes")))
    done = await person.click(message, "yes")
    assert (done.ok, done.error) == (False, "timeout")
    assert person.notices == ["Hunch did not respond (timeout)."]


async def test_a_command_carries_its_text_and_answers_in_its_acknowledgement(
    slack: Playground, bolt: AsyncApp, person: Person
) -> None:
    seen: list[Json] = []

    @bolt.command("/copilot")
    async def commanded(ack: Any, command: Json) -> None:
        seen.append(command)
        await ack("Here you are")

    done = await person.command("/copilot", "mystats", channel="general")
    assert done.ok
    assert (seen[0]["text"], seen[0]["channel_name"]) == ("mystats", "general")
    assert (seen[0]["user_id"], seen[0]["team_id"]) == (person.id, "T1")
    assert [message.text for message in person.ephemerals] == ["Here you are"]


async def test_a_command_may_answer_everybody(
    slack: Playground, bolt: AsyncApp, person: Person
) -> None:
    @bolt.command("/copilot")
    async def commanded(ack: Any) -> None:
        await ack({"response_type": "in_channel", "text": "All of you"})

    await person.command("/copilot", channel="general")
    general = slack.state.find_channel("T1", "general")
    assert [one.text for one in slack.state.history("T1", general.id)] == ["All of you"]


async def test_an_unknown_command_reaches_no_app(person: Person, bolt: AsyncApp) -> None:
    assert (await person.command("/shout")).error == "not a valid command"
    assert person.notices == ["/shout is not a valid command."]


async def test_opening_the_home_tells_the_app_which_tab(
    slack: Playground, bolt: AsyncApp, person: Person
) -> None:
    tabs: list[str] = []

    @bolt.event("app_home_opened")
    async def opened(event: Json, client: Any) -> None:
        tabs.append(event["tab"])
        view = {"type": "home", "blocks": [actions(button("home.stop"))]}
        await client.views_publish(user_id=event["user"], view=view)

    await person.open_home()
    await person.open_home("messages")
    assert tabs == ["home", "messages"]
    assert person.home is not None


async def test_a_click_in_the_home_carries_the_view(
    slack: Playground, person: Person, bodies: list[Json]
) -> None:
    view = {"type": "home", "blocks": [actions(button("home.stop"))]}
    await client_of(slack).views_publish(user_id=person.id, view=view)
    assert (await person.click_home("home.stop")).ok
    assert bodies[0]["view"]["type"] == "home"
    assert bodies[0]["container"]["view_id"] == bodies[0]["view"]["id"]
    assert "response_url" not in bodies[0]
    with pytest.raises(LookupError):
        await slack.person("person2").click_home("home.stop")


async def test_messages_mentions_and_newcomers_are_events(
    slack: Playground, bolt: AsyncApp, person: Person
) -> None:
    seen: list[tuple[str, Any]] = []

    @bolt.event("message")
    async def written(event: Json) -> None:
        seen.append((event["channel_type"], event["text"]))

    @bolt.event("app_mention")
    async def mentioned(event: Json) -> None:
        seen.append(("mention", event["user"] == person.id))

    @bolt.event("team_join")
    async def joined(event: Json) -> None:
        seen.append(("join", event["user"]["real_name"]))

    @bolt.event("user_change")
    async def changed(event: Json) -> None:
        seen.append(("change", event["user"]["deleted"]))

    await person.write("hello")
    await person.mention("hello", channel="general")
    await person.write("not for you", channel="general")
    slack.join("T1", "new", real_name="Nova")
    await slack.deliveries.settle()
    slack.change_user("T1", "new", deleted=True)
    await slack.deliveries.settle()
    assert seen == [("im", "hello"), ("mention", True), ("join", "Nova"), ("change", True)]


async def test_an_event_the_app_did_not_subscribe_to_is_not_sent(
    slack: Playground, bolt: AsyncApp, person: Person
) -> None:
    seen: list[Json] = []

    @bolt.event("message")
    async def written(event: Json) -> None:
        seen.append(event)

    slack.state.apps[slack.installation().app_id].events.remove("message.im")
    await person.write("hello")
    assert seen == []
