"""One request to GitHub: gidgethub's, on our session, bounded in time, its refusals translated."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import aiohttp
from gidgethub import HTTPException, sansio
from gidgethub.aiohttp import GitHubAPI

from bot import failpoints
from bot.errors import Retryable, TooMuch
from bot.integrations.github.limits import Limits
from bot.watch import Watch

# GitHub itself gives up a GraphQL query after ten seconds.
REQUEST_TIMEOUT_S = 20.0
_REQUESTER = "hunch"
_VERSION = {"x-github-api-version": "2022-11-28"}
_TOO_LONG = (502, 504)


@dataclass(frozen=True, slots=True)
class GraphBody:
    """A GraphQL answer as it came."""

    data: Any
    errors: tuple[Mapping[str, Any], ...]
    headers: Mapping[str, str]


class Api(GitHubAPI):
    """gidgethub's client; every answer's word about limits is kept in `limits`."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        api_url: str,
        limits: Limits,
        app_id: str | None = None,
        private_key: str | None = None,
    ) -> None:
        super().__init__(
            session, _REQUESTER, base_url=api_url, app_id=app_id, private_key=private_key
        )
        self._limits = limits

    async def _request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> tuple[int, Mapping[str, str], bytes]:
        timeout = aiohttp.ClientTimeout(total=REQUEST_TIMEOUT_S)
        async with self._session.request(
            method, url, headers={**headers, **_VERSION}, data=body or None, timeout=timeout
        ) as answer:
            self._limits.note(answer.headers)
            return answer.status, answer.headers, await answer.read()

    async def page(self, url: str, token: str | None) -> tuple[Any, str | None]:
        """One page of a list, and the address of the next."""
        found, following, _ = await self._make_request(
            "GET", url, {}, b"", sansio.accept_format(), oauth_token=token
        )
        return found, following

    async def graph_body(
        self, url: str, query: str, variables: Mapping[str, Any], token: str | None
    ) -> GraphBody:
        """A GraphQL answer with its errors; gidgethub would drop the data beside them."""
        headers = sansio.create_headers(self.requester, oauth_token=token)
        headers["content-type"] = "application/json; charset=utf-8"
        asked = json.dumps({"query": query, "variables": dict(variables)}).encode()
        status, answered, body = await self._request("POST", url, headers, asked)
        found, _, _ = sansio.decipher_response(status, answered, body)
        if not isinstance(found, dict):
            raise TypeError("no JSON object")
        return GraphBody(found.get("data"), tuple(found.get("errors") or ()), answered)


@contextmanager
def github_call(method: str, limits: Limits, watch: Watch | None = None) -> Iterator[None]:
    """Name the failpoints of a call (`graph`, `get`, …), watch it, translate its errors.

    Raises TooMuch where GitHub needed too long for a GraphQL query.
    """
    failpoints.hit(f"github.{method}.before")
    watched = nullcontext() if watch is None else watch.github_call(method)
    with watched, _translated(method, limits):
        yield
    failpoints.hit(f"github.{method}.after")


@contextmanager
def _translated(method: str, limits: Limits) -> Iterator[None]:
    try:
        yield
    except HTTPException as error:
        if method == "graph" and error.status_code in _TOO_LONG:
            raise TooMuch(f"HTTP {int(error.status_code)}") from error
        raise limits.refusal(error) from error
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Retryable(f"{method}: GitHub cannot be reached") from error
    except (TypeError, ValueError) as error:
        raise Retryable(f"{method}: GitHub's answer cannot be read") from error
