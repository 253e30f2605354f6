"""The page for people: the simulated workspace in a browser."""

from __future__ import annotations

from aiohttp import web

from playground.github import GitHub
from playground.page.routes import Routes
from playground.server import Playground


class Page:
    """The routes of the page; `attach` is handed to `Playground.start`."""

    github: GitHub

    def attach(self, application: web.Application, slack: Playground) -> None:
        """Add the page's routes; the company's GitHub is ready from then on."""
        self.github = GitHub(slack.state)
        Routes(slack, self.github).add_to(application)
