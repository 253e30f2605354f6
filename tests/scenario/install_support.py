"""People who install Hunch: a browser that goes out to Slack's page and comes back."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from html import unescape
from typing import Any

import aiohttp

from bot.domain.ids import WorkspaceId
from playground.github import GitHub
from playground.people import Person
from playground.records import App, Installation, Message
from tests.databases import TestDatabase
from tests.stage import Stage, arrange, set_stage


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
        users = [state.add_user(team.id, f"person{n}") for n in range(1, people + 1)]
        users[0].is_admin = True
        state.put_user(users[0])
        state.add_channel(team.id, "general", members=[user.id for user in users])
        return team.id

    async def stage_in(self, team_id: str) -> Stage:
        """The same Hunch, seen from a workspace that has it by now, with the game on."""
        there = replace(self.stage, installation=self.installation(team_id))
        there.github = GitHub(self.stage.slack.state)
        await self.stage.quiet()
        await arrange(there)
        return there

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

    def refusals(self, reason: str) -> int:
        """How many installations ended this way."""
        return self.stage.services.desk.refusals.by_reason["install", reason]


async def plays(stage: Stage) -> None:
    """One merge in this workspace, asked, answered and revealed."""
    before = {name: len(stage.person(name).messages) for name in ("person1", "person2")}

    async def newest(name: str, count: int) -> Message:
        person = stage.person(name)
        await stage.slack.until(lambda: len(person.messages) == before[name] + count)
        return person.messages[-1]

    await stage.merge("person1", "person2")
    author, reviewer = await newest("person1", 1), await newest("person2", 1)
    assert (await stage.person("person2").click(reviewer, "survey.rate.ok")).ok
    await stage.slack.until(lambda: "survey.guess.no" in str(reviewer.blocks))
    assert (await stage.person("person2").click(reviewer, "survey.guess.no")).ok
    assert (await stage.person("person1").click(author, "survey.answer.no")).ok
    assert "Good hunch" in str((await newest("person2", 2)).blocks)


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
    async with set_stage(database, oauth=True, **how) as stage, browsing(stage) as browser:
        town = Town(stage, browser)
        town.app.token_rotation, town.app.org_deploy = rotation, org
        stage.slack.state.put_app(town.app)
        yield town
