"""Socket Mode: the WebSockets that apps keep open and the envelopes that go through them."""

from __future__ import annotations

import asyncio
import json
import secrets
import uuid
from collections import defaultdict
from contextlib import suppress
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from playground.clock import Clock
from playground.envelopes import Ack, Envelope
from playground.faults import SOCKET, Fault, FaultKind, Faults
from playground.records import App, Json

ACK_DEADLINE_S = 3.0
MOST_CONNECTIONS = 10
_CLOSE_TIMEOUT_S = 1.0


class Connection:
    """One WebSocket of an app, with the envelopes it has not acknowledged yet."""

    def __init__(self, app_id: str, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.app_id = app_id
        self.id = secrets.token_hex(4)
        self.retiring = False
        self.reset_after_sending = False
        self._socket = socket
        self._request = request
        self._waiting: dict[str, asyncio.Future[Ack]] = {}

    async def send(self, message: Json) -> None:
        """Send one JSON message; raises ConnectionError when the socket is gone."""
        if self._socket.closed:
            raise ConnectionResetError
        await self._socket.send_str(json.dumps(message))

    async def deliver(self, envelope: Envelope) -> Ack:
        """Send an envelope and wait for its acknowledgement, for as long as the caller lets."""
        envelope_id = str(uuid.uuid4())
        waiting: asyncio.Future[Ack] = asyncio.get_running_loop().create_future()
        self._waiting[envelope_id] = waiting
        try:
            await self.send(_wrapped(envelope_id, envelope))
            if self.reset_after_sending:
                await self.close()
            return await waiting
        except ConnectionError:
            return Ack.missed("closed")
        finally:
            self._waiting.pop(envelope_id, None)

    async def read(self) -> None:
        """Take acknowledgements until the app or we close the socket."""
        async for message in self._socket:
            if message.type is WSMsgType.TEXT:
                self._acknowledged(message.data)

    def _acknowledged(self, text: str) -> None:
        try:
            answer = json.loads(text)
        except ValueError:
            return
        if not isinstance(answer, dict):
            return
        waiting = self._waiting.get(str(answer.get("envelope_id")))
        if waiting is not None and not waiting.done():
            waiting.set_result(Ack.given(answer.get("payload")))

    def gone(self) -> None:
        """Give up on what was not acknowledged."""
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_result(Ack.missed("closed"))

    async def close(self) -> None:
        """Close politely."""
        await self._socket.close(code=WSCloseCode.GOING_AWAY)

    def reset(self) -> None:
        """Cut the line without a word."""
        if self._request.transport is not None:
            self._request.transport.abort()


def _wrapped(envelope_id: str, envelope: Envelope) -> Json:
    wrapped: Json = {
        "envelope_id": envelope_id,
        "payload": envelope.payload,
        "type": str(envelope.kind),
        "accepts_response_payload": envelope.accepts_response,
    }
    if envelope.kind == "events_api":
        wrapped["retry_attempt"] = envelope.retry.attempt if envelope.retry else 0
        wrapped["retry_reason"] = envelope.retry.reason if envelope.retry else ""
    return wrapped


class Sockets:
    """All open WebSockets, by app; an envelope goes to one of them, each in turn."""

    def __init__(self, clock: Clock, faults: Faults) -> None:
        self._clock = clock
        self._faults = faults
        self._tickets: dict[str, str] = {}
        self._open: dict[str, list[Connection]] = defaultdict(list)
        self._arrived = asyncio.Event()

    def issue_ticket(self, app: App) -> str:
        """Return a ticket that lets this app open one WebSocket, once."""
        ticket = secrets.token_urlsafe(24)
        self._tickets[ticket] = app.id
        return ticket

    def connected(self, app_id: str) -> int:
        """Return how many WebSockets the app has open."""
        return len(self._open[app_id])

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Handle `GET /socket?ticket=…` until the WebSocket closes."""
        app_id = self._tickets.pop(request.query.get("ticket", ""), None)
        if app_id is None:
            return web.Response(status=404, text="unknown ticket")
        socket = web.WebSocketResponse(heartbeat=30, timeout=_CLOSE_TIMEOUT_S)
        await socket.prepare(request)
        connection = Connection(app_id, socket, request)
        self._open[app_id].append(connection)
        try:
            # An app that leaves while being greeted will come back.
            with suppress(ConnectionError):
                await self._welcome(connection)
                await connection.read()
        finally:
            self._open[app_id].remove(connection)
            connection.gone()
        return socket

    async def _welcome(self, connection: Connection) -> None:
        mine = self._open[connection.app_id]
        if len(mine) > MOST_CONNECTIONS:
            await _disconnect(connection, "too_many_websockets")
            return
        await connection.send(_hello(connection.app_id, len(mine)))
        arrived, self._arrived = self._arrived, asyncio.Event()
        arrived.set()

    async def deliver(self, app: App, envelope: Envelope) -> Ack:
        """Send an envelope to one of the app's sockets and wait 3 s for its acknowledgement."""
        try:
            return await self._clock.within(self._deliver(app, envelope), ACK_DEADLINE_S)
        except TimeoutError:
            return Ack.missed("timeout")

    async def _deliver(self, app: App, envelope: Envelope) -> Ack:
        while (connection := self._next(app.id)) is None:
            if envelope.kind != "events_api":
                return Ack.missed("no_connection")
            await self._arrived.wait()
        fault = self._faults.take(SOCKET, envelope.team_id)
        if fault is None:
            return await connection.deliver(envelope)
        return await self._deliver_badly(connection, envelope, fault)

    async def _deliver_badly(self, connection: Connection, envelope: Envelope, fault: Fault) -> Ack:
        if fault.kind is FaultKind.SLOW:
            await self._clock.sleep(fault.seconds)
        elif fault.kind is FaultKind.RESET_AFTER:
            connection.reset_after_sending = True
        else:
            connection.reset()
        return await connection.deliver(envelope)

    def _next(self, app_id: str) -> Connection | None:
        ready = [one for one in self._open[app_id] if not one.retiring]
        if not ready:
            return None
        chosen = ready[0]
        self._open[app_id].remove(chosen)
        self._open[app_id].append(chosen)
        return chosen

    async def ask_to_reconnect(self, app_id: str, reason: str = "refresh_requested") -> None:
        """Tell the app to renew its sockets; `warning` only announces it.

        After `refresh_requested` or `link_disabled` a socket gets no new envelopes.
        """
        for connection in list(self._open[app_id]):
            await _disconnect(connection, reason)

    async def close(self, app_id: str | None = None, *, politely: bool = True) -> None:
        """Close an app's sockets (all apps' when None); unacknowledged envelopes are missed."""
        for owner, connections in list(self._open.items()):
            if app_id in (None, owner):
                for connection in list(connections):
                    await _close(connection, politely)


async def _close(connection: Connection, politely: bool) -> None:
    if politely:
        await connection.close()
    else:
        connection.reset()


async def _disconnect(connection: Connection, reason: str) -> None:
    connection.retiring = reason != "warning"
    await connection.send(
        {"type": "disconnect", "reason": reason, "debug_info": {"host": "playground"}}
    )


def _hello(app_id: str, connections: int) -> dict[str, Any]:
    return {
        "type": "hello",
        "num_connections": connections,
        "debug_info": {
            "host": "playground",
            "build_number": 1,
            "approximate_connection_time": 18060,
        },
        "connection_info": {"app_id": app_id},
    }
