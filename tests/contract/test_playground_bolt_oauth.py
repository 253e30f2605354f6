"""Bolt's own OAuth flow against the simulated Slack: two workspaces, rotation, uninstalled again."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.oauth.installation_store import FileInstallationStore
from slack_sdk.oauth.state_store import FileOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient

from playground.server import Playground
from tests.contract.oauth_support import answered
from tests.contract.playground_support import Json

pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")
SCOPES = ["chat:write", "im:write"]


@dataclass
class Site:
    """An app that is distributed: its Bolt, its address, its installations."""

    bolt: AsyncApp
    url: str
    store: FileInstallationStore

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Hand a request to Bolt, as the way it came in says."""
        flow, asked = self.bolt.oauth_flow, await to_bolt_request(request)
        assert flow is not None
        if request.path == "/slack/install":
            return await to_aiohttp_response(await flow.handle_installation(asked))
        if request.path == "/slack/oauth_redirect":
            return await to_aiohttp_response(await flow.handle_callback(asked))
        return await to_aiohttp_response(await self.bolt.async_dispatch(asked))


@pytest.fixture
async def slack() -> AsyncIterator[Playground]:
    async with Playground.start() as playground:
        state = playground.state
        state.add_app("Hunch", socket_mode=False, token_rotation=True)
        for team_id in ("T1", "T2"):
            state.add_workspace(f"Team {team_id}", team_id=team_id)
            state.add_user(team_id, "person1", is_admin=True)
        yield playground


@pytest.fixture
async def site(slack: Playground, tmp_path: Path) -> AsyncIterator[Site]:
    application, made = web.Application(), asyncio.get_running_loop().create_future()

    async def answer(request: web.Request) -> web.StreamResponse:
        return await (await made).answer(request)  # type: ignore[no-any-return]

    application.router.add_route("*", "/slack/{way}", answer)
    async with TestServer(application) as server:
        url = str(server.make_url("/slack/"))
        made.set_result(new_site(slack, url, tmp_path))
        yield made.result()


def new_site(slack: Playground, url: str, place: Path) -> Site:
    configured = next(iter(slack.state.apps.values()))
    configured.request_url = f"{url}events"
    store = FileInstallationStore(base_dir=str(place / "installations"))
    states = FileOAuthStateStore(expiration_seconds=60, base_dir=str(place / "states"))
    settings = AsyncOAuthSettings(
        client_id=configured.client_id,
        client_secret=configured.client_secret,
        scopes=SCOPES,
        redirect_uri=f"{url}oauth_redirect",
        authorization_url=f"{slack.page_url}oauth/v2/authorize",
        installation_store=store,
        state_store=states,
    )
    bolt = AsyncApp(
        client=AsyncWebClient(base_url=slack.api_url),
        signing_secret=configured.signing_secret,
        oauth_flow=AsyncOAuthFlow(client=AsyncWebClient(base_url=slack.api_url), settings=settings),
        process_before_response=True,
    )
    return Site(bolt, url, store)


async def install(site: Site, place: str, decision: str = "allow") -> tuple[int, str]:
    """Click through an installation as a person does; returns the last page."""
    async with aiohttp.ClientSession() as http:
        asked = await http.get(f"{site.url}install")
        [link] = re.findall(r'href="([^"]+/oauth/v2/authorize[^"]+)"', await asked.text())
        back = await answered(html.unescape(link), place=place, decision=decision)
        # Bolt's cookie is for https only; a browser would have an address of that kind.
        cookie = asked.headers["Set-Cookie"].partition(";")[0]
        answer = await http.get(back.headers["Location"], headers={"Cookie": cookie})
        return answer.status, await answer.text()


async def test_one_app_in_two_workspaces_answers_each_with_its_own_token(
    slack: Playground, site: Site
) -> None:
    for team_id in ("T1", "T2"):
        assert (await install(site, team_id))[0] == 200

    @site.bolt.event("app_home_opened")
    async def opened(event: Json, client: AsyncWebClient) -> None:
        await client.chat_postMessage(channel=event["user"], text="welcome")

    for team_id in ("T1", "T2"):
        person = slack.person("person1", team_id=team_id)
        await person.open_home()
        assert [message.text for message in person.messages] == ["welcome"]
        kept = site.store.find_bot(enterprise_id=None, team_id=team_id)
        assert kept is not None
        assert kept.bot_token == slack.installation(team_id).bot_token
        assert kept.bot_refresh_token is not None


async def test_uninstalling_deletes_what_bolt_kept(slack: Playground, site: Site) -> None:
    await install(site, "T1")
    site.bolt.enable_token_revocation_listeners()
    slack.uninstall("T1")
    await slack.deliveries.settle()
    assert site.store.find_bot(enterprise_id=None, team_id="T1") is None
    assert (await install(site, "T1"))[0] == 200


async def test_a_no_is_a_page_of_bolts(slack: Playground, site: Site) -> None:
    status, page = await install(site, "T1", "cancel")
    assert (status, "access_denied" in page) == (200, True)
    assert slack.state.installations == {}


async def test_an_organisations_workspaces_share_one_installation(
    slack: Playground, site: Site
) -> None:
    slack.state.add_enterprise("Acme Org", enterprise_id="E1")
    slack.state.add_workspace("Team T3", team_id="T3", enterprise_id="E1")
    slack.state.add_user("T3", "person1", is_admin=True)
    next(iter(slack.state.apps.values())).org_deploy = True
    assert (await install(site, "E1"))[0] == 200

    @site.bolt.command("/copilot")
    async def called(ack: Any, say: Any) -> None:
        await ack()
        await say("here")

    person = slack.person("person1", team_id="T3")
    assert (await person.command("/copilot")).ok
    assert [message.text for message in person.messages] == ["here"]
    kept = site.store.find_bot(enterprise_id="E1", team_id=None, is_enterprise_install=True)
    assert kept is not None
    assert (
        kept.bot_token == slack.state.org_installations["E1", person.installation.app_id].bot_token
    )
