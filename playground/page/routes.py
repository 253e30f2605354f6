"""The page's addresses: a workspace as somebody sees it, what they do, and what just changed.

`/w/<workspace>/as/<person>/<place>` is a page, `POST …/do/<action>` does something, `/live` tells
a page by WebSocket what changed. Nothing here is for other sites: see `guards.py`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aiohttp import web

from playground.page import inspector
from playground.page.actions import ACTIONS, Doing
from playground.page.blocks import environment
from playground.page.live import Live
from playground.page.screens import HOME, MESSAGES, Asked, Screen
from playground.page.static import Static
from playground.page.tools import TOOLS
from playground.page.viewers import Viewer, find_viewer
from playground.records import Json
from playground.server import Playground

if TYPE_CHECKING:
    from playground.page import Page

_OWN_HEADER = "X-Playground"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' http: https: data:; "
    "connect-src 'self' ws://{host}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class Routes:
    """Serves the page for one playground."""

    def __init__(self, slack: Playground, page: Page) -> None:
        self._slack = slack
        self._page = page
        templates = environment()
        self._template = templates.get_template("page.html")
        self._not_there = templates.get_template("lost.html")
        self._static = Static()
        self._live = Live(slack, self._static.version)

    def add_to(self, application: web.Application) -> None:
        """Add the routes."""
        router = application.router
        router.add_get("/", self._front_door)
        router.add_get("/app_redirect", self._open_app)
        router.add_get("/w/{team}/as/{who}/{place}", self._show)
        router.add_post("/w/{team}/as/{who}/do/{action}", self._do)
        router.add_get("/live/{team}/{who}", self._live.serve)
        router.add_get("/static/{name}", self._static.serve)
        inspector.add_routes(router, self._slack.traffic)
        application.on_shutdown.append(self._live.hang_up)

    async def _front_door(self, _: web.Request) -> web.StreamResponse:
        state = self._slack.state
        for team_id in state.workspaces:
            for user in state.people(team_id):
                if not user.is_bot and not user.deleted:
                    raise web.HTTPFound(f"/w/{team_id}/as/{user.name}/{MESSAGES}")
        raise web.HTTPServiceUnavailable(text="There is no workspace yet.")

    async def _open_app(self, request: web.Request) -> web.StreamResponse:
        """Show the app's Home in a workspace to its admin, as Slack's address of this name does."""
        team_id = request.query.get("team", "")
        there = [one for one in self._slack.state.people(team_id) if not one.is_bot]
        who = next((one for one in there if one.is_admin and not one.deleted), None)
        if who is None:
            return self._lost(request)
        raise web.HTTPFound(f"/w/{team_id}/as/{who.name}/{HOME}")

    async def _show(self, request: web.Request) -> web.StreamResponse:
        try:
            viewer, place = self._viewer(request), request.match_info["place"]
            asked = Asked.read(request.query)
            screen = Screen(viewer, self._page, place, asked)
        except LookupError:
            return self._lost(request)
        html = self._template.render(**screen.context(), version=self._static.version)
        return web.Response(text=html, content_type="text/html", headers=_headers(request))

    def _lost(self, request: web.Request) -> web.Response:
        """Answer 404 with the way back."""
        html = self._not_there.render(version=self._static.version)
        headers = _headers(request)
        return web.Response(status=404, text=html, content_type="text/html", headers=headers)

    async def _do(self, request: web.Request) -> web.StreamResponse:
        """Do one thing; 403 without our own header, which no other site can send."""
        if request.headers.get(_OWN_HEADER) is None:
            raise web.HTTPForbidden(text="Only the page itself may do this.")
        action = {**ACTIONS, **TOOLS}.get(request.match_info["action"])
        if action is None:
            raise web.HTTPNotFound(text="There is no such action.")
        try:
            viewer = self._viewer(request)
            github = self._page.github_of(viewer.team_id)
            answer, status = await action(Doing(viewer, github, await _args(request))), 200
        except (LookupError, ValueError, TypeError) as problem:
            answer, status = {"ok": False, "say": _words(problem)}, 409
        return web.json_response(answer, status=status)

    def _viewer(self, request: web.Request) -> Viewer:
        return find_viewer(self._slack, request.match_info["team"], request.match_info["who"])


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
