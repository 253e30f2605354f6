"""One call to Slack's Web API: by our own HTTP, bounded in time, its refusals translated, once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, nullcontext
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot import failpoints
from bot.errors import Permanent, Retryable, Unclear
from bot.watch import Watch

REQUEST_TIMEOUT_S = 10
# Slack says of these that trying later may help; of the rest, that it will not.
_TOO_MANY = frozenset({"ratelimited", "rate_limited"})
# It may have stumbled after the call took effect.
_STUMBLED = frozenset(
    {
        "fatal_error",
        "internal_error",
        "request_timeout",
        "service_unavailable",
        "team_added_to_org",
    }
)
# Slack says of these that the token, not the call, is to blame.
_SIGNED_OUT = frozenset(
    {"account_inactive", "invalid_auth", "not_authed", "token_expired", "token_revoked"}
)
Renew = Callable[[str, str], Awaitable[str | None]]


def new_session() -> aiohttp.ClientSession:
    """The one HTTP session of a process; the environment's proxies are not used."""
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=REQUEST_TIMEOUT_S), trust_env=False
    )


class _RenewingClient(AsyncWebClient):
    """Asks for another token when Slack refuses its own, and then calls once more.

    That is safe for any call: Slack looks at the token before it does anything.
    """

    renew: Renew | None = None

    async def api_call(self, api_method: str, **arguments: Any) -> AsyncSlackResponse:
        try:
            return await super().api_call(api_method, **arguments)
        except SlackApiError as error:
            reason = _error_code(error.response)
            if self.renew is None or reason not in _SIGNED_OUT:
                raise
            token = await self.renew(self.token or "", reason)
            if token is None:
                raise
        self.token = token
        return await super().api_call(api_method, **arguments)


def new_client(
    token: str | None, *, api_url: str, session: aiohttp.ClientSession, renew: Renew | None = None
) -> AsyncWebClient:
    """A web client that retries only with a renewed token and never reads the environment.

    `renew` takes the token that was refused and Slack's word for it, and gives another or None.
    """
    client = _RenewingClient(
        token, base_url=api_url, session=session, timeout=REQUEST_TIMEOUT_S, retry_handlers=[]
    )
    client.proxy = None  # the constructor takes it from HTTP_PROXY
    client.renew = renew
    return client


@asynccontextmanager
async def slack_call(
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
        return Retryable("ratelimited", after_s=retry_after(response.headers))
    code = _error_code(response)
    if status >= 500 or not code or code in _STUMBLED:
        return Unclear(code or f"HTTP {status}")
    if code in _TOO_MANY:
        return Retryable(code, after_s=retry_after(response.headers))
    return Permanent(code)


def _error_code(response: Any) -> str:
    body = getattr(response, "data", None)
    return str(body.get("error", "")) if isinstance(body, dict) else ""


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds to wait; Slack sends whole ones. Without the header: its usual 30."""
    value = {name.lower(): text for name, text in headers.items()}.get("retry-after", "")
    return float(value) if value.isdecimal() else 30.0
