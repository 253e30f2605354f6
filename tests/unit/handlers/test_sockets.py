"""The socket door's own promises, against clients and listeners that misbehave."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from handlers.desk import Desk
from handlers.sockets import Patience, SocketDoor

_QUICK = Patience(at_once=3, drain_s=0.05, watch_every_s=0.01, stuck_after_s=0.05, close_s=0.05)
_COMMAND = {"command": "/copilot", "user_id": "U1", "team_id": "T1"}


class Client:
    """A Socket Mode client that is connected or not, as told, and closes well or not."""

    def __init__(self, *, connected: bool, closing: Callable[[], Any] | None = None) -> None:
        self.connected = connected
        self.closed = 0
        self.acknowledged: list[str] = []
        self.message_listeners: list[Any] = []
        self.socket_mode_request_listeners: list[Any] = []
        self.logger = logging.getLogger("test")
        self._closing = closing

    async def connect(self) -> None:
        for listener in self.message_listeners:
            await listener(self, {"type": "warming up"}, None)
            if self.connected:
                await listener(self, {"type": "hello"}, None)

    async def is_connected(self) -> bool:
        return self.connected

    async def close(self) -> None:
        self.closed += 1
        if self._closing is not None:
            await self._closing()

    async def send_socket_mode_response(self, response: Any) -> None:
        self.acknowledged.append(response.envelope_id)


class App:
    """Answers every request with `status` once `gate` is open; counts how many it holds."""

    def __init__(self, status: int = 200) -> None:
        self.gate = asyncio.Event()
        self.under_way = 0
        self.most = 0
        self.begun = 0
        self._status = status

    async def async_dispatch(self, request: Any) -> BoltResponse:
        self.begun += 1
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await self.gate.wait()
        self.under_way -= 1
        return BoltResponse(status=self._status, body="")


def door_of(app: App, *clients: Client) -> tuple[SocketDoor, Desk]:
    waiting = list(clients)
    nothing = cast(Any, None)
    desk = Desk(nothing, nothing, nothing, lambda: datetime.now(UTC))
    door = SocketDoor(
        desk,
        cast(AsyncApp, app),
        new_client=lambda: cast(SocketModeClient, waiting.pop(0)),
        patience=_QUICK,
    )
    return door, desk


def envelope(number: int, payload: dict[str, Any] | None = None) -> SocketModeRequest:
    return SocketModeRequest("slash_commands", f"e{number}", payload or _COMMAND)


async def _handle(door: SocketDoor, client: Client, request: SocketModeRequest) -> None:
    await door.handle(cast(SocketModeClient, client), request)


async def _turns(count: int = 20) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_no_more_envelopes_are_opened_at_once_than_there_is_room() -> None:
    app, client = App(), Client(connected=True)
    door, _ = door_of(app)
    handling = [asyncio.create_task(_handle(door, client, envelope(n))) for n in range(10)]
    await _turns()
    assert app.most == 3
    app.gate.set()
    await asyncio.gather(*handling)
    assert app.most == 3
    assert sorted(client.acknowledged) == sorted(f"e{n}" for n in range(10))


async def test_an_envelope_that_comes_again_while_it_is_open_is_opened_once() -> None:
    app, client = App(), Client(connected=True)
    door, _ = door_of(app)
    handling = [asyncio.create_task(_handle(door, client, envelope(7))) for _ in range(3)]
    await _turns()
    app.gate.set()
    await asyncio.gather(*handling)
    assert app.begun == 1
    assert client.acknowledged == ["e7"]


@pytest.mark.parametrize("status", [404, 500, 503])
async def test_what_was_not_taken_care_of_is_not_acknowledged_but_counted(status: int) -> None:
    app, client = App(status), Client(connected=True)
    app.gate.set()
    door, desk = door_of(app)
    await _handle(door, client, envelope(1))
    assert client.acknowledged == []
    assert desk.refusals.by_reason == {("socket", str(status)): 1}


async def test_what_is_not_understood_reaches_no_listener() -> None:
    app, client = App(), Client(connected=True)
    door, desk = door_of(app)
    await _handle(door, client, envelope(1, {"type": "event_callback"}))
    assert app.begun == 0
    assert client.acknowledged == []
    assert desk.refusals.by_reason == {("socket", "not_understood"): 1}


async def test_a_client_that_is_stuck_is_replaced() -> None:
    stuck, well = Client(connected=False), Client(connected=True)
    door, _ = door_of(App(), stuck, well)
    stop = asyncio.Event()
    running = asyncio.create_task(door.run(stop))
    assert await door.greeted(within_s=5)
    assert stuck.closed == 1
    assert await door.is_connected()
    stop.set()
    await running
    assert well.closed == 1
    assert not await door.is_connected()


async def test_a_client_that_hangs_or_breaks_in_closing_holds_nobody_up() -> None:
    async def hang() -> None:
        await asyncio.sleep(60)

    async def break_down() -> None:
        raise ConnectionResetError

    clients = Client(connected=False, closing=hang), Client(connected=False, closing=break_down)
    well = Client(connected=True)
    door, _ = door_of(App(), *clients, well)
    stop = asyncio.Event()
    running = asyncio.create_task(door.run(stop))
    assert await door.greeted(within_s=5)
    stop.set()
    await running
    assert [client.closed for client in clients] == [1, 1]


async def test_whether_slack_greets_us_is_waited_for_no_longer_than_said() -> None:
    door, _ = door_of(App())
    assert not await door.greeted(within_s=0.01)


async def test_draining_waits_for_a_moment_in_which_nothing_is_open() -> None:
    app, client = App(), Client(connected=True)
    door, _ = door_of(app, client)
    stop = asyncio.Event()
    running = asyncio.create_task(door.run(stop))
    await door.greeted(within_s=5)
    handling = asyncio.create_task(_handle(door, client, envelope(1)))
    await _turns()
    stop.set()
    await _turns()
    late = asyncio.create_task(_handle(door, client, envelope(2)))
    await _turns()
    assert client.closed == 0
    app.gate.set()
    await asyncio.gather(handling, late, running)
    assert client.acknowledged == ["e1", "e2"]
    assert client.closed == 1


async def test_when_no_such_moment_comes_nothing_more_is_opened() -> None:
    app, client = App(), Client(connected=True)
    door, _ = door_of(app, client)
    stop = asyncio.Event()
    running = asyncio.create_task(door.run(stop))
    await door.greeted(within_s=5)
    handling = asyncio.create_task(_handle(door, client, envelope(1)))
    await _turns()
    stop.set()
    await running
    await _handle(door, client, envelope(2))
    app.gate.set()
    await handling
    assert client.acknowledged == ["e1"]


async def test_draining_gives_up_on_what_takes_too_long() -> None:
    app, client = App(), Client(connected=True)
    door, _ = door_of(app, client)
    stop = asyncio.Event()
    running = asyncio.create_task(door.run(stop))
    await door.greeted(within_s=5)
    handling = asyncio.create_task(_handle(door, client, envelope(1)))
    await _turns()
    stop.set()
    await running
    assert client.closed == 1
    handling.cancel()
