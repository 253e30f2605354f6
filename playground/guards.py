"""Keeps other web pages and machines out of the playground's page and control routes.

A page in the same browser could otherwise post to 127.0.0.1, or reach it through a name that
it makes resolve to 127.0.0.1 (DNS rebinding).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from aiohttp import web

_LOCAL = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?")
_OPEN_TO_APPS = ("/api/", "/response/", "/socket", "/upload/", "/github/api/")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def refuse_foreigners(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer 403 to a foreign Host or Origin, except on the routes apps use with a token."""
    if not request.path.startswith(_OPEN_TO_APPS) and _is_foreign(request):
        raise web.HTTPForbidden(text="This page answers to its own address only.")
    return await handler(request)


def _is_foreign(request: web.Request) -> bool:
    host, origin = request.headers.get("Host", ""), request.headers.get("Origin")
    if not _LOCAL.fullmatch(host):
        return True
    return origin is not None and origin != f"http://{host}"
