"""GitHub through one connection; see `bot.ports.github.GitHub`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

import aiohttp

from bot.errors import Permanent, Retryable
from bot.integrations.github.addresses import addresses_of
from bot.integrations.github.app import InstallationTokens
from bot.integrations.github.calls import Api, github_call
from bot.integrations.github.limits import Limits
from bot.ports.github import Budget, GraphAnswer
from bot.watch import Watch

_T = TypeVar("_T")
# A limit that is over so soon is waited for here; for others the caller comes again.
_SHORT_S = 5.0
_TRIES = 3
_CORE = "core"
_GRAPH = "graphql"
_PAGE = 100


class Credential(Protocol):
    """What opens GitHub to us."""

    async def token(self) -> str | None:
        """The token to call with; None where the App's own key does it."""
        ...

    def refused(self) -> bool:
        """GitHub did not take it: whether another may be had."""
        ...


class InstallationToken:
    """The current token of an App's installation."""

    def __init__(self, tokens: InstallationTokens, installation_id: int) -> None:
        self._tokens = tokens
        self._id = installation_id

    async def token(self) -> str:
        return await self._tokens.of(self._id)

    def refused(self) -> bool:
        self._tokens.forget(self._id)
        return True


class GivenToken:
    """A token somebody has just given us."""

    def __init__(self, value: str) -> None:
        self._value = value

    async def token(self) -> str:
        return self._value

    def refused(self) -> bool:
        return False


class AppKey:
    """The App itself, which only few of GitHub's answers are for."""

    async def token(self) -> None:
        return None

    def refused(self) -> bool:
        return False


class GitHubClient:
    """See `bot.ports.github.GitHub`. GraphQL queries go one after the other.

    `now` gives aware UTC. `app` is the App's id and key where the credential is an AppKey.
    `on_refusal` hears the reason of each Permanent before it is raised.
    """

    def __init__(
        self,
        credential: Credential,
        *,
        api_url: str,
        session: aiohttp.ClientSession,
        now: Callable[[], datetime],
        watch: Watch | None = None,
        app: tuple[str, str] = ("", ""),
        on_refusal: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        self._credential = credential
        self._limits = Limits(now)
        self._graph_url = addresses_of(api_url).graph
        app_id, private_key = app
        self._api = Api(
            session,
            api_url=api_url,
            limits=self._limits,
            app_id=app_id or None,
            private_key=private_key or None,
        )
        self._watch = watch
        self._on_refusal = on_refusal
        self._turn = asyncio.Lock()

    @property
    def budget(self) -> Budget | None:
        return self._limits.of(_GRAPH)

    @property
    def expires_at(self) -> datetime | None:
        """When the token ends by itself, as an answer has said; None: not known, or never."""
        return self._limits.expires_at

    async def get(self, path: str) -> Any:
        async def ask(token: str | None) -> Any:
            return await self._api.getitem(path, oauth_token=token)

        return await self._call("get", _CORE, ask)

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:
        async def ask(token: str | None) -> Any:
            return await self._api.post(path, data=dict(body), oauth_token=token)

        return await self._call("post", _CORE, ask)

    async def pages(
        self,
        path: str,
        *,
        key: str = "",
        enough: Callable[[Sequence[Any]], bool] | None = None,
    ) -> Sequence[Any]:
        found: list[Any] = []
        following: str | None = _in_large_pages(path)
        while following is not None and not (found and enough is not None and enough(found)):
            page, following = await self._page(following)
            found += page[key] if key else page
        return found

    async def graph(self, query: str, variables: Mapping[str, Any]) -> GraphAnswer:
        async def ask(token: str | None) -> GraphAnswer:
            body = await self._api.graph_body(self._graph_url, query, variables, token)
            refusal = self._limits.graph_refusal(body.data, body.errors, body.headers)
            if refusal is not None:
                raise refusal
            return GraphAnswer(body.data, body.errors, _cost(body.data), self.budget)

        async with self._turn:
            return await self._call("graph", _GRAPH, ask)

    async def _page(self, url: str) -> tuple[Any, str | None]:
        async def ask(token: str | None) -> tuple[Any, str | None]:
            return await self._api.page(url, token)

        return await self._call("get", _CORE, ask)

    async def _call(
        self, method: str, resource: str, ask: Callable[[str | None], Awaitable[_T]]
    ) -> _T:
        """Ask; what GitHub refuses for good is said to whom it may concern."""
        try:
            return await self._ask(method, resource, ask)
        except Permanent as error:
            if self._on_refusal is not None:
                await self._on_refusal(error.reason)
            raise

    async def _ask(
        self, method: str, resource: str, ask: Callable[[str | None], Awaitable[_T]]
    ) -> _T:
        """Wait for limits that are over soon, and take a new token where one is refused."""
        tries = _TRIES
        while True:
            tries -= 1
            self._limits.keep(resource)
            token = await self._credential.token()
            try:
                with github_call(method, self._limits, self._watch):
                    return await ask(token)
            except Retryable as error:
                if tries == 0 or not _is_short(error):
                    raise
                await asyncio.sleep(error.after_s or 0.0)
            except Permanent as error:
                if tries == 0 or error.reason != "revoked" or not self._credential.refused():
                    raise


def _is_short(error: Retryable) -> bool:
    limited = error.reason == "rate_limited"
    return limited and error.after_s is not None and error.after_s <= _SHORT_S


def _in_large_pages(path: str) -> str:
    if "per_page=" in path:
        return path
    return f"{path}{'&' if '?' in path else '?'}per_page={_PAGE}"


def _cost(data: Mapping[str, Any]) -> int:
    """What the query says it cost, where it asked for that."""
    told = data.get("rateLimit")
    return int(told["cost"]) if isinstance(told, Mapping) and "cost" in told else 0
