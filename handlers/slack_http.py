"""Slack over HTTP: the raw bytes are verified and their shape checked before Bolt sees them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web
from pydantic_core import from_json
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp
from yarl import URL

from bot import log
from handlers.bodies import read_body
from handlers.desk import Desk
from handlers.middleware import watched_of
from handlers.payloads import text, understood
from handlers.signatures import is_slacks
from handlers.slack import bolt_request, tell_apart

_log = log.get("handlers.slack_http")
LARGEST_BODY = 1024 * 1024


class SlackDoor:
    """`POST /slack/events`, for events, interactions and commands alike."""

    def __init__(self, desk: Desk, app: AsyncApp, *, signing_secret: str) -> None:
        self._desk = desk
        self._app = app
        self._secret = signing_secret

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/slack/events", self.take)

    async def take(self, request: web.Request) -> web.Response:
        body = await read_body(request, largest=LARGEST_BODY)
        if not self._is_genuine(request, body):
            return self._refuse(401, "bad_signature")
        try:
            sent = _read(request.content_type, body.decode())
        except ValueError:
            return self._refuse(400, "malformed")
        known = _ANSWERS.get(_kind(sent))
        if known is not None:
            return known(sent)
        payload = understood(sent)
        if payload is None:
            return self._refuse(400, "not_understood")
        tell_apart(watched_of(request), sent, payload, door="slack_http")
        return await to_aiohttp_response(await self._app.async_dispatch(bolt_request(payload)))

    def _is_genuine(self, request: web.Request, body: bytes) -> bool:
        return is_slacks(
            self._secret,
            body,
            timestamp=request.headers.get("X-Slack-Request-Timestamp", ""),
            signature=request.headers.get("X-Slack-Signature", ""),
            now=self._desk.now(),
        )

    def _refuse(self, status: int, reason: str) -> web.Response:
        self._desk.refusals.add("slack", reason)
        return web.Response(status=status)


def _read(content_type: str, body: str) -> object:
    if content_type == "application/json":
        return from_json(body)
    # A message's blocks travel in the form, so it is long: this parser is compiled.
    fields = dict(URL(f"?{body}", encoded=True).query)
    return from_json(fields["payload"]) if "payload" in fields else fields


def _kind(sent: object) -> str:
    """What Slack wants of the address itself, rather than of a workspace."""
    if not isinstance(sent, dict):
        return ""
    return "ssl_check" if sent.get("ssl_check") == "1" else str(sent.get("type"))


def _challenge(sent: Any) -> web.Response:
    return web.json_response({"challenge": text(sent.get("challenge"))})


def _rate_limited(sent: Any) -> web.Response:
    _log.warning("slack.events_withheld", minute=text(sent.get("minute_rate_limited")))
    return web.Response()


_ANSWERS: dict[str, Callable[[Any], web.Response]] = {
    "app_rate_limited": _rate_limited,
    "ssl_check": lambda _: web.Response(),
    "url_verification": _challenge,
}
