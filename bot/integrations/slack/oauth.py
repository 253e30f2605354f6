"""Slack's OAuth: tokens for codes and for refresh tokens, and whose a token is."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.ids import WorkspaceId
from bot.integrations.slack.calls import new_client, slack_call
from bot.ports import Grant, TokenOwner
from bot.watch import Watch


class SlackAppOAuth:
    """Slack's OAuth for one app; see `bot.ports.SlackOAuth`."""

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        *,
        api_url: str,
        session: aiohttp.ClientSession,
        watch: Watch | None = None,
    ) -> None:
        self._id = client_id
        self._secret = client_secret
        self._new_client = partial(new_client, api_url=api_url, session=session)
        self._watch = watch

    async def exchange(self, code: str, *, redirect_url: str) -> Grant:
        client = self._new_client(None)
        async with slack_call("exchange", watch=self._watch):
            answer = await client.oauth_v2_access(
                client_id=self._id,
                client_secret=self._secret,
                code=code,
                redirect_uri=redirect_url,
            )
            return _grant(answer)

    async def refresh(self, refresh_token: str) -> Grant:
        client = self._new_client(None)
        async with slack_call("refresh", watch=self._watch):
            answer = await client.oauth_v2_access(
                client_id=self._id,
                client_secret=self._secret,
                grant_type="refresh_token",
                refresh_token=refresh_token,
            )
            return _grant(answer)

    async def owner(self, bot_token: str) -> TokenOwner:
        return await who_owns(self._new_client(bot_token))


def _grant(answer: Any) -> Grant:
    """Read an answer of `oauth.v2.access`. Raises ValueError for one without a bot token."""
    if answer.get("token_type") != "bot" or not answer.get("access_token"):
        raise ValueError("no bot token")
    team, org = answer.get("team") or {}, answer.get("enterprise") or {}
    whose = org if answer.get("is_enterprise_install") else team
    return Grant(
        workspace_id=WorkspaceId(str(whose.get("id") or "")),
        workspace_name=str(whose.get("name") or ""),
        app_id=str(answer.get("app_id") or ""),
        bot_user_id=str(answer.get("bot_user_id") or ""),
        bot_token=str(answer["access_token"]),
        scopes=frozenset(_split(answer.get("scope") or "")),
        enterprise_id=str(org.get("id") or ""),
        installer=str((answer.get("authed_user") or {}).get("id") or ""),
        refresh_token=answer.get("refresh_token"),
        expires_in_s=answer.get("expires_in"),
    )


async def who_owns(client: AsyncWebClient) -> TokenOwner:
    """Ask `auth.test` whose token this is."""
    async with slack_call("auth_test"):
        answer = await client.auth_test()
    headers: Mapping[str, str] = answer.headers
    org_wide = bool(answer.get("is_enterprise_install"))
    return TokenOwner(
        workspace_id=WorkspaceId(answer["enterprise_id"] if org_wide else answer["team_id"]),
        workspace_name=answer["team"],
        bot_user_id=answer["user_id"],
        bot_id=answer.get("bot_id") or "",
        enterprise_id=answer.get("enterprise_id") or "",
        scopes=frozenset(_split(headers.get("x-oauth-scopes", ""))),
    )


def _split(text: str) -> tuple[str, ...]:
    """Slack's list of scopes, which commas part."""
    return tuple(scope for one in text.split(",") if (scope := one.strip()))
