"""The page's addresses: the workspace as somebody sees it, what they do, and what just changed.

`/as/<person>/<place>` is a page, `POST /as/<person>/do/<action>` does something, `/live` tells a
page by WebSocket that something changed. Nothing here is for other sites: see `guards.py`.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from importlib.resources import files
from weakref import WeakSet

from aiohttp import WSCloseCode, web

from playground.feed import Subscription
from playground.github import GitHub
from playground.page.actions import ACTIONS, Doing
from playground.page.blocks import environment
from playground.page.screens import MESSAGES, Screen
from playground.people import Person
from playground.records import Json
from playground.server import Playground

_OWN_HEADER = "X-Playground"
_GATHER_S = 0.03
_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' http: https: data:; "
    "connect-src 'self' ws://{host}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class Routes:
    """Serves the page for one playground."""

    def __init__(self, slack: Playground, github: GitHub) -> None:
        self._slack = slack
        self._github = github
        self._template = environment().get_template("page.html")
        self._static = _read_static()
        self._version = _version(self._static)
        self._live: WeakSet[web.WebSocketResponse] = WeakSet()

    def add_to(self, application: web.Application) -> None:
        """Add the routes."""
        router = application.router
        router.add_get("/", self._front_door)
        router.add_get("/as/{who}/{place}", self._show)
        router.add_post("/as/{who}/do/{action}", self._do)
        router.add_get("/live", self._tell)
        router.add_get("/static/{name}", self._file)
        application.on_shutdown.append(self._hang_up)

    async def _front_door(self, _: web.Request) -> web.StreamResponse:
        everybody = next(iter(self._slack.state.installations.values()), None)
        if everybody is None:
            raise web.HTTPServiceUnavailable(text="There is no workspace yet.")
        people = self._slack.state.people(everybody.team_id)
        first = next(one for one in people if not one.is_bot)
        raise web.HTTPFound(f"/as/{first.name}/{MESSAGES}")

    async def _show(self, request: web.Request) -> web.StreamResponse:
        try:
            person = self._person(request)
            screen = Screen(self._slack, self._github, person, request.match_info["place"])
        except LookupError:
            raise web.HTTPNotFound(text="There is no such person or place here.") from None
        html = self._template.render(**screen.context(), version=self._version)
        return web.Response(text=html, content_type="text/html", headers=_headers(request))

    async def _do(self, request: web.Request) -> web.StreamResponse:
        """Do one thing; 403 without our own header, which no other site can send."""
        if request.headers.get(_OWN_HEADER) is None:
            raise web.HTTPForbidden(text="Only the page itself may do this.")
        action = ACTIONS.get(request.match_info["action"])
        if action is None:
            raise web.HTTPNotFound(text="There is no such action.")
        try:
            doing = Doing(self._slack, self._github, self._person(request), await _args(request))
            answer, status = await action(doing), 200
        except (LookupError, ValueError, TypeError) as problem:
            answer, status = {"ok": False, "say": _words(problem)}, 409
        return web.json_response(answer, status=status)

    def _person(self, request: web.Request) -> Person:
        person = self._slack.person(request.match_info["who"])
        if person.user.is_bot:
            raise LookupError("bots do not sit at the page")
        return person

    async def _tell(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(heartbeat=20)
        await socket.prepare(request)
        self._live.add(socket)
        with self._slack.feed.subscribe() as changes:
            telling = asyncio.ensure_future(self._tell_of(changes, socket))
            try:
                async for _ in socket:  # it says nothing; this ends when it goes away
                    pass
            finally:
                telling.cancel()
        return socket

    async def _tell_of(self, changes: Subscription, socket: web.WebSocketResponse) -> None:
        """Tell a page that it is out of date, once for changes that come together."""
        await socket.send_str(self._version)
        told = 0
        async for change in changes:
            if change.seq > told:
                await asyncio.sleep(_GATHER_S)
                told = self._slack.feed.seq
                await socket.send_str("changed")

    async def _hang_up(self, _: web.Application) -> None:
        for socket in set(self._live):
            await socket.close(code=WSCloseCode.GOING_AWAY)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name not in self._static:
            raise web.HTTPNotFound
        kept = (
            "max-age=31536000, immutable" if request.query.get("v") == self._version else "no-cache"
        )
        return web.Response(
            body=self._static[name],
            content_type=_TYPES[name.rpartition(".")[2]],
            charset="utf-8",
            headers={"Cache-Control": kept, "X-Content-Type-Options": "nosniff"},
        )


async def _args(request: web.Request) -> Json:
    try:
        args = json.loads(await request.read() or b"{}")
    except RecursionError:
        args = None
    if isinstance(args, dict):
        return args
    raise ValueError("That was not understood.")


def _words(problem: Exception) -> str:
    said = problem.args[0] if problem.args else ""
    return (
        said
        if isinstance(said, str) and said.endswith(".")
        else "That did not work; nothing changed."
    )


def _headers(request: web.Request) -> dict[str, str]:
    return {
        "Content-Security-Policy": _POLICY.format(host=request.host),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }


def _read_static() -> dict[str, bytes]:
    there = files("playground.page") / "static"
    return {one.name: one.read_bytes() for one in there.iterdir() if one.is_file()}


def _version(static: dict[str, bytes]) -> str:
    digest = hashlib.sha256(b"".join(static[name] for name in sorted(static)))
    return digest.hexdigest()[:12]
