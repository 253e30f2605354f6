"""Slack over Socket Mode: envelopes are handled a bounded number at a time, stored, then answered.

On stop nothing new is begun, what has begun is finished and acknowledged, and only then does the
socket close; Slack gives what was not begun to another connection.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot import log
from handlers.desk import Desk

_log = log.get("handlers.sockets")
_AT_ONCE = 20
_DRAIN_S = 10.0
_WATCH_EVERY_S = 5.0
_STUCK_AFTER_S = 45.0


class SocketDoor:
    """One process's Socket Mode connection; `new_client` makes a fresh client each time."""

    def __init__(
        self, desk: Desk, app: AsyncApp, *, new_client: Callable[[], SocketModeClient]
    ) -> None:
        self._desk = desk
        self._app = app
        self._new_client = new_client
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._under_way: set[str] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._draining = False
        self._client: SocketModeClient | None = None

    async def is_connected(self) -> bool:
        return self._client is not None and bool(await self._client.is_connected())

    async def run(self, stop: asyncio.Event) -> None:
        """Stay connected until `stop`, then drain and close."""
        stopped = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                await self._stay(stopped)
            await self._drain()
        finally:
            stopped.cancel()
            await self._close()

    async def _stay(self, stopped: asyncio.Task[bool]) -> None:
        """Connect and watch; returns to be called again when the client is stuck.

        The SDK's client reconnects by itself but is known to hang while doing so
        (github.com/slackapi/python-slack-sdk/issues/1110): then a new client takes over.
        """
        await self._close()
        self._client = self._new_client()
        self._client.socket_mode_request_listeners.append(self.handle)
        connecting = asyncio.create_task(self._client.connect())  # type: ignore[no-untyped-call]
        last_well = time.monotonic()
        try:
            while time.monotonic() - last_well < _STUCK_AFTER_S:
                await asyncio.wait({stopped}, timeout=_WATCH_EVERY_S)
                if stopped.done():
                    return
                if await self.is_connected():
                    last_well = time.monotonic()
            _log.warning("socket.stuck", after_s=_STUCK_AFTER_S)
        finally:
            connecting.cancel()

    async def handle(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """One envelope: dispatched to Bolt, acknowledged if and only if it was taken care of."""
        if self._draining or request.envelope_id in self._under_way:
            return
        self._under_way.add(request.envelope_id)
        self._idle.clear()
        try:
            async with self._room:
                await self._dispatch(client, request)
        finally:
            self._under_way.discard(request.envelope_id)
            if not self._under_way:
                self._idle.set()

    async def _dispatch(
        self, client: AsyncBaseSocketModeClient, request: SocketModeRequest
    ) -> None:
        start = time.time()
        response = await run_async_bolt_app(self._app, request)
        if response.status != 200:
            self._desk.refusals.add("socket", str(response.status))
        await send_async_response(client, request, response, start)

    async def _drain(self) -> None:
        self._draining = True
        try:
            await asyncio.wait_for(self._idle.wait(), timeout=_DRAIN_S)
        except TimeoutError:
            _log.warning("socket.drained_late", under_way=len(self._under_way))

    async def _close(self) -> None:
        if self._client is not None:
            await self._client.close()  # type: ignore[no-untyped-call]
            self._client = None
