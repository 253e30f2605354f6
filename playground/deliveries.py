"""Gets events, interactions and commands to the apps, and events again when they are missed."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from playground import ids
from playground.envelopes import Ack, Envelope, Kind, Retry
from playground.http_events import HttpEvents
from playground.records import App, Installation, Json
from playground.sockets import Sockets
from playground.state import State

# Slack tries again at once, after a minute and after five:
# https://docs.slack.dev/apis/events-api/#retries
RETRY_DELAYS_S: Sequence[float] = (0.0, 60.0, 300.0)

Listener = Callable[[Envelope, Ack, float], None]


class Deliveries:
    """The way from the workspace to the apps."""

    def __init__(self, state: State, sockets: Sockets, http: HttpEvents) -> None:
        self.retry_delays_s = RETRY_DELAYS_S
        self._state = state
        self._sockets = sockets
        self._http = http
        self._listeners: list[Listener] = []
        self._running: set[asyncio.Task[Any]] = set()

    def reachable(self, app: App) -> bool:
        """Whether somebody is listening on the app's side."""
        if app.socket_mode:
            return self._sockets.connected(app.id) > 0
        return bool(app.request_url)

    def listen(self, listener: Listener) -> None:
        """Call `listener` with everything sent, how it was taken, and after how many seconds."""
        self._listeners.append(listener)

    async def send(self, app: App, envelope: Envelope) -> Ack:
        """Deliver once; never raises."""
        began = time.perf_counter()
        ack = await self._send(app, envelope)
        for listener in self._listeners:
            listener(envelope, ack, time.perf_counter() - began)
        return ack

    async def _send(self, app: App, envelope: Envelope) -> Ack:
        if app.socket_mode:
            return await self._sockets.deliver(app, envelope)
        if not app.request_url:
            return Ack.missed("no_request_url")
        return await self._http.deliver(app, envelope)

    def emit(self, installation: Installation, event: Json, *, subscription: str = "") -> None:
        """Send an event in the background if the app subscribed to it."""
        if self.hears(installation, subscription or event["type"]):
            app = self._state.apps[installation.app_id]
            self.start(self.send_event(app, self.wrap(installation, event)))

    def hears(self, installation: Installation, subscription: str) -> bool:
        """Whether the app is still installed and subscribed to such events."""
        return installation.active and subscription in self._state.apps[installation.app_id].events

    def emit_everywhere(self, team_id: str, event: Json) -> None:
        """Send an event of a workspace to all its apps."""
        for installation in list(self._state.installations.values()):
            if installation.team_id == team_id:
                self.emit(installation, event)

    def wrap(self, installation: Installation, event: Json) -> Json:
        """Return the `event_callback` around an event; an organisation's names no workspace."""
        app = self._state.apps[installation.app_id]
        payload: Json = {
            "token": app.verification_token,
            "api_app_id": app.id,
            "event": event,
            "type": "event_callback",
            "event_id": ids.new_id("Ev"),
            "event_time": int(self._state.clock.now()),
        }
        if installation.enterprise_id:
            payload["enterprise_id"] = installation.enterprise_id
        if installation.is_org:
            return payload
        return payload | {
            "team_id": installation.team_id,
            "context_team_id": installation.team_id,
            "context_enterprise_id": installation.enterprise_id or None,
            "authorizations": [_authorization(installation)],
            "is_ext_shared_channel": False,
            "event_context": f"4-{secrets.token_urlsafe(24)}",
        }

    async def send_event(self, app: App, payload: Json) -> Ack:
        """Deliver an event; returns how the first attempt went, the others follow by themselves."""
        ack = await self.send(app, Envelope(Kind.EVENT, payload))
        if not ack.ok:
            self.start(self._try_again(app, payload, ack))
        return ack

    async def _try_again(self, app: App, payload: Json, ack: Ack) -> None:
        for attempt, delay_s in enumerate(self.retry_delays_s, start=1):
            if ack.ok or ack.no_retry:
                return
            await self._state.clock.sleep(delay_s)
            retry = Retry(attempt, _reason(ack))
            ack = await self.send(app, Envelope(Kind.EVENT, payload, retry=retry))

    def start(self, work: Coroutine[Any, Any, Any]) -> None:
        """Do something in the background; `settle` waits for it."""
        task = asyncio.ensure_future(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def settle(self) -> None:
        """Wait until every event under way is delivered or given up."""
        while self._running:
            await asyncio.wait(set(self._running))

    async def close(self) -> None:
        """Give up everything under way."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)


def _authorization(installation: Installation) -> Json:
    return {
        "enterprise_id": installation.enterprise_id or None,
        "team_id": None if installation.org_wide else installation.team_id,
        "user_id": installation.bot_user,
        "is_bot": True,
        "is_enterprise_install": installation.org_wide,
    }


def _reason(ack: Ack) -> str:
    """Return Slack's word for why it tries again."""
    return "timeout" if ack.reason in ("closed", "no_connection") else ack.reason
