"""Apps that are installed for a whole organisation in the simulated Slack."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from playground.clock import Clock
from playground.records import App
from playground.server import Playground
from tests.contract.oauth_support import allowed, redeemed, using
from tests.contract.playground_support import Json, actions, button, refused, socket_bolt

# slack_sdk sends client ids and secrets by a class that aiohttp is about to rename.
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")


@pytest.fixture
async def slack() -> AsyncIterator[Playground]:
    async with Playground.start(clock=Clock(frozen_at=1_763_633_000), limits=False) as playground:
        state = playground.state
        state.add_enterprise("Acme Org", enterprise_id="E1")
        app = state.add_app("Hunch", org_deploy=True)
        app.events.append("team_access_granted")
        for team_id in ("T1", "T2"):
            state.add_workspace(f"Team {team_id}", team_id=team_id, enterprise_id="E1")
            user = state.add_user(team_id, "person1", is_admin=True)
            state.add_channel(team_id, "general", members=[user.id])
        yield playground


@pytest.fixture
def app(slack: Playground) -> App:
    return next(iter(slack.state.apps.values()))


@pytest.fixture
async def client(slack: Playground, app: App) -> AsyncWebClient:
    answer = await redeemed(slack, app, await allowed(slack, app, place="E1"))
    assert (answer["team"], answer["enterprise"]) == (None, {"id": "E1", "name": "Acme Org"})
    assert answer["is_enterprise_install"] is True
    return using(slack, answer["access_token"])


async def test_one_token_opens_every_workspace(slack: Playground, client: AsyncWebClient) -> None:
    me = await client.auth_test()
    assert (me["enterprise_id"], me["team_id"]) == ("E1", "E1")
    assert me["is_enterprise_install"] is True
    teams = (await client.auth_teams_list())["teams"]
    assert [team["id"] for team in teams] == ["T1", "T2"]
    for team_id in ("T1", "T2"):
        person = slack.person("person1", team_id=team_id)
        await client.chat_postMessage(channel=person.id, text=f"hi {team_id}")
        assert [message.text for message in person.messages] == [f"hi {team_id}"]
        assert (await client.team_info(team=team_id))["team"]["enterprise_id"] == "E1"
    assert (await client.team_info())["team"]["id"] == "E1"
    assert (await refused(client.team_info(team="T404")))["error"] == "team_not_found"


async def test_methods_about_a_workspace_need_to_be_told_which(
    slack: Playground, client: AsyncWebClient
) -> None:
    assert (await refused(client.users_list()))["error"] == "missing_argument"
    listed = (await client.users_list(team_id="T2"))["members"]
    assert slack.person("person1", team_id="T2").id in {one["id"] for one in listed}
    elsewhere = await refused(client.users_list(team_id="T404"))
    assert elsewhere["error"] == "team_access_not_granted"


async def test_what_people_do_names_workspace_and_organisation(
    slack: Playground, client: AsyncWebClient, app: App
) -> None:
    seen: list[Json] = []
    slack.state.installations.pop(("T1", app.id))  # socket_bolt looks for the only one
    async with socket_bolt(slack) as bolt:

        @bolt.event("app_home_opened")
        async def opened(body: Json) -> None:
            seen.append(body)

        @bolt.action("go")
        async def clicked(ack: Json, body: Json, client: AsyncWebClient) -> None:
            seen.append(body)
            await ack()  # type: ignore[operator]

        person = slack.person("person1")
        await person.open_home()
        await client.chat_postMessage(channel=person.id, text="?", blocks=[actions(button("go"))])
        assert (await person.click(person.find("go"), "go")).ok
    event, click = seen
    assert (event["team_id"], event["enterprise_id"]) == ("T2", "E1")
    assert event["authorizations"] == [
        {
            "enterprise_id": "E1",
            "team_id": None,
            "user_id": slack.installation().bot_user,
            "is_bot": True,
            "is_enterprise_install": True,
        }
    ]
    assert click["enterprise"] == {"id": "E1", "name": "Acme Org"}
    assert click["team"]["enterprise_id"] == "E1"
    assert click["is_enterprise_install"] is True


async def test_uninstalling_ends_it_in_every_workspace(
    slack: Playground, client: AsyncWebClient, app: App
) -> None:
    slack.state.installations.pop(("T1", app.id))
    heard: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
    async with socket_bolt(slack) as bolt:

        @bolt.event("app_uninstalled")
        async def gone(body: Json) -> None:
            heard.set_result(body)

        await client.apps_uninstall(client_id=app.client_id, client_secret=app.client_secret)
        event = await asyncio.wait_for(heard, 20)
    assert event["enterprise_id"] == "E1"
    assert "team_id" not in event
    assert (await refused(client.auth_test()))["error"] == "account_inactive"
    assert not slack.installation("T2").active
    bot = slack.installation("T2").bot_user
    again = await redeemed(slack, app, await allowed(slack, app, place="E1"))
    assert again["bot_user_id"] == bot
    assert (await using(slack, again["access_token"]).auth_test())["ok"]


async def test_an_organisations_app_cannot_be_installed_in_one_of_its_workspaces(
    slack: Playground, client: AsyncWebClient, app: App
) -> None:
    answer = await refused(redeemed(slack, app, await allowed(slack, app, place="T1")))
    assert answer["error"] == "cannot_install_an_org_installed_app"


async def test_an_organisations_token_is_renewed_for_all(
    slack: Playground, client: AsyncWebClient, app: App
) -> None:
    app.token_rotation = True
    answer = await redeemed(slack, app, await allowed(slack, app, place="E1"))
    assert {one.bot_token for one in slack.state.installations.values()} == {answer["access_token"]}
    rotated = using(slack, answer["access_token"])
    person = slack.person("person1", team_id="T2")
    assert (await rotated.chat_postMessage(channel=person.id, text="x"))["ok"]
