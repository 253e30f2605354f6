"""Tells load balancers and people whether this process lives and can take work."""

from __future__ import annotations

from aiohttp import web

from bot.use_cases import installs
from handlers.desk import Desk


class HealthDoor:
    """`/health/live`: the process answers; `/health/ready`: so does the database."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.draining = False

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/health/live", self.live)
        app.router.add_get("/health/ready", self.ready)

    async def live(self, _: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    async def ready(self, _: web.Request) -> web.Response:
        """503 while draining, and (by the middleware) while the database is away."""
        if self.draining:
            return web.json_response({"ok": False, "why": "stopping"}, status=503)
        workspaces = await installs.list_workspaces(self._desk.db)
        return web.json_response({"ok": True, "workspaces": len(workspaces)})
