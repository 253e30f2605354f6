"""The page for people: the simulated workspaces in a browser."""

from __future__ import annotations

from aiohttp import web

from playground.github import GitHub
from playground.page.routes import Routes
from playground.server import Playground


class Page:
    """The routes of the page; `attach` is handed to `Playground.start`.

    `install_url` is where Hunch's installation begins; the page links there once it is set, and
    to `/begin?team=…` below it for the workspace that somebody is in.
    """

    def __init__(self) -> None:
        self.install_url = ""
        self._githubs: dict[str, GitHub] = {}
        self._slack: Playground | None = None

    def attach(self, application: web.Application, slack: Playground) -> None:
        """Add the page's routes; the workspaces' GitHubs are ready from then on."""
        self._slack = slack
        Routes(slack, self).add_to(application)

    @property
    def slack(self) -> Playground:
        """The playground that is shown; raises LookupError before `attach`."""
        if self._slack is None:
            raise LookupError("the page is not attached yet")
        return self._slack

    def github_of(self, team_id: str) -> GitHub:
        """Return a workspace's GitHub, the same one every time."""
        if team_id not in self._githubs:
            self._githubs[team_id] = GitHub(
                self.slack.state, team_id=team_id, teller=self.slack.github_server.telling
            )
        return self._githubs[team_id]
