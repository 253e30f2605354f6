"""Hands Prometheus the numbers of this process, and of the database as far as it can be asked."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable

from aiohttp import web
from pydantic import SecretStr

from bot.metrics import Metrics


class MetricsDoor:
    """`/metrics`; with a token, only for those who bear it.

    `refresh` brings up to date what is not counted in this process.
    """

    def __init__(
        self,
        metrics: Metrics,
        *,
        refresh: Callable[[], Awaitable[object]],
        token: SecretStr | None,
    ) -> None:
        self._metrics = metrics
        self._refresh = refresh
        self._expected = f"Bearer {token.get_secret_value()}".encode() if token else None

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/metrics", self.show)

    async def show(self, request: web.Request) -> web.Response:
        if not self._is_allowed(request):
            return web.Response(
                status=401,
                headers={"WWW-Authenticate": "Bearer"},
                text="Send HUNCH_METRICS_TOKEN as `Authorization: Bearer …`.\n",
            )
        await self._refresh()
        page, content_type = self._metrics.page(request.headers.get("Accept", ""))
        return web.Response(body=page, headers={"Content-Type": content_type})

    def _is_allowed(self, request: web.Request) -> bool:
        if self._expected is None:
            return True
        said = request.headers.get("Authorization", "").encode(errors="replace")
        return hmac.compare_digest(said, self._expected)
