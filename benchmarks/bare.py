"""The baselines: servers that do as little as can be done, each a process of its own.

`python -m benchmarks.bare KIND PORT [DATABASE_URL]` with KIND bolt, bolt-default or webhook.
"""

from __future__ import annotations

import hashlib
import hmac
import sys
from typing import Any

import asyncpg
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

SECRET = "benchmark-secret"  # pragma: allowlist secret
_INSERT = "INSERT INTO bare_deliveries (delivery_id, body) VALUES ($1, $2)"


def bolt(*, process_before_response: bool) -> web.Application:
    """A bare Bolt app whose one listener does nothing."""

    async def authorize(**_: Any) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-1")

    app = AsyncApp(
        signing_secret=SECRET,
        authorize=authorize,
        process_before_response=process_before_response,
    )

    @app.action({"action_id": "survey.rate.ok"})
    @app.action({"action_id": "survey.rate.super"})
    async def nothing(ack: Any) -> None:
        await ack()

    async def events(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    server = web.Application()
    server.router.add_post("/slack/events", events)
    return server


def webhook(database_url: str) -> web.Application:
    """A bare aiohttp handler: HMAC, one committed INSERT, 202."""
    server = web.Application(client_max_size=2**25)
    pools: list[asyncpg.Pool] = []

    async def connect(_: web.Application) -> None:
        pools.append(await asyncpg.create_pool(database_url, min_size=10, max_size=10))

    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        expected = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(f"sha256={expected}", request.headers["X-Hub-Signature-256"]):
            return web.Response(status=401)
        await pools[0].execute(_INSERT, request.headers["X-GitHub-Delivery"], body)
        return web.Response(status=202)

    server.on_startup.append(connect)
    server.router.add_post("/webhooks/github/{key}", take)
    return server


def main() -> None:
    kind, port, *rest = sys.argv[1:]
    app = webhook(rest[0]) if kind == "webhook" else bolt(process_before_response=kind == "bolt")
    web.run_app(app, host="127.0.0.1", port=int(port), access_log=None, print=None)


if __name__ == "__main__":
    main()
