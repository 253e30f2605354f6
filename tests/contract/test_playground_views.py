"""Modals and App Homes of the simulated Slack, as Bolt and Slack's client see them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from playground.clock import Clock
from playground.people import Person
from playground.server import Playground
from tests.contract.playground_support import (
    SECTION,
    Json,
    actions,
    button,
    client_of,
    modal,
    options,
    plain,
    refused,
    socket_bolt,
    text_input,
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

        @app.command("/copilot")
        async def commanded(ack: Any) -> None:
            await ack()

        yield app


@pytest.fixture
def client(slack: Playground) -> AsyncWebClient:
    return client_of(slack)


@pytest.fixture
def person(slack: Playground) -> Person:
    return slack.person("person1")


async def trigger(person: Person) -> str:
    return (await person.command("/copilot")).trigger_id


@pytest.fixture
def opened(
    bolt: AsyncApp, client: AsyncWebClient, person: Person
) -> Callable[[Json], Awaitable[Json]]:
    async def open_it(view: Json) -> Json:
        answer = await client.views_open(trigger_id=await trigger(person), view=view)
        found: Json = answer["view"]
        return found

    return open_it


Opened = Callable[[Json], Awaitable[Json]]


async def test_a_trigger_opens_one_modal(
    bolt: AsyncApp, client: AsyncWebClient, person: Person
) -> None:
    trigger_id = await trigger(person)
    view = (await client.views_open(trigger_id=trigger_id, view=modal()))["view"]
    assert person.modal is not None
    assert view["id"] == view["root_view_id"] == person.modal.id
    again = await refused(client.views_open(trigger_id=trigger_id, view=modal()))
    assert again["error"] == "exchanged_trigger_id"


async def test_a_trigger_lives_for_three_seconds(
    bolt: AsyncApp, client: AsyncWebClient, person: Person, clock: Clock
) -> None:
    trigger_id = await trigger(person)
    clock.advance(3.1)
    answer = await refused(client.views_open(trigger_id=trigger_id, view=modal()))
    assert answer["error"] == "expired_trigger_id"
    answer = await refused(client.views_open(trigger_id="1.2.3", view=modal()))
    assert answer["response_metadata"]["messages"] == ["invalid `trigger_id`"]


async def test_a_bad_view_is_refused_with_a_pointer_and_spares_the_trigger(
    bolt: AsyncApp, client: AsyncWebClient, person: Person
) -> None:
    trigger_id = await trigger(person)
    bad = modal(title=plain("x" * 25))
    answer = await refused(client.views_open(trigger_id=trigger_id, view=bad))
    assert answer["error"] == "invalid_arguments"
    assert "[json-pointer:/view/title/text]" in answer["response_metadata"]["messages"][0]
    assert (await client.views_open(trigger_id=trigger_id, view=modal()))["ok"]


async def test_a_view_has_to_be_there_and_not_too_large(
    bolt: AsyncApp, client: AsyncWebClient, person: Person
) -> None:
    arguments = {"trigger_id": await trigger(person)}
    answer = await refused(client.api_call("views.open", json=arguments))
    assert answer["error"] == "invalid_arguments"
    large = modal(*[SECTION] * 100, private_metadata="x" * 250_001)
    answer = await refused(client.views_open(view=large, **arguments))
    assert answer["error"] == "view_too_large"


async def test_a_submission_carries_what_was_filled_in(
    bolt: AsyncApp, opened: Opened, person: Person
) -> None:
    seen: list[Json] = []

    @bolt.view("a_modal")
    async def submitted(ack: Any, body: Json) -> None:
        seen.append(body)
        await ack()

    day = {"type": "static_select", "action_id": "day", "options": options("monday", "friday")}
    chosen = {**day, "initial_option": options("friday")[0]}
    label = {"label": plain("Day"), "block_id": "when"}
    await opened(
        modal(text_input(), {"type": "input", "element": chosen, **label}, private_metadata="7")
    )
    assert (await person.submit({"reason": "because"})).ok
    view = seen[0]["view"]
    assert view["private_metadata"] == "7"
    assert view["state"]["values"] == {
        "why": {"reason": {"type": "plain_text_input", "value": "because"}},
        "when": {"day": {"type": "static_select", "selected_option": options("friday")[0]}},
    }
    assert person.modal is None


async def test_a_required_input_cannot_be_left_empty_but_forged(
    bolt: AsyncApp, opened: Opened, person: Person
) -> None:
    seen: list[Json] = []

    @bolt.view("a_modal")
    async def submitted(ack: Any, view: Json) -> None:
        seen.append(view["state"]["values"])
        await ack()

    await opened(modal(text_input()))
    with pytest.raises(LookupError):
        await person.submit()
    forged: Json = {"elsewhere": {"x": {"type": "static_select", "selected_option": None}}}
    await person.submit(forged_values=forged)
    assert seen == [forged]


async def submit_answered(
    bolt: AsyncApp, opened: Opened, person: Person, answer: Json
) -> tuple[bool, str]:
    @bolt.view("a_modal")
    async def submitted(ack: Any) -> None:
        await ack(answer)

    await opened(modal(text_input()))
    done = await person.submit({"reason": "because"})
    return done.ok, done.error


async def test_errors_keep_the_modal_open_beside_their_inputs(
    slack: Playground, bolt: AsyncApp, opened: Opened, person: Person
) -> None:
    errors = {"response_action": "errors", "errors": {"why": "Too short"}}
    assert await submit_answered(bolt, opened, person, errors) == (True, "")
    assert slack.modals.errors["T1", person.id] == {"why": "Too short"}
    assert person.modal is not None


async def test_an_answer_may_update_push_or_clear(
    bolt: AsyncApp, opened: Opened, person: Person
) -> None:
    second = modal(SECTION, callback_id="second")
    update = {"response_action": "update", "view": second}
    assert await submit_answered(bolt, opened, person, update) == (True, "")
    assert person.modal is not None
    assert person.modal.body["callback_id"] == "second"
    assert person.modal.previous_view_id == ""


async def test_a_pushed_view_lies_on_top_of_the_first(
    bolt: AsyncApp, opened: Opened, person: Person
) -> None:
    push = {"response_action": "push", "view": modal(SECTION, callback_id="second")}
    assert await submit_answered(bolt, opened, person, push) == (True, "")
    top = person.modal
    assert top is not None
    assert (top.body["callback_id"], bool(top.previous_view_id)) == ("second", True)
    await person.close_modal()
    assert person.modal is not None
    assert person.modal.id == top.previous_view_id


async def test_clear_closes_everything(bolt: AsyncApp, opened: Opened, person: Person) -> None:
    assert await submit_answered(bolt, opened, person, {"response_action": "clear"}) == (True, "")
    assert person.modal is None


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"response_action": "errors", "errors": {"nowhere": "x"}}, "invalid_errors"),
        ({"response_action": "dance"}, "invalid_response_action"),
        ({"response_action": "update", "view": {"type": "modal"}}, "invalid_arguments"),
    ],
)
async def test_a_nonsense_answer_shows_the_person_an_error(
    bolt: AsyncApp, opened: Opened, person: Person, answer: Json, error: str
) -> None:
    assert await submit_answered(bolt, opened, person, answer) == (False, error)
    assert person.modal is not None
    assert person.notices == [f"We had some trouble connecting ({error})."]


async def test_the_app_hears_of_a_closed_modal_only_if_it_asked(
    bolt: AsyncApp, opened: Opened, person: Person
) -> None:
    cleared: list[bool] = []

    @bolt.view_closed("a_modal")
    async def closed(ack: Any, body: Json) -> None:
        cleared.append(body["is_cleared"])
        await ack()

    await opened(modal())
    assert await person.close_modal() is None
    await opened(modal(notify_on_close=True))
    assert await person.close_modal(everything=True) is not None
    assert cleared == [True]
    with pytest.raises(LookupError):
        await person.close_modal()


async def test_a_click_in_a_modal_can_update_it_and_keeps_what_was_typed(
    bolt: AsyncApp, opened: Opened, person: Person
) -> None:
    @bolt.action("more")
    async def more(ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack()
        view = modal(SECTION, text_input(), actions(button("more")))
        await client.views_update(view_id=body["view"]["id"], hash=body["view"]["hash"], view=view)

    await opened(modal(text_input(), actions(button("more"))))
    assert person.modal is not None
    with pytest.raises(LookupError):
        await person.click_in(person.modal, "reason", "half a")
    person.fill({"reason": "half a"})
    await person.click_in(person.modal, "more")
    assert person.modal is not None
    assert len(person.modal.blocks) == 3
    assert person.modal.values["why"]["reason"]["value"] == "half a"


async def test_an_outdated_hash_is_a_conflict(
    opened: Opened, client: AsyncWebClient, person: Person
) -> None:
    view = await opened(modal(external_id="only-one"))
    await client.views_update(view_id=view["id"], hash=view["hash"], view=modal())
    stale = client.views_update(view_id=view["id"], hash=view["hash"], view=modal())
    assert (await refused(stale))["error"] == "hash_conflict"
    nowhere = client.views_update(view_id="V404", view=modal())
    assert (await refused(nowhere))["error"] == "not_found"


async def test_a_modal_is_found_by_its_external_id(opened: Opened, client: AsyncWebClient) -> None:
    await opened(modal(external_id="only-one"))
    updated = await client.views_update(external_id="only-one", view=modal(SECTION, SECTION))
    assert len(updated["view"]["blocks"]) == 2


async def test_an_external_id_is_used_once_at_a_time(
    opened: Opened, client: AsyncWebClient, person: Person, slack: Playground
) -> None:
    await opened(modal(external_id="only-one"))
    other = slack.person("person2")
    twin = client.views_open(trigger_id=await trigger(other), view=modal(external_id="only-one"))
    assert (await refused(twin))["error"] == "duplicate_external_id"


async def test_at_most_three_views_are_stacked(
    opened: Opened, client: AsyncWebClient, person: Person
) -> None:
    await opened(modal())
    for _ in range(2):
        await client.views_push(trigger_id=await trigger(person), view=modal())
    fourth = client.views_push(trigger_id=await trigger(person), view=modal())
    assert (await refused(fourth))["error"] == "push_limit_reached"


async def test_a_home_is_published_for_one_person_and_versioned(
    slack: Playground, client: AsyncWebClient, person: Person
) -> None:
    home = {"type": "home", "blocks": [SECTION]}
    first = (await client.views_publish(user_id=person.id, view=home))["view"]
    second = (await client.views_publish(user_id=person.id, view=home, hash=first["hash"]))["view"]
    assert first["id"] == second["id"]
    stale = client.views_publish(user_id=person.id, view=home, hash=first["hash"])
    assert (await refused(stale))["error"] == "hash_conflict"
    assert slack.person("person2").home is None
    foreign = client.views_publish(user_id="U404", view=home)
    assert (await refused(foreign))["error"] == "user_not_found"
    modal_as_home = client.views_publish(user_id=person.id, view=modal())
    assert (await refused(modal_as_home))["error"] == "invalid_arguments"
