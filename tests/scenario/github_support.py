"""People on their way from the Home tab to GitHub's pages and back."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp

from playground.github.records import App, Installed
from playground.github.server import GitHubServer
from tests.databases import TestDatabase
from tests.scenario.home_support import open_home
from tests.stage import Stage, login, set_stage


@dataclass(frozen=True, slots=True)
class Seen:
    """A page, its entities resolved; `title` is its heading."""

    status: int
    text: str
    headers: Any

    @property
    def title(self) -> str:
        found = re.search(r"<h1>(.*?)</h1>", self.text, re.S)
        return found[1] if found else ""

    @property
    def button(self) -> str:
        """Where the page's one button leads."""
        found = re.search(r'class="button" href="([^"]+)"', self.text)
        assert found is not None, self.text
        return found[1]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody in Slack with a browser of their own; `github` is who they are on GitHub."""

    stage: Stage
    http: aiohttp.ClientSession
    name: str

    @property
    def github(self) -> str:
        return login(self.name)

    async def get(self, url: str) -> Seen:
        address = url if url.startswith("http") else self.stage.base_url + url
        async with self.http.get(address, allow_redirects=False) as answer:
            return Seen(answer.status, unescape(await answer.text()), answer.headers)

    async def post(self, url: str, form: dict[str, str]) -> str:
        """Answer one of GitHub's pages; the address it leads back to."""
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(url))
        async with self.http.post(
            url, data=form, headers={"Origin": origin}, allow_redirects=False
        ) as answer:
            assert answer.status == 302, await answer.text()
            return answer.headers["Location"]

    async def invited(self, action_id: str) -> str:
        """Press a button in the Home; the address of the link in the dialog that opens."""
        person = self.stage.person(self.name)
        await open_home(self.stage, self.name)
        assert (await person.click_home(action_id)).ok
        await self.stage.slack.until(lambda: person.modal)
        assert person.modal is not None
        found = re.search(r'"url": "([^"]+)"', json.dumps(person.modal.blocks))
        assert found is not None, "the dialog leads nowhere"
        await person.close_modal()
        return found[1]

    async def set_out(self, link: str) -> str:
        """From our page to the address of GitHub's."""
        seen = await self.get((await self.get(link)).button)
        assert seen.status == 302, seen.text
        return str(seen.headers["Location"])

    async def installs(self, link: str, **answers: str) -> str:
        """Install the App on GitHub's page; the address that leads back."""
        page = await self.set_out(link)
        (state,) = parse_qs(urlsplit(page).query)["state"]
        form = {
            "state": state, "account": "acme", "who": self.github, "which": "all",
            "decision": "install", **answers,
        }  # fmt: skip
        return await self.post(page.partition("/new")[0], form)

    async def signs_in(self, page: str, decision: str = "authorize", who: str = "") -> str:
        """Say yes or no on GitHub's page; the address that leads back."""
        asked = urlsplit(page).query
        form = {"asked": asked, "who": who or self.github, "decision": decision}
        return await self.post(page.partition("?")[0], form)


@dataclass(frozen=True, slots=True)
class Office:
    """A stage whose Hunch has a GitHub App."""

    stage: Stage
    admin: Visitor

    @property
    def server(self) -> GitHubServer:
        return self.stage.slack.github_server

    @property
    def app(self) -> App:
        return next(iter(self.server.world.apps))

    @property
    def installed(self) -> Installed:
        return list(self.server.world.installations)[-1]

    @asynccontextmanager
    async def visitor(self, name: str) -> AsyncIterator[Visitor]:
        async with browsing(self.stage, name) as visitor:
            yield visitor

    async def connected(self) -> int:
        """Connect the organisation, all the way; returns the connection's number."""
        back = await self.admin.installs(await self.admin.invited("home.connect_github"))
        seen = await self.admin.get(back)
        assert seen.status == 200, seen.text
        await self.stage.quiet()
        return int(await self.connection("connection_id"))

    async def connection(self, column: str = "state") -> Any:
        return await self.stage.value(f"SELECT {column} FROM connections")  # nosec B608

    def refusals(self, reason: str) -> int:
        return self.stage.services.desk.refusals.by_reason["github_pages", reason]


@asynccontextmanager
async def browsing(stage: Stage, name: str) -> AsyncIterator[Visitor]:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(trust_env=False, cookie_jar=jar) as http:
        yield Visitor(stage, http, name)


@asynccontextmanager
async def an_office(database: TestDatabase, **how: Any) -> AsyncIterator[Office]:
    async with (
        set_stage(database, github_app=True, **how) as stage,
        browsing(stage, "person1") as admin,
    ):
        yield Office(stage, admin)
