"""Slack over HTTP: the raw bytes are verified and their shape checked before Bolt sees them."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest

from handlers.bodies import read_body
from handlers.desk import Desk
from handlers.signatures import is_slacks

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
            text = body.decode()
            payload = _payload(request.content_type, text)
        except (ValueError, RecursionError):
            return self._refuse(400, "malformed")
        if not isinstance(payload, dict) or not _is_known(payload):
            return self._refuse(400, "malformed")
        if payload.get("type") == "url_verification":
            return web.json_response({"challenge": str(payload.get("challenge", ""))})
        asked = AsyncBoltRequest(
            body=text, query=request.query_string, headers=dict(request.headers)
        )
        return await to_aiohttp_response(await self._app.async_dispatch(asked))

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


def _payload(content_type: str, text: str) -> object:
    if content_type == "application/json":
        return json.loads(text)
    fields = dict(parse_qsl(text, keep_blank_values=True, strict_parsing=True))
    return json.loads(fields["payload"]) if "payload" in fields else fields


def _is_known(payload: dict[object, object]) -> bool:
    """Whether Slack sends such a thing: an event, an interaction, or a command."""
    if "command" in payload:
        return True
    return isinstance(payload.get("type"), str)
