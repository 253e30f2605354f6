"""A client for a playground that runs as a process of its own."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import aiohttp

from playground.records import Json


class RemoteError(Exception):
    """The playground could not do what was asked; the text says why."""


class RemotePlayground:
    """`async with RemotePlayground(page_url) as slack: await slack.do("click", user=…)`."""

    def __init__(self, page_url: str) -> None:
        self._control = f"{page_url}control/"
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(trust_env=False)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def do(self, action: str, **args: Any) -> Json:
        """Carry out an action of `playground.control.ACTIONS`; raises RemoteError."""
        return await self._ask("POST", action, args)

    async def state(self) -> Json:
        """Return the whole state."""
        return await self._ask("GET", "state", None)

    async def _ask(self, verb: str, what: str, args: Json | None) -> Json:
        if self._session is None:
            raise RemoteError("use `async with`")
        url = f"{self._control}{what}"
        async with self._session.request(verb, url, json=args) as answer:
            body: Json = await answer.json()
        if answer.status != 200:
            raise RemoteError(body.get("error", answer.status))
        return body
