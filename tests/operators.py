"""Runs to steer in tests: pipelines that a test drives, and somebody in front of the API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import aiohttp
import pytest
from aiohttp import web
from pydantic import BaseModel, Field

from bot.domain.api_tokens import Access
from bot.domain.ids import WorkspaceId
from bot.errors import Permanent
from bot.use_cases import api_tokens
from handlers.desk import Desk
from handlers.middleware import answering_errors, watching
from handlers.operators import OperatorDoor, operations
from jobs import registry
from jobs.pipelines import Done, More, NothingToDo, Outcome, Pipeline, Step, StepRun
from tests.databases import TestDatabase
from tests.running import Ground, ground_on

PAGE = 10


class Count(BaseModel):
    """So many are counted, ten at a time; 0: there is nothing to do."""

    total: Annotated[int, Field(ge=0, le=1000)] = 20
    done: Annotated[int, Field(ge=0, le=1000)] = 0
    label: Annotated[str, Field(max_length=50)] = ""


class Nap(BaseModel):
    words: str = ""


class Counted(BaseModel):
    total: int


@dataclass
class Show:
    """What the pipelines do next is up to the test.

    `open` lets `test.wait` end; `broken` makes the second step of `test.count` fail for good.
    """

    open: bool = False
    broken: bool = False

    def join(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Have these beside Hunch's own."""
        own = registry.pipelines

        def both(*words: Any, **named: Any) -> tuple[Pipeline, ...]:
            return (*own(*words, **named), *self.pipelines())

        monkeypatch.setattr(registry, "pipelines", both)

    def pipelines(self) -> tuple[Pipeline, ...]:
        return (
            Pipeline(
                "test.count",
                "Counting sheep",
                (
                    Step("count", "Count them", self.count, Count, Counted),
                    Step("tell", "Tell how many", self.tell, Counted, Counted),
                ),
            ),
            Pipeline("test.wait", "Waiting", (Step("wait", "Wait for it", self.wait, Nap, Nap),)),
        )

    async def count(self, run: StepRun, asked: Count) -> Outcome:
        if asked.total == 0:
            return NothingToDo("There are no sheep.")
        done = min(asked.total, asked.done + PAGE)
        async with run.transaction(name="test_count") as tx:
            await run.report(tx, done=done, total=asked.total, counts={"sheep": done})
        if done < asked.total:
            return More(asked.model_copy(update={"done": done}), f"{done} sheep so far.")
        return Done(Counted(total=done), f"{done} sheep.", {"sheep": done})

    async def tell(self, run: StepRun, counted: Counted) -> Outcome:
        if self.broken:
            raise Permanent("the shepherd is asleep")
        async with run.transaction(name="test_tell") as tx:
            await run.keep_artifact(tx, "sheep.txt", "text/plain", b"baa " * counted.total)
        return Done(counted, "All is told.")

    async def wait(self, run: StepRun, nap: Nap) -> Outcome:
        async with run.transaction(name="test_wait") as tx:
            await run.report(tx, done=1, total=4, message="Waiting at the gate.")
        return Done(nap, "It came.") if self.open else More(nap, "Waiting at the gate.")


@dataclass(frozen=True)
class Said:
    """What the API answered."""

    status: int
    body: Any
    headers: Mapping[str, str]


@dataclass
class Api:
    """The API on a port of its own, over the ground's workspace, and somebody with a token."""

    ground: Ground
    show: Show
    url: str
    session: aiohttp.ClientSession
    token: str = ""

    async def bear(self, access: Access, *, team: WorkspaceId | None = None) -> None:
        """Go on with a new token."""
        async with self.ground.transaction(team) as tx:
            made = await api_tokens.add(tx, "test", access, days=1, now=self.ground.now())
        self.token = made.text

    async def ask(self, method: str, way: str, **how: Any) -> Said:
        """One request to `/api/<way>`."""
        headers = {"Authorization": f"Bearer {self.token}", **how.pop("headers", {})}
        url = f"{self.url}/api/{way}"
        async with self.session.request(method, url, headers=headers, **how) as answer:
            is_json = "json" in answer.content_type
            body = await answer.json() if is_json else await answer.read()
            return Said(answer.status, body, answer.headers)

    async def get(self, way: str) -> Said:
        return await self.ask("GET", way)

    async def post(self, way: str, json: Any = None, **headers: str) -> Said:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.ask("POST", way, json=json, headers=named)


@asynccontextmanager
async def api_on(database: TestDatabase) -> AsyncIterator[Api]:
    """Nobody works but when the test drains the ground's jobs."""
    show = Show()
    known = show.pipelines()
    async with ground_on(database, *known) as ground:
        nothing: Any = None
        kinds = registry.run_kinds(known)
        desk = Desk(ground.db, nothing, nothing, ground.now, kinds=kinds)
        async with serving(desk) as url, aiohttp.ClientSession(trust_env=False) as session:
            api = Api(ground, show, url, session)
            await api.bear(Access.WRITE)
            yield api


@asynccontextmanager
async def serving(desk: Desk) -> AsyncIterator[str]:
    """The door of the API as a process opens it; where it is."""
    app = web.Application(middlewares=[watching(desk.watch), answering_errors(desk.refusals)])
    OperatorDoor(desk, operations(desk.kinds)).add_routes(app)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
