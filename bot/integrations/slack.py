"""Speaks to Slack's Web API and translates its refusals into our three kinds of error, once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import (
    AbstractAsyncContextManager,
    asynccontextmanager,
    contextmanager,
    nullcontext,
)
from datetime import datetime
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient

from bot import failpoints, log
from bot.domain.ids import WorkspaceId
from bot.errors import Permanent, Retryable, Unclear
from bot.ports import Posted, SlackPage, TokenOwner
from bot.watch import Watch

REQUEST_TIMEOUT_S = 10
_METADATA_TYPE = "hunch_outbox"
_HISTORY_PAGE = 15
# Slack says of these that trying later may help; of the rest, that it will not.
_PASSING = frozenset(
    {
        "fatal_error",
        "internal_error",
        "ratelimited",
        "rate_limited",
        "request_timeout",
        "service_unavailable",
        "team_added_to_org",
    }
)
_log = log.get("integrations.slack")


def new_session() -> aiohttp.ClientSession:
    """The one HTTP session of a process; the environment's proxies are not used."""
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=REQUEST_TIMEOUT_S), trust_env=False
    )


def new_client(
    token: str | None, *, api_url: str, session: aiohttp.ClientSession
) -> AsyncWebClient:
    """A web client that never retries by itself and never reads the environment."""
    client = AsyncWebClient(
        token, base_url=api_url, session=session, timeout=REQUEST_TIMEOUT_S, retry_handlers=[]
    )
    client.proxy = None  # the constructor takes it from HTTP_PROXY
    return client


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
    ) -> None:
        self._client = client
        self._session = session
        self._now = now
        self._within_s = within_s
        self._watch = watch

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
        async with _call("open_dialog", watch=self._watch):
            await self._client.views_open(trigger_id=trigger_id, view=dict(view))

    async def find_posted(
        self, target: str, *, outbox_id: int, key: str, since: datetime, until: datetime
    ) -> Posted | None:
        channel = await self._channel(target)
        cursor = ""
        while True:
            async with _call("history", watch=self._watch):
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
        async with _call("list_users", watch=self._watch):
            page = await self._client.users_list(limit=200, cursor=cursor)
        return SlackPage(page["members"], _next_cursor(page))

    def _in_time(self, method: str, before: datetime) -> AbstractAsyncContextManager[None]:
        return _call(
            method,
            within_s=self._within_s,
            in_time=lambda: self._now() < before,
            watch=self._watch,
        )

    async def _channel(self, target: str) -> str:
        if not target.startswith(("U", "W")):
            return target
        async with _call("open", watch=self._watch):
            opened = await self._client.conversations_open(users=target)
        return str(opened["channel"]["id"])

    async def _respond(self, response_url: str, body: Mapping[str, Any]) -> None:
        async with self._session.post(response_url, json=body) as answer:
            text = await answer.text()
            if answer.status >= 500:
                raise Unclear(f"response_url answered {answer.status}")
            if answer.status == 429:
                raise Retryable("ratelimited", after_s=_retry_after(answer.headers))
            if answer.status != 200 or not _is_fine(text):
                raise Permanent(_refusal_of_link(text) or str(answer.status))


async def who_owns(client: AsyncWebClient) -> TokenOwner:
    """Ask `auth.test` whose token this is."""
    async with _call("auth_test"):
        answer = await client.auth_test()
    headers: Mapping[str, str] = answer.headers
    return TokenOwner(
        workspace_id=WorkspaceId(answer["team_id"]),
        workspace_name=answer["team"],
        bot_user_id=answer["user_id"],
        bot_id=answer.get("bot_id") or "",
        enterprise_id=answer.get("enterprise_id") or "",
        scopes=frozenset(s.strip() for s in headers.get("x-oauth-scopes", "").split(",") if s),
    )


@asynccontextmanager
async def _call(
    method: str,
    *,
    within_s: float = REQUEST_TIMEOUT_S,
    in_time: Callable[[], bool] = lambda: True,
    watch: Watch | None = None,
) -> AsyncIterator[None]:
    """Name the failpoints of an outside call, watch it, bound its time, translate its errors."""
    failpoints.hit(f"slack.{method}.before")
    # Last of all, because a process can be frozen for any time before this line.
    if not in_time():
        raise Retryable("too late to begin")
    watched = nullcontext() if watch is None else watch.slack_call(method)
    with watched, _translated(method):
        async with asyncio.timeout(within_s):
            yield
    failpoints.hit(f"slack.{method}.after")


@contextmanager
def _translated(method: str) -> Iterator[None]:
    try:
        yield
    except SlackApiError as error:
        raise _refusal(error) from error
    except (aiohttp.ClientConnectorError, SlackRequestError) as error:
        raise Retryable(f"{method}: Slack cannot be reached") from error
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise Unclear(f"{method}: {type(error).__name__}") from error


def _refusal(error: SlackApiError) -> Exception:
    response = error.response
    status: int = getattr(response, "status_code", 0) or getattr(response, "status", 0)
    if status == 429:
        return Retryable("ratelimited", after_s=_retry_after(response.headers))
    code = _error_code(response)
    if status >= 500 or not code or code in _PASSING - {"ratelimited", "rate_limited"}:
        return Unclear(code or f"HTTP {status}")
    if code in _PASSING:
        return Retryable(code, after_s=_retry_after(response.headers))
    return Permanent(code)


def _error_code(response: Any) -> str:
    body = getattr(response, "data", None)
    return str(body.get("error", "")) if isinstance(body, dict) else ""


def _retry_after(headers: Mapping[str, str]) -> float:
    """Seconds to wait; Slack sends whole ones. Without the header: its usual 30."""
    value = {name.lower(): text for name, text in headers.items()}.get("retry-after", "")
    return float(value) if value.isdecimal() else 30.0


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
        token_of: Callable[[WorkspaceId], Awaitable[str | None]],
        *,
        api_url: str,
        session: aiohttp.ClientSession,
        now: Callable[[], datetime],
        within_s: float = REQUEST_TIMEOUT_S,
        watch: Watch | None = None,
    ) -> None:
        self._watch = watch
        self._token_of = token_of
        self._api_url = api_url
        self._session = session
        self._now = now
        self._within_s = within_s

    async def for_workspace(self, workspace_id: WorkspaceId) -> SlackWorkspace:
        token = await self._token_of(workspace_id)
        if token is None:
            raise Permanent("not_installed")
        client = new_client(token, api_url=self._api_url, session=self._session)
        return SlackWorkspace(
            client, self._session, now=self._now, within_s=self._within_s, watch=self._watch
        )
