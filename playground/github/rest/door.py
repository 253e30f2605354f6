"""The REST API's door: who asks, whether they may at this pace, and answers with headers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from playground.github.identities import identify
from playground.github.limits import Limits, Standing
from playground.github.mishaps import Mishaps
from playground.github.refusals import Refused
from playground.github.rest import apps, organisations, pulls
from playground.github.rest.asking import Ask
from playground.github.world import World

Handler = Callable[[Ask], Any]
_RESOURCE = "core"
_ROUTES = {**apps.ROUTES, **organisations.ROUTES, **pulls.ROUTES}


class RestDoor:
    """Serves the REST API; `root` is its address, ending in a slash."""

    def __init__(self, world: World, limits: Limits, mishaps: Mishaps) -> None:
        self._world = world
        self._limits = limits
        self._mishaps = mishaps
        self.root = ""

    def add_to(
        self, router: web.UrlDispatcher, prefix: str, more: dict[tuple[str, str], Handler]
    ) -> None:
        """Add all routes below `prefix`; what is not there is answered as GitHub does."""
        known = {**_ROUTES, **more}
        for (method, path), handler in known.items():
            router.add_route(method, prefix + path, self._serving(handler))
        free = self._serving(lambda ask: organisations.rate_limit(ask, self._limits), free=True)
        router.add_get(prefix + "rate_limit", free)
        router.add_route("*", prefix + "{tail:.*}", _nothing_here)

    def _serving(self, handler: Handler, *, free: bool = False) -> Callable[..., Any]:
        async def serve(request: web.Request) -> web.Response:
            standing = None
            try:
                await self._mishaps.happen(request.path)
                caller = identify(self._world, request.headers.get("Authorization", ""))
                standing = self._charge(caller.bucket, free=free)
                ask = Ask(self._world, caller, request, self.root, await _body(request))
                ask.headers.update(caller.headers())
                return _said(handler(ask), ask.headers, standing)
            except Refused as refusal:
                if standing is not None:
                    refusal.headers = {**standing.headers(), **refusal.headers}
                return refusal.answer()

        return serve

    def _charge(self, bucket: str, *, free: bool) -> Standing:
        limits = self._limits
        if free:
            return limits.standing(bucket, _RESOURCE)
        limits.hold_back(bucket, _RESOURCE, 1)
        if limits.is_used_up(bucket, _RESOURCE):
            standing = limits.standing(bucket, _RESOURCE)
            text = f"API rate limit exceeded for {bucket}."
            raise Refused(403, text, headers=standing.headers())
        return limits.charge(bucket, _RESOURCE, 1)


async def _body(request: web.Request) -> dict[str, Any]:
    raw = await request.read()
    try:
        body = json.loads(raw or b"{}")
    except ValueError as error:
        raise Refused(400, "Problems parsing JSON") from error
    return body if isinstance(body, dict) else {}


def _said(answer: Any, headers: dict[str, str], standing: Standing) -> web.Response:
    status, body = answer if isinstance(answer, tuple) else (200, answer)
    headers = {**standing.headers(), **headers, "X-GitHub-Media-Type": "github.v3; format=json"}
    if body is None:
        return web.Response(status=status, headers=headers)
    return web.json_response(body, status=status, headers=headers)


async def _nothing_here(_: web.Request) -> web.Response:
    return Refused(404, "Not Found").answer()
