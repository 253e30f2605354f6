"""GitHub on the playground's own address: `slack.github_server`.

REST answers under `/github/api/v3/`, GraphQL at `/github/api/graphql`, pages for people under
`/github/`. `world` is everything there is and has methods to add to it, `owners` and `people` do what Apps
hear of; `limits`, `mishaps` and `telling` say what GitHub allows and what goes wrong.
"""

from __future__ import annotations

from aiohttp import web

from playground.github.administration import Administration
from playground.github.console import Console
from playground.github.graph.door import GraphDoor
from playground.github.limits import Limits
from playground.github.membership import Membership
from playground.github.mishaps import Mishap, Mishaps
from playground.github.pages import Pages
from playground.github.rest.deliveries import Deliveries
from playground.github.rest.door import RestDoor
from playground.github.sign_in import SignIn
from playground.github.telling import Telling
from playground.github.world import World
from playground.state import State

PREFIX = "/github/"


class GitHubServer:
    """Everything of GitHub that answers requests."""

    def __init__(self, state: State) -> None:
        self.world = World(state)
        self.limits = Limits(state.clock.now)
        self.mishaps = Mishaps()
        self.telling = Telling(self.world)
        self.owners = Administration(self.world, self.telling)
        self.people = Membership(self.world, self.telling)
        self.base_url = ""
        self.sign_in = SignIn(self.world)
        self._pages = Pages(self.world, self.owners, self.sign_in)
        self._console = Console(self)
        self._deliveries = Deliveries(self.telling)
        self._graph = GraphDoor(self.world, self.limits, self.mishaps)
        self._rest = RestDoor(self.world, self.limits, self.mishaps)

    def add_to(self, application: web.Application) -> None:
        """Add all routes."""
        router = application.router
        self._console.add_to(router, PREFIX)
        self._pages.add_to(router, PREFIX)
        router.add_post(f"{PREFIX}api/graphql", self._graph.serve)
        self._rest.add_to(router, f"{PREFIX}api/v3/", self._deliveries.routes())

    async def settle(self) -> None:
        """Wait until the webhooks that were asked for again have been sent."""
        await self._deliveries.settle()

    async def close(self) -> None:
        """Let go of what is under way."""
        await self._deliveries.close()

    def listen_at(self, page_url: str) -> None:
        """Say where the playground is; the address ends in a slash."""
        self.base_url = self.world.web_url = f"{page_url}github"
        self._rest.root = self.api_url

    @property
    def api_url(self) -> str:
        """What `GITHUB_API_URL` is here; ends in a slash."""
        return f"{self.base_url}/api/v3/"

    def fail(self, path: str = "", **facts: object) -> Mishap:
        """Plan a mishap for the next request whose path contains `path`; see `Mishap`."""
        return self.mishaps.plan(Mishap(path, **facts))  # type: ignore[arg-type]  # checked there
