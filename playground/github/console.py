"""The page "GitHub" in the playground: what its owners may do there, and what can go wrong."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aiohttp import web

from playground.github.console_actions import ACTIONS, Doing, is_down, is_slow
from playground.github.pages import page, templates
from playground.github.records import ORGANIZATION, USER, Delivery

if TYPE_CHECKING:
    from playground.github.server import GitHubServer

_SHOWN = 20
_MOST_PEOPLE = 200


class Console:
    """Serves the page and does what its buttons say."""

    def __init__(self, server: GitHubServer) -> None:
        self._server = server
        self._template = templates().get_template("console.html")
        self._said = ""

    def add_to(self, router: web.UrlDispatcher, prefix: str) -> None:
        """Add the routes."""
        router.add_get(prefix, self._show)
        router.add_post(f"{prefix}do/{{action}}", self._do)

    async def _show(self, _: web.Request) -> web.Response:
        said, self._said = self._said, ""
        return page(self._template, said=said, **self._context())

    async def _do(self, request: web.Request) -> web.Response:
        action = ACTIONS.get(request.match_info["action"])
        if action is None:
            raise web.HTTPNotFound(text="There is no such action.")
        form = {key: str(value) for key, value in (await request.post()).items()}
        try:
            self._said = await action(Doing(self._server, form))
        except LookupError:
            self._said = "That is no longer there; nothing changed."
        except ValueError as problem:
            self._said = str(problem)
        return web.Response(
            status=303, headers={"Location": request.path.rpartition("/do/")[0] + "/"}
        )

    def _context(self) -> dict[str, Any]:
        server, world = self._server, self._server.world
        accounts = list(world.accounts)
        return {
            "apps": list(world.apps),
            "installations": [one for one in world.installations if not one.removed],
            "organisations": [one for one in accounts if one.kind == ORGANIZATION],
            "people": [one for one in accounts if one.kind == USER][:_MOST_PEOPLE],
            "teams": list(world.teams),
            "repositories": [one for one in world.repositories if not one.deleted],
            "count_of": lambda one: one.plan.count if one.plan else 0,
            "tokens": [one for one in world.tokens if one.owner and not one.revoked],
            "day": lambda seconds: datetime.fromtimestamp(seconds, UTC).strftime("%d %B %Y"),
            "deliveries": self._newest(),
            "failed": sum(not one.arrived for one in self._newest()),
            "limits": server.limits,
            "lost": server.telling.fail_until > world.state.clock.now(),
            "down": is_down(server),
            "slow": is_slow(server),
        }

    def _newest(self) -> list[Delivery]:
        return list(self._server.world.deliveries)[: -_SHOWN - 1 : -1]
