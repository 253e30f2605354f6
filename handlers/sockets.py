"""Slack over Socket Mode: envelopes are handled a bounded number at a time, stored, then answered.

Slack goes on sending until a socket is closed, and sends a tap that nobody answers to nobody else. So
on stop the door waits for a moment in which nothing is under way, and closes the socket then.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
from slack_bolt.adapter.socket_mode.async_internals import send_async_response
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot import log
from handlers.desk import Desk
from handlers.middleware import outcome_of_status
from handlers.payloads import text, understood
from handlers.slack import bolt_request, tell_apart

_log = log.get("handlers.sockets")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a socket door waits for what, in seconds; and how many envelopes it opens at once.

    After half of `drain_s` without a quiet moment nothing new is begun.
    """

    at_once: int = 20
    drain_s: float = 10.0
    watch_every_s: float = 5.0
    stuck_after_s: float = 45.0
    close_s: float = 5.0


class SocketDoor:
    """One process's Socket Mode connection; `new_client` makes a fresh client each time."""

    def __init__(
        self,
        desk: Desk,
        app: AsyncApp,
        *,
        new_client: Callable[[], SocketModeClient],
        patience: Patience | None = None,
    ) -> None:
        self._patience = patience or Patience()
        self._desk = desk
        self._app = app
        self._new_client = new_client
        self._room = asyncio.Semaphore(self._patience.at_once)
        self._under_way: set[str] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._draining = False
        self._greeted = asyncio.Event()
        self._awaited = True
        self._client: SocketModeClient | None = None

    async def is_connected(self) -> bool:
        return self._client is not None and bool(await self._client.is_connected())

    @property
    def is_open(self) -> bool:
        """Whether there is an open connection, as far as its own end knows."""
        session = None if self._client is None else self._client.current_session
        return session is not None and not session.closed

    @property
    def is_awaited(self) -> bool:
        """Whether Slack's first hello is still waited for."""
        return self._awaited and not self._greeted.is_set()

    async def greeted(self, *, within_s: float) -> bool:
        """Whether Slack has said hello; waits for it no longer than that."""
        try:
            await asyncio.wait_for(self._greeted.wait(), within_s)
        except TimeoutError:
            _log.warning("socket.not_greeted", after_s=within_s)
        self._awaited = False
        return self._greeted.is_set()

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
        self._client.message_listeners.append(self._hear)
        self._client.socket_mode_request_listeners.append(self.handle)
        connecting = asyncio.create_task(self._client.connect())  # type: ignore[no-untyped-call]
        last_well = time.monotonic()
        try:
            while time.monotonic() - last_well < self._patience.stuck_after_s:
                await asyncio.wait({stopped}, timeout=self._patience.watch_every_s)
                if stopped.done():
                    return
                if await self.is_connected():
                    last_well = time.monotonic()
            self._desk.watch.metrics.sockets_stuck.inc()
            _log.warning("socket.stuck", after_s=self._patience.stuck_after_s)
        finally:
            connecting.cancel()

    async def _hear(
        self, client: AsyncBaseSocketModeClient, message: dict[str, Any], raw: str | None
    ) -> None:
        if message.get("type") == "hello":
            self._desk.watch.metrics.socket_greetings.inc()
            self._greeted.set()

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
        with self._desk.watch.request("slack_socket") as watched:
            watched.tell(door="slack_socket", envelope_id=text(request.envelope_id, 50))
            watched.tell_trace()
            payload = understood(request.payload)
            if payload is None:
                watched.outcome = "refused"
                self._desk.refusals.add("socket", "not_understood")
                return
            tell_apart(watched, request.payload, payload, door="slack_socket")
            response = await self._app.async_dispatch(bolt_request(payload))
            watched.outcome = outcome_of_status(response.status)
            if response.status != 200:
                self._desk.refusals.add("socket", str(response.status))
            await send_async_response(client, request, response, start)
            _log.debug("request.done", outcome=watched.outcome)

    async def _drain(self) -> None:
        quiet = await self._is_idle_within(self._patience.drain_s / 2)
        self._draining = True
        if not quiet and not await self._is_idle_within(self._patience.drain_s / 2):
            _log.warning("socket.drained_late", under_way=len(self._under_way))

    async def _is_idle_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._idle.wait(), timeout=seconds)
        except TimeoutError:
            return False
        return True

    async def _close(self) -> None:
        """Let go of the client; one that is stuck may be stuck in closing, too."""
        client, self._client = self._client, None
        if client is None:
            return
        try:
            async with asyncio.timeout(self._patience.close_s):
                await client.close()  # type: ignore[no-untyped-call]
        except (TimeoutError, OSError, aiohttp.ClientError) as error:
            _log.warning("socket.closed_badly", error=type(error).__name__)
