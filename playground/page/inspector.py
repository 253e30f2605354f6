"""What the page's inspector asks for: the latest exchanges, and one of them in full."""

from __future__ import annotations

from aiohttp import web

from playground.traffic import Traffic

_MOST_AT_ONCE = 500


def add_routes(router: web.UrlDispatcher, traffic: Traffic) -> None:
    """Add `/traffic?after=<n>` and `/traffic/<n>`."""

    async def latest(request: web.Request) -> web.Response:
        after = request.query.get("after", "0")
        found = traffic.after(int(after) if after.isdecimal() else 0)[-_MOST_AT_ONCE:]
        lines = [one.summary() for one in found]
        return web.json_response({"lines": lines, "newest": traffic.newest}, headers=_KEEP_NOTHING)

    async def one(request: web.Request) -> web.Response:
        try:
            found = traffic.find(int(request.match_info["seq"]))
        except LookupError as problem:
            raise web.HTTPNotFound(text=str(problem)) from None
        return web.json_response(found.in_full(), headers=_KEEP_NOTHING)

    router.add_get("/traffic", latest)
    router.add_get(r"/traffic/{seq:\d{1,12}}", one)


_KEEP_NOTHING = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
