"""What the playground's tests about OAuth share: following links, answering the page, tokens."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
from slack_sdk.oauth import AuthorizeUrlGenerator
from slack_sdk.web.async_client import AsyncWebClient

from playground.records import App
from playground.server import Playground
from tests.contract.playground_support import Json

BACK = "https://hunch.example/slack/oauth_redirect"
SCOPES = ["chat:write", "team:read", "users:read"]


def authorize_url(slack: Playground, app: App, state: str = "s1", **more: Any) -> str:
    generator = AuthorizeUrlGenerator(
        client_id=app.client_id,
        scopes=SCOPES,
        redirect_uri=BACK,
        authorization_url=f"{slack.page_url}oauth/v2/authorize",
        **more,
    )
    return generator.generate(state)


async def answered(url: str, *, origin: str = "", **form: str) -> aiohttp.ClientResponse:
    """Follow the link and answer the page, as a browser without JavaScript does."""
    async with aiohttp.ClientSession() as http:
        page = await (await http.get(url)).text()
        ticket = re.findall(r'name="ticket" value="([^"]+)"', page)
        fields = {"ticket": ticket[0] if ticket else "", "decision": "allow", **form}
        headers = {"Origin": origin} if origin else {}
        answer = await http.post(
            url.partition("?")[0], data=fields, headers=headers, allow_redirects=False
        )
        await answer.read()
        return answer


def query_of(answer: aiohttp.ClientResponse) -> dict[str, str]:
    assert answer.status == 302
    return {k: v[0] for k, v in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


async def allowed(slack: Playground, app: App, place: str = "T2", **more: Any) -> str:
    """A code, fresh from the page."""
    return query_of(await answered(authorize_url(slack, app, **more), place=place))["code"]


def stranger(slack: Playground) -> AsyncWebClient:
    return AsyncWebClient(base_url=slack.api_url, timeout=10)


async def redeemed(slack: Playground, app: App, code: str) -> Json:
    answer = await stranger(slack).oauth_v2_access(
        client_id=app.client_id, client_secret=app.client_secret, code=code, redirect_uri=BACK
    )
    return dict(answer.data)  # type: ignore[arg-type]


async def renewed(slack: Playground, app: App, refresh_token: str) -> Json:
    answer = await stranger(slack).oauth_v2_access(
        client_id=app.client_id,
        client_secret=app.client_secret,
        grant_type="refresh_token",
        refresh_token=refresh_token,
    )
    return dict(answer.data)  # type: ignore[arg-type]


def using(slack: Playground, token: str) -> AsyncWebClient:
    return AsyncWebClient(token, base_url=slack.api_url, timeout=10)
