"""The simulated Slack answers Slack's own client as Slack does: tokens, people, channels."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from playground.clock import Clock
from playground.server import Playground
from playground.web_api import METHODS
from tests.contract.playground_support import Json, client_of, refused


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
async def http(slack: Playground) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(slack.api_url, trust_env=False) as session:
        yield session


async def test_a_token_says_whose_it_is_and_what_it_may_do(
    slack: Playground, client: AsyncWebClient
) -> None:
    answer = await client.auth_test()
    assert answer["team_id"] == "T1"
    assert answer["user_id"] == slack.installation().bot_user
    assert "chat:write" in answer.headers["x-oauth-scopes"].split(",")


@pytest.mark.parametrize(("token", "error"), [("", "not_authed"), ("xoxb-wrong", "invalid_auth")])
async def test_a_call_with_no_or_a_wrong_token_is_refused(
    http: aiohttp.ClientSession, token: str, error: str
) -> None:
    answer = await http.post("auth.test", data={"token": token})
    assert await answer.json() == {"ok": False, "error": error}


async def test_the_token_of_an_uninstalled_app_is_dead(
    slack: Playground, client: AsyncWebClient
) -> None:
    slack.uninstall("T1")
    assert (await refused(client.auth_test()))["error"] == "account_inactive"


async def test_a_token_may_travel_in_a_json_body(
    slack: Playground, http: aiohttp.ClientSession
) -> None:
    answer = await http.post("auth.test", json={"token": slack.installation().bot_token})
    assert (await answer.json())["ok"] is True


@pytest.mark.parametrize(
    ("body", "content_type", "error"),
    [
        (b"{", "application/json", "invalid_json"),
        (b"[]", "application/json", "json_not_object"),
        (b"\xff\xfe", "application/json", "invalid_json"),
        (b"<a/>", "text/xml", "invalid_post_type"),
    ],
)
async def test_an_unreadable_body_is_named(
    http: aiohttp.ClientSession, body: bytes, content_type: str, error: str
) -> None:
    answer = await http.post("auth.test", data=body, headers={"Content-Type": content_type})
    assert (await answer.json())["error"] == error


async def test_an_unknown_method_is_named(client: AsyncWebClient) -> None:
    answer = await refused(client.api_call("chat.shout"))
    assert (answer["error"], answer["req_method"]) == ("unknown_method", "chat.shout")


async def test_a_missing_scope_is_named_with_what_there_is(
    slack: Playground, client: AsyncWebClient
) -> None:
    slack.installation().scopes = "commands"
    answer = await refused(client.users_list())
    assert answer["error"] == "missing_scope"
    assert (answer["needed"], answer["provided"]) == ("users:read", "commands")


async def test_app_level_and_bot_tokens_are_not_exchangeable(
    slack: Playground, client: AsyncWebClient
) -> None:
    answer = await refused(client.apps_connections_open(app_token=client.token or ""))
    assert answer["error"] == "not_allowed_token_type"
    app_token = slack.state.apps[slack.installation().app_id].app_token
    answer = await refused(AsyncWebClient(app_token, base_url=slack.api_url).auth_test())
    assert answer["error"] == "not_allowed_token_type"


async def test_everybody_is_listed_page_by_page(slack: Playground, client: AsyncWebClient) -> None:
    pages = [
        [user["id"] for user in page["members"]] async for page in await client.users_list(limit=3)
    ]
    people = [user.id for user in slack.state.people("T1")]
    assert pages == [["USLACKBOT", *people[:2]], people[2:]]


async def test_a_wrong_cursor_or_limit_is_refused(client: AsyncWebClient) -> None:
    assert (await refused(client.users_list(cursor="x")))["error"] == "invalid_cursor"
    assert (await refused(client.users_list(cursor="dXNlcjp6")))["error"] == "invalid_cursor"
    assert (await refused(client.users_list(limit=0)))["error"] == "invalid_limit"


async def test_the_email_is_shown_only_with_its_scope(
    slack: Playground, client: AsyncWebClient
) -> None:
    user = slack.state.add_user("T1", "mail", email="m@nightjar.example")
    shown = await client.users_info(user=user.id)
    assert shown["user"]["profile"]["email"] == "m@nightjar.example"
    slack.installation().scopes = "users:read"
    hidden = await client.users_info(user=user.id)
    assert "email" not in hidden["user"]["profile"]


async def test_who_left_is_still_known_without_a_time_zone(
    slack: Playground, client: AsyncWebClient
) -> None:
    slack.change_user("T1", "person2", deleted=True)
    user = (await client.users_info(user=slack.person("person2").id))["user"]
    assert user["deleted"] is True
    assert "tz" not in user
    assert (await refused(client.users_info(user="U404")))["error"] == "user_not_found"


async def test_direct_messages_are_opened_once(slack: Playground, client: AsyncWebClient) -> None:
    person = slack.person("person1")
    first = await client.conversations_open(users=person.id)
    again = await client.conversations_open(users=person.id, return_im=True)
    assert first["channel"]["id"] == again["channel"]["id"]
    assert again["already_open"] is True
    assert again["channel"]["user"] == person.id


async def test_direct_messages_need_a_living_person(
    slack: Playground, client: AsyncWebClient
) -> None:
    slack.change_user("T1", "person2", deleted=True)
    bot = slack.installation().bot_user

    async def error(users: str, channel: str | None = None) -> str:
        opening = client.conversations_open(users=users, channel=channel)
        return str((await refused(opening))["error"])

    assert await error(slack.person("person2").id) == "user_disabled"
    assert await error(bot) == "cannot_dm_bot"
    assert await error("U404") == "user_not_found"
    assert await error(" ") == "users_list_not_supplied"
    assert await error("", "D404") == "channel_not_found"


async def test_channels_are_listed_as_the_bot_sees_them(
    slack: Playground, client: AsyncWebClient
) -> None:
    slack.state.add_channel("T1", "elsewhere")
    slack.state.add_channel("T1", "secret", is_private=True)
    slack.state.add_channel("T1", "old", is_archived=True)
    answer = await client.conversations_list(exclude_archived=True, types="public_channel")
    assert {one["name"]: one["is_member"] for one in answer["channels"]} == {
        "general": True,
        "elsewhere": False,
    }
    private = await client.conversations_list(types="private_channel,im")
    assert private["channels"] == []
    assert (await refused(client.conversations_list(types="pub")))["error"] == "invalid_types"


async def test_a_private_channel_without_the_bot_does_not_exist_for_it(
    slack: Playground, client: AsyncWebClient
) -> None:
    secret = slack.state.add_channel("T1", "secret", is_private=True)
    general = slack.state.find_channel("T1", "#general")
    assert (await client.conversations_info(channel=general.id))["channel"]["is_general"]
    answer = await refused(client.conversations_info(channel=secret.id))
    assert answer["error"] == "channel_not_found"


async def test_a_workspace_sees_nothing_of_another(
    slack: Playground, client: AsyncWebClient
) -> None:
    slack.add_company("Other", team_id="T2")
    foreigner = slack.person("person1", team_id="T2")
    own = slack.installation("T1").bot_token
    client = AsyncWebClient(own, base_url=slack.api_url)
    assert (await refused(client.users_info(user=foreigner.id)))["error"] == "user_not_found"
    answer = await refused(client.chat_postMessage(channel=foreigner.id, text="hi"))
    assert answer["error"] == "channel_not_found"


async def test_the_workspace_tells_its_name(client: AsyncWebClient) -> None:
    assert (await client.team_info())["team"]["domain"] == "acme"


async def test_every_call_is_logged(slack: Playground, client: AsyncWebClient) -> None:
    await client.users_info(user=slack.person("person1").id)
    await refused(client.users_info(user="U404"))
    assert [one.ok for one in slack.called("users.info")] == [True, False]
    assert slack.called("users.info", user="U404")[0].error == "user_not_found"
    assert "xoxb" not in json.dumps([one.args for one in slack.calls])


async def post_json(http: aiohttp.ClientSession, method: str, token: str, body: Json) -> Json:
    headers = {"Authorization": f"Bearer {token}"}
    answer = await http.post(method, json=body, headers=headers)
    found: Json = await answer.json()
    return found


async def test_unknown_arguments_are_ignored(
    slack: Playground, http: aiohttp.ClientSession
) -> None:
    token, general = slack.installation().bot_token, slack.state.find_channel("T1", "general")
    body = {"channel": general.id, "text": "x", "colour": "red"}
    assert (await post_json(http, "chat.postMessage", token, body))["ok"] is True


NONSENSE: list[object] = [
    None,
    "",
    "null",
    "[",
    "[[]]",
    "nan",
    "inf",
    "²",
    "\ud800",
    "x" * 5000,
    -1,
    1e400,
    True,
    [],
    [None],
    [{"type": "section"}],
    {},
    {"type": "modal", "blocks": None},
]
ARGUMENTS = [
    "blocks",
    "channel",
    "cursor",
    "external_id",
    "hash",
    "inclusive",
    "latest",
    "limit",
    "metadata",
    "oldest",
    "text",
    "trigger_id",
    "ts",
    "types",
    "unfurl_links",
    "user",
    "user_id",
    "users",
    "view",
    "view_id",
]


@pytest.mark.parametrize("method", sorted(METHODS))
async def test_nonsense_is_answered_never_a_crash(
    slack: Playground, http: aiohttp.ClientSession, method: str
) -> None:
    channel = slack.state.find_channel("T1", "general").id
    ts = (await slack.person("person1").write("x", channel=channel)).ts
    sound = {"channel": channel, "ts": ts, "text": "x", "user_id": slack.person("person1").id}
    for name in ARGUMENTS:
        for value in NONSENSE:
            body = json.dumps({**sound, name: value})
            headers = {
                "Authorization": f"Bearer {slack.installation().bot_token}",
                "Content-Type": "application/json",
            }
            answer = await http.post(method, data=body, headers=headers)
            assert answer.status == 200, (name, value)
            assert "ok" in await answer.json()
