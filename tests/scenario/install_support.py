"""People who install Hunch: a browser that goes out to Slack's page and comes back."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape
from typing import Any

import aiohttp

from bot.app import Roles
from bot.domain.ids import WorkspaceId
from playground.people import Person
from playground.records import App, Installation
from tests.databases import TestDatabase
from tests.stage import Stage, set_stage

BROKEN = "xoxb-0-no-such-token"  # pragma: allowlist secret


@dataclass(frozen=True, slots=True)
class Seen:
    """A page as it came; `title` is its heading."""

    status: int
    text: str
    headers: Any

    @property
    def title(self) -> str:
        found = re.search(r"<h1>(.*?)</h1>", self.text, re.S)
        return unescape(found[1]) if found else ""


@dataclass(frozen=True, slots=True)
class Browser:
    """One person's browser, with its cookies."""

    stage: Stage
    http: aiohttp.ClientSession

    async def get(self, url: str) -> Seen:
        address = url if url.startswith("http") else self.stage.base_url + url
        async with self.http.get(address, allow_redirects=False) as answer:
            return Seen(answer.status, await answer.text(), answer.headers)

    async def set_out(self, query: str = "") -> str:
        """The address of Slack's page."""
        seen = await self.get(f"/slack/install/begin{query}")
        assert seen.status == 302, seen.text
        return str(seen.headers["Location"])

    async def decide(self, page: str, place: str = "", decision: str = "allow") -> str:
        """Answer Slack's page; the address it leads back to."""
        ticket = re.findall(r'name="ticket" value="([^"]+)"', (await self.get(page)).text)
        form = {"ticket": ticket[0], "decision": decision, "place": place}
        url = page.partition("?")[0]
        async with self.http.post(url, data=form, allow_redirects=False) as answer:
            assert answer.status == 302, await answer.text()
            return answer.headers["Location"]

    async def install(self, place: str, decision: str = "allow", query: str = "") -> Seen:
        """All the way, from our page to Slack's and back."""
        return await self.get(await self.decide(await self.set_out(query), place, decision))


@dataclass(frozen=True, slots=True)
class Town:
    """A stage with one workspace by SLACK_BOT_TOKEN, and neighbours who may come by OAuth."""

    stage: Stage
    browser: Browser

    @property
    def app(self) -> App:
        return self.stage.slack.state.apps[self.stage.installation.app_id]

    def neighbour(self, name: str = "Newcomers", *, people: int = 3, **facts: Any) -> str:
        """A workspace that does not have Hunch; its first person is the admin."""
        state = self.stage.slack.state
        team = state.add_workspace(name, **facts)
        for n in range(1, people + 1):
            state.add_user(team.id, f"person{n}", is_admin=n == 1)
        return team.id

    def installation(self, team_id: str) -> Installation:
        return self.stage.slack.installation(team_id)

    def person(self, team_id: str, name: str = "person1") -> Person:
        return self.stage.slack.person(name, team_id=team_id)

    async def value(self, team_id: str, statement: str, *values: Any) -> Any:
        db = self.stage.services.store.database
        async with db.transaction(WorkspaceId(team_id), name="test") as tx:
            return await tx.fetchval(statement, *values)

    async def routed(self, statement: str, *values: Any) -> Any:
        async with self.stage.services.store.database.routing(name="test") as tx:
            return await tx.fetchval(statement, *values)

    def calls(self, method: str, team_id: str = "") -> int:
        """How often a method was called for a workspace, or at all."""
        found = self.stage.slack.called(method)
        return sum(team_id in ("", one.team_id) for one in found)


@asynccontextmanager
async def browsing(stage: Stage) -> AsyncIterator[Browser]:
    # Cookies of an address without a name are kept only by a jar that is told so.
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(trust_env=False, cookie_jar=jar) as http:
        yield Browser(stage, http)


@asynccontextmanager
async def set_town(
    database: TestDatabase, *, rotation: bool = True, org: bool = False, **how: Any
) -> AsyncIterator[Town]:
    """Hunch by OAuth and by a token of its own, as in `hunch run`."""
    how = {"roles": Roles.ALL, "oauth": True} | how
    async with set_stage(database, **how) as stage, browsing(stage) as browser:
        town = Town(stage, browser)
        town.app.token_rotation, town.app.org_deploy = rotation, org
        stage.slack.state.put_app(town.app)
        yield town
