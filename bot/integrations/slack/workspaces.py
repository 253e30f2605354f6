"""One workspace's Slack: what Hunch sends there, and what it looks up."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from functools import partial
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.ids import WorkspaceId
from bot.errors import Permanent, Retryable, Unclear
from bot.integrations.slack.calls import REQUEST_TIMEOUT_S, new_client, retry_after, slack_call
from bot.ports import Posted, SlackPage, SlackTokens
from bot.watch import Watch

_METADATA_TYPE = "hunch_outbox"
_HISTORY_PAGE = 15


class SlackWorkspace:
    """One workspace's Slack; see `bot.ports.Slack`."""

    def __init__(
        self,
        client: AsyncWebClient,
        session: aiohttp.ClientSession,
        *,
        now: Callable[[], datetime],
        within_s: float = REQUEST_TIMEOUT_S,
        watch: Watch | None = None,
        team_id: str = "",
    ) -> None:
        self._client = client
        self._session = session
        self._now = now
        self._within_s = within_s
        self._watch = watch
        self._team_id = team_id

    async def post(
        self,
        target: str,
        payload: Mapping[str, Any],
        *,
        outbox_id: int,
        key: str,
        before: datetime,
    ) -> Posted:
        mark = {"id": outbox_id, "key": key}
        metadata = {"event_type": _METADATA_TYPE, "event_payload": mark}
        async with self._in_time("post", before):
            answer = await self._client.chat_postMessage(
                channel=target,
                metadata=metadata,
                unfurl_links=False,
                unfurl_media=False,
                **payload,
            )
        if not (answer.get("channel") and answer.get("ts")):
            raise Unclear("Slack does not say where the message is")
        return Posted(str(answer["channel"]), str(answer["ts"]))

    async def update(self, posted: Posted, payload: Mapping[str, Any], *, before: datetime) -> None:
        async with self._in_time("update", before):
            await self._client.chat_update(channel=posted.channel, ts=posted.ts, **payload)

    async def replace(
        self, response_url: str, payload: Mapping[str, Any], *, before: datetime
    ) -> None:
        async with self._in_time("replace", before):
            await self._respond(response_url, {**payload, "replace_original": True})

    async def reply(
        self, response_url: str, payload: Mapping[str, Any], *, before: datetime
    ) -> None:
        body = {**payload, "replace_original": False, "response_type": "ephemeral"}
        async with self._in_time("reply", before):
            await self._respond(response_url, body)

    async def publish_home(self, user: str, view: Mapping[str, Any], *, before: datetime) -> None:
        async with self._in_time("publish_home", before):
            await self._client.views_publish(user_id=user, view=dict(view))

    async def open_dialog(self, trigger_id: str, view: Mapping[str, Any]) -> None:
        async with slack_call("open_dialog", watch=self._watch):
            await self._client.views_open(trigger_id=trigger_id, view=dict(view))

    async def find_posted(
        self, target: str, *, outbox_id: int, key: str, since: datetime, until: datetime
    ) -> Posted | None:
        channel = await self._channel(target)
        cursor = ""
        while True:
            async with slack_call("history", watch=self._watch):
                page = await self._client.conversations_history(
                    channel=channel,
                    oldest=f"{since.timestamp():.6f}",
                    latest=f"{until.timestamp():.6f}",
                    include_all_metadata=True,
                    limit=_HISTORY_PAGE,
                    cursor=cursor,
                )
            for message in page["messages"]:
                mark = _mark(message)
                if mark.get("id") == outbox_id or mark.get("key") == key:
                    return Posted(channel, str(message["ts"]))
            cursor = _next_cursor(page)
            if not cursor:
                return None

    async def list_users(self, cursor: str) -> SlackPage:
        async with slack_call("list_users", watch=self._watch):
            # An organisation's token opens several workspaces; others take no notice.
            page = await self._client.users_list(limit=200, cursor=cursor, team_id=self._team_id)
        return SlackPage(page["members"], _next_cursor(page))

    async def test(self) -> None:
        async with slack_call("test", watch=self._watch):
            await self._client.auth_test()

    def _in_time(self, method: str, before: datetime) -> AbstractAsyncContextManager[None]:
        return slack_call(
            method,
            within_s=self._within_s,
            in_time=lambda: self._now() < before,
            watch=self._watch,
        )

    async def _channel(self, target: str) -> str:
        if not target.startswith(("U", "W")):
            return target
        async with slack_call("open", watch=self._watch):
            opened = await self._client.conversations_open(users=target)
        return str(opened["channel"]["id"])

    async def _respond(self, response_url: str, body: Mapping[str, Any]) -> None:
        async with self._session.post(response_url, json=body) as answer:
            text = await answer.text()
            if answer.status >= 500:
                raise Unclear(f"response_url answered {answer.status}")
            if answer.status == 429:
                raise Retryable("ratelimited", after_s=retry_after(answer.headers))
            if answer.status != 200 or not _is_fine(text):
                raise Permanent(_refusal_of_link(text) or str(answer.status))


def _is_fine(text: str) -> bool:
    """A response_url answers `ok`, or as the Web API does."""
    return '"ok":false' not in text.replace(" ", "")


def _refusal_of_link(text: str) -> str:
    try:
        return str(json.loads(text)["error"])
    except (ValueError, KeyError, TypeError):
        return text[:100]


def _mark(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """What `post` marked the message with; empty if it is none of ours."""
    metadata = message.get("metadata") or {}
    ours = metadata.get("event_type") == _METADATA_TYPE
    return metadata.get("event_payload") or {} if ours else {}


def _next_cursor(page: Any) -> str:
    return str((page.get("response_metadata") or {}).get("next_cursor") or "")


class SlackClientsByToken:
    """Finds each workspace's client by its token; see `bot.ports.SlackClients`."""

    def __init__(
        self,
        tokens: SlackTokens,
        *,
        api_url: str,
        session: aiohttp.ClientSession,
        now: Callable[[], datetime],
        within_s: float = REQUEST_TIMEOUT_S,
        watch: Watch | None = None,
    ) -> None:
        self._watch = watch
        self._tokens = tokens
        self._api_url = api_url
        self._session = session
        self._now = now
        self._within_s = within_s

    async def for_workspace(self, workspace_id: WorkspaceId) -> SlackWorkspace:
        token = await self._tokens.of(workspace_id)
        if token is None:
            raise Permanent("not_installed")
        return self._client(workspace_id, token)

    def for_answers(self, workspace_id: WorkspaceId) -> SlackWorkspace:
        return self._client(workspace_id, None)

    def _client(self, workspace_id: WorkspaceId, token: str | None) -> SlackWorkspace:
        renew = partial(self._tokens.renew, workspace_id)
        return SlackWorkspace(
            new_client(token, api_url=self._api_url, session=self._session, renew=renew),
            self._session,
            now=self._now,
            within_s=self._within_s,
            watch=self._watch,
            team_id=workspace_id,
        )

    async def is_locked(self, workspace_id: WorkspaceId) -> bool:
        return await self._tokens.is_locked(workspace_id)

    def forget(self, workspace_id: WorkspaceId) -> None:
        self._tokens.forget(workspace_id)
