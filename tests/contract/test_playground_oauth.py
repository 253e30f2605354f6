"""OAuth v2 in the simulated Slack: allowed, denied, exchanged, renewed, revoked, uninstalled."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.oauth.installation_store import Bot
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from slack_sdk.web.async_client import AsyncWebClient

from playground.clock import Clock
from playground.records import App
from playground.server import Playground
from tests.contract.oauth_support import (
    BACK,
    allowed,
    answered,
    authorize_url,
    query_of,
    redeemed,
    renewed,
    stranger,
    using,
)
from tests.contract.playground_support import Json, client_of, refused, socket_bolt

# slack_sdk sends client ids and secrets by a class that aiohttp is about to rename.
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")


@pytest.fixture
async def slack() -> AsyncIterator[Playground]:
    async with Playground.start(clock=Clock(frozen_at=1_763_633_000), limits=False) as playground:
        playground.add_company(team_id="T1")
        newcomers = playground.state.add_workspace("Newcomers", team_id="T2")
        playground.state.add_user(newcomers.id, "boss", real_name="The Boss", is_admin=True)
        yield playground


@pytest.fixture
def app(slack: Playground) -> App:
    return next(iter(slack.state.apps.values()))


async def test_the_page_says_in_words_what_the_app_wants(slack: Playground, app: App) -> None:
    async with aiohttp.ClientSession() as http:
        answer = await http.get(authorize_url(slack, app, user_scopes=["chat:write"]))
        page = await answer.text()
    assert "Send messages" in page
    assert "On your behalf" in page
    assert "Newcomers" in page
    assert "The Boss" in page
    policy = answer.headers["Content-Security-Policy"]
    assert "form-action 'self' https://hunch.example;" in policy
    assert "<script" not in page


async def test_allowing_installs_the_app_with_the_scopes_it_asked_for(
    slack: Playground, app: App
) -> None:
    code = await allowed(slack, app)
    assert ("T2", app.id) not in slack.state.installations
    answer = await redeemed(slack, app, code)
    installation = slack.installation("T2")
    assert answer == {
        "ok": True,
        "access_token": installation.bot_token,
        "token_type": "bot",
        "scope": "chat:write,team:read,users:read",
        "bot_user_id": installation.bot_user,
        "app_id": app.id,
        "team": {"id": "T2", "name": "Newcomers"},
        "enterprise": None,
        "is_enterprise_install": False,
        "authed_user": {"id": slack.person("boss", team_id="T2").id},
    }
    me = await using(slack, answer["access_token"]).auth_test()
    assert (me["team_id"], me["user_id"]) == ("T2", installation.bot_user)
    assert (await client_of_team(slack, "T1").auth_test())["team_id"] == "T1"


def client_of_team(slack: Playground, team_id: str) -> AsyncWebClient:
    return using(slack, slack.installation(team_id).bot_token)


async def test_the_state_comes_back_and_so_does_a_no(slack: Playground, app: App) -> None:
    back = await answered(authorize_url(slack, app, state="a%20b%26c"), place="T2")
    assert query_of(back)["state"] == "a b&c"
    denied = await answered(authorize_url(slack, app), decision="cancel")
    assert query_of(denied) == {"error": "access_denied", "state": "s1"}
    assert ("T2", app.id) not in slack.state.installations


async def test_no_other_site_can_say_yes(slack: Playground, app: App) -> None:
    url = authorize_url(slack, app)
    assert (await answered(url, origin="https://evil.example", place="T2")).status == 403
    forged = await answered(url, ticket="guessed", place="T2")
    assert forged.status == 400


async def test_a_page_can_be_answered_once_and_not_too_late(slack: Playground, app: App) -> None:
    url = authorize_url(slack, app)
    ticket = slack.oauth.ask(
        {"client_id": app.client_id, "scope": "commands", "redirect_uri": BACK}
    )[0]
    assert (await answered(url, ticket=ticket, place="T2")).status == 302
    assert (await answered(url, ticket=ticket, place="T2")).status == 400
    old = slack.oauth.ask({"client_id": app.client_id, "scope": "commands", "redirect_uri": BACK})
    slack.clock.advance(601)
    assert (await answered(url, ticket=old[0], place="T2")).status == 400
    assert (await answered(url, place="T404")).status == 400


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"client_id": "1.2"}, "invalid_client_id"),
        ({"scope": "chat:write,world:rule"}, "invalid_scope"),
        ({"scope": ""}, "no_scopes"),
        ({"redirect_uri": "https://elsewhere.example/"}, "bad_redirect_uri"),
        ({"redirect_uri": "javascript:alert(1)"}, "bad_redirect_uri"),
    ],
)
async def test_a_bad_link_is_refused_before_anybody_is_asked(
    slack: Playground, app: App, change: Json, code: str
) -> None:
    app.redirect_urls = ["https://hunch.example/"]
    query = {"client_id": app.client_id, "scope": "chat:write", "redirect_uri": BACK} | change
    async with aiohttp.ClientSession() as http:
        answer = await http.get(f"{slack.page_url}oauth/v2/authorize", params=query)
        assert (answer.status, code in await answer.text()) == (400, True)


async def test_a_code_works_once_for_its_app_and_its_address(slack: Playground, app: App) -> None:
    other = slack.state.add_app("Other")
    code = await allowed(slack, app)

    async def error(**change: str) -> str:
        words = {
            "client_id": app.client_id,
            "client_secret": app.client_secret,
            "code": code,
            "redirect_uri": BACK,
        } | change
        return str((await refused(stranger(slack).oauth_v2_access(**words)))["error"])  # type: ignore[arg-type]

    assert await error(client_id="1.2") == "invalid_client_id"
    assert await error(client_secret="wrong") == "bad_client_secret"  # pragma: allowlist secret
    assert await error(code="1.2.3") == "invalid_code"
    assert await error(redirect_uri="https://hunch.example/other") == "bad_redirect_uri"
    assert await error(redirect_uri="") == "bad_redirect_uri"
    assert await error(grant_type="password") == "invalid_grant_type"
    theirs = {"client_id": other.client_id, "client_secret": other.client_secret}
    assert await error(**theirs) == "invalid_code"
    await redeemed(slack, app, code)
    assert await error() == "code_already_used"
    late = await allowed(slack, app)
    slack.clock.advance(601)
    assert await error(code=late) == "invalid_code"


async def test_the_secret_may_come_in_the_form_too(slack: Playground, app: App) -> None:
    form = {
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "code": await allowed(slack, app),
        "redirect_uri": BACK,
    }
    async with aiohttp.ClientSession() as http:
        answer = await (await http.post(f"{slack.api_url}oauth.v2.access", data=form)).json()
    assert answer["ok"] is True


async def test_installing_again_adds_scopes_and_keeps_bot_and_token(
    slack: Playground, app: App
) -> None:
    first = await redeemed(slack, app, await allowed(slack, app))
    url = (
        authorize_url(slack, app)
        .replace("users%3Aread", "commands")
        .replace("users:read", "commands")
    )
    code = query_of(await answered(url, place="T2"))["code"]
    second = await redeemed(slack, app, code)
    assert second["scope"] == "chat:write,team:read,users:read,commands"
    assert (second["bot_user_id"], second["access_token"]) == (
        first["bot_user_id"],
        first["access_token"],
    )


async def test_rotating_tokens_live_12_hours(slack: Playground, app: App) -> None:
    app.token_rotation = True
    answer = await redeemed(slack, app, await allowed(slack, app))
    assert answer["expires_in"] == 43_200
    assert answer["access_token"].startswith("xoxe.xoxb-1-")
    assert answer["refresh_token"].startswith("xoxe-1-")
    bot = using(slack, answer["access_token"])
    slack.clock.advance(43_199)
    assert (await bot.auth_test())["expires_in"] == 1
    slack.clock.advance(1)
    assert (await refused(bot.auth_test()))["error"] == "token_expired"


async def test_a_refresh_token_works_once(slack: Playground, app: App) -> None:
    app.token_rotation = True
    first = await redeemed(slack, app, await allowed(slack, app))
    second = await renewed(slack, app, first["refresh_token"])
    assert second["bot_user_id"] == first["bot_user_id"]
    assert second["team"] == {"id": "T2", "name": "Newcomers"}
    for used in (first["refresh_token"], second["access_token"], "xoxe-1-guess"):
        answer = await refused(renewed(slack, app, used))
        assert answer["error"] == "invalid_refresh_token"
    for token in (first["access_token"], second["access_token"]):
        assert (await using(slack, token).auth_test())["ok"]
    third = await renewed(slack, app, second["refresh_token"])
    gone = await refused(using(slack, first["access_token"]).auth_test())
    assert gone["error"] == "token_revoked"
    refresh = await refused(using(slack, third["refresh_token"]).auth_test())
    assert refresh["error"] == "invalid_auth"


async def test_the_sdks_rotator_renews_a_token(slack: Playground, app: App) -> None:
    app.token_rotation = True
    given = await redeemed(slack, app, await allowed(slack, app))
    rotator = AsyncTokenRotator(
        client_id=app.client_id, client_secret=app.client_secret, client=stranger(slack)
    )
    bot = Bot(
        bot_token=given["access_token"],
        bot_id="B1",
        bot_user_id=given["bot_user_id"],
        bot_refresh_token=given["refresh_token"],
        bot_token_expires_at=1_700_000_000,
        installed_at=1_700_000_000.0,
    )
    fresh = await rotator.perform_bot_token_rotation(bot=bot)
    assert fresh is not None
    assert (await using(slack, fresh.bot_token).auth_test())["ok"]


async def test_a_long_lived_token_is_exchanged_for_a_pair(slack: Playground, app: App) -> None:
    old = slack.installation("T1").bot_token
    words = {"client_id": app.client_id, "client_secret": app.client_secret, "token": old}

    async def exchange(**change: str) -> Any:
        return await stranger(slack).oauth_v2_exchange(**(words | change))  # type: ignore[arg-type]

    assert (await refused(exchange()))["error"] == "token_rotation_not_enabled"
    app.token_rotation = True
    pair = await exchange()
    assert (await using(slack, pair["access_token"]).auth_test())["team_id"] == "T1"
    assert (await refused(using(slack, old).auth_test()))["error"] == "token_revoked"
    assert (await refused(exchange()))["error"] == "token_already_exchanged"
    assert (await refused(exchange(token="xoxb-no")))["error"] == "invalid_token"


async def test_a_revoked_token_is_dead_and_the_app_hears_of_it(slack: Playground, app: App) -> None:
    app_installation = slack.installation("T1")
    seen: list[Json] = []
    async with socket_bolt(slack) as bolt:

        @bolt.event("tokens_revoked")
        async def revoked(body: Json) -> None:
            seen.append(body)

        client = using(slack, app_installation.bot_token)
        assert (await client.auth_revoke(test=True))["revoked"] is False
        assert (await client.auth_revoke())["revoked"] is True
        await slack.deliveries.settle()
    assert seen[0]["event"]["tokens"] == {"oauth": [], "bot": [app_installation.bot_user]}
    assert seen[0]["team_id"] == "T1"
    assert (await refused(client.auth_test()))["error"] == "account_inactive"


async def test_an_app_can_take_itself_out_and_come_back(slack: Playground, app: App) -> None:
    other = slack.state.add_app("Other")
    client = client_of(slack)
    wrong = {"client_id": other.client_id, "client_secret": other.client_secret}
    answer = await refused(client.apps_uninstall(**wrong))
    assert answer["error"] == "client_id_token_mismatch"
    bot = slack.installation("T1").bot_user
    await client.apps_uninstall(client_id=app.client_id, client_secret=app.client_secret)
    assert (await refused(client.auth_test()))["error"] == "account_inactive"
    again = await redeemed(slack, app, await allowed(slack, app, place="T1"))
    assert again["bot_user_id"] == bot
    assert again["access_token"] != client.token
    assert (await refused(client.auth_test()))["error"] == "invalid_auth"
    assert again["scope"] == "chat:write,team:read,users:read"


async def test_a_person_may_give_a_token_of_their_own(slack: Playground, app: App) -> None:
    answer = await redeemed(slack, app, await allowed(slack, app, user_scopes=["users:read"]))
    authed = answer["authed_user"]
    assert (authed["token_type"], authed["scope"]) == ("user", "users:read")
    theirs = using(slack, authed["access_token"])
    assert (await theirs.auth_test())["user_id"] == authed["id"]
    no = await refused(theirs.chat_postMessage(channel="C1", text="x"))
    assert no["error"] == "not_allowed_token_type"
    await theirs.auth_revoke()
    assert (await refused(theirs.auth_test()))["error"] == "token_revoked"
    assert (await using(slack, answer["access_token"]).auth_test())["ok"]


async def test_codes_tokens_and_clients_survive_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "slack.sqlite"
    async with Playground.start(path=path) as slack:
        app = slack.state.apps[slack.add_company(team_id="T1").app_id]
        app.token_rotation = True
        slack.state.put_app(app)
        org = slack.state.add_enterprise("Acme Org", enterprise_id="E1")
        given = await redeemed(slack, app, await allowed(slack, app, place="T1"))
    async with Playground.start(path=path) as slack:
        again = slack.state.apps[app.id]
        assert (again.client_id, again.client_secret) == (app.client_id, app.client_secret)
        assert (await using(slack, given["access_token"]).auth_test())["team_id"] == "T1"
        assert (await renewed(slack, app, given["refresh_token"]))["ok"] is True
        assert (await refused(renewed(slack, app, given["refresh_token"])))["ok"] is False
        assert slack.state.enterprises == {"E1": org}


async def test_a_persons_token_rotates_too(slack: Playground, app: App) -> None:
    app.token_rotation = True
    answer = await redeemed(slack, app, await allowed(slack, app, user_scopes=["users:read"]))
    theirs = answer["authed_user"]
    assert theirs["access_token"].startswith("xoxe.xoxp-1-")
    again = await renewed(slack, app, theirs["refresh_token"])
    assert (again["token_type"], again["scope"]) == ("user", "users:read")
    assert (await using(slack, again["access_token"]).auth_test())["user_id"] == theirs["id"]


async def test_what_was_taken_back_cannot_be_exchanged_or_renewed(
    slack: Playground, app: App
) -> None:
    app.token_rotation = True
    client = client_of(slack)
    await client.auth_revoke()
    words = {"client_id": app.client_id, "client_secret": app.client_secret}
    answer = await refused(stranger(slack).oauth_v2_exchange(token=str(client.token), **words))
    assert answer["error"] == "authorization_not_found"
    given = await redeemed(slack, app, await allowed(slack, app))
    await using(slack, given["access_token"]).auth_revoke()
    answer = await refused(renewed(slack, app, given["refresh_token"]))
    assert answer["error"] == "invalid_refresh_token"


async def test_the_page_and_its_answer_are_in_the_log(slack: Playground, app: App) -> None:
    await allowed(slack, app)
    await answered(authorize_url(slack, app), place="T404")
    logged = slack.called("oauth/v2/authorize")
    assert [(one.status, one.error) for one in logged] == [
        (200, ""),
        (302, ""),
        (200, ""),
        (400, "invalid_team"),
    ]
    assert not any("ticket" in one.args for one in logged)


async def test_a_header_that_is_no_credentials_is_no_client(slack: Playground) -> None:
    async with aiohttp.ClientSession(headers={"Authorization": "Basic ???"}) as http:
        answer = await (await http.post(f"{slack.api_url}oauth.v2.access")).json()
    assert answer == {"ok": False, "error": "invalid_client_id"}
