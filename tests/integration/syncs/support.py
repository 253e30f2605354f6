"""A workspace that is connected to the playground's GitHub, without Slack and without workers.

Steps of runs are done one after the other, as a worker would do them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import aiohttp
from pydantic import BaseModel

from bot.domain.connections import Finding
from bot.domain.ids import WorkspaceId
from bot.domain.runs import RunId, Trigger
from bot.errors import Permanent
from bot.integrations.github.client import GitHubClient, GivenToken
from bot.ports.github import Budget, CredentialCheck, CredentialState, GitHub, GraphAnswer
from bot.use_cases import runs, syncs
from bot.use_cases.runs import Started
from jobs.engine import QueuedJob
from jobs.runs import StepWorker
from jobs.syncs import Syncer
from playground.github.records import Plan, Token
from playground.github.server import GitHubServer
from playground.server import Playground
from tests.databases import TestDatabase
from tests.integration.game.support import World, make_world

OWNER = "acme"
_CONNECT = """
    INSERT INTO connections (workspace_id, service, kind, account, state, connected_at, state_since)
         VALUES ($1, 'github', 'token', $2, 'active', now(), now()) RETURNING connection_id
"""
_FIND_REPOSITORY = """
    INSERT INTO repositories (workspace_id, repository_id, full_name, node_id, selected,
                              connection_id, discovered_at)
         VALUES ($1, $2, $3, $4, true, $5, now())
"""
_TURN = "SELECT turn, state FROM runs WHERE run_id = $1"
ENDED = frozenset({"succeeded", "failed", "cancelled", "no_work"})
TABLES = {
    "pull_requests": "repository_id, number",
    "reviews": "repository_id, number, review_id",
    "commits": "repository_id, number, sha",
    "pull_request_events": "repository_id, number, turn, happened_at",
    "attribution_traces": "repository_id, number, kind, trace",
}


@dataclass
class Watched:
    """A connection that counts what is asked.

    `before` may say no to a question, `spoil` leave something out of an answer.
    """

    github: GitHubClient
    asked: Counter[str] = field(default_factory=Counter)
    errors: tuple[Mapping[str, Any], ...] = ()
    spoil: Callable[[str, Mapping[str, Any], Any], None] | None = None
    before: Callable[[str, Mapping[str, Any]], Awaitable[None] | None] | None = None

    async def graph(self, query: str, variables: Mapping[str, Any]) -> GraphAnswer:
        name = "page" if "query PullRequests" in query else "again"
        place = variables.get("after") or variables.get("afterCommit")
        ids = variables.get("repository") or ",".join(variables["ids"])
        self.asked[f"{name} {ids} {place} {variables['commits']} {variables.get('size')}"] += 1
        if self.before is not None:
            waited = self.before(name, variables)
            if waited is not None:
                await waited
        answer = await self.github.graph(query, variables)
        if self.spoil is not None:
            self.spoil(name, variables, answer.data)
        errors, self.errors = self.errors, ()
        return replace(answer, errors=(*answer.errors, *errors))

    async def get(self, path: str) -> Any:
        return await self.github.get(path)

    async def pages(self, path: str, **how: Any) -> Sequence[Any]:
        return await self.github.pages(path, **how)

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:
        return await self.github.post(path, body)

    @property
    def budget(self) -> Budget | None:
        return self.github.budget


@dataclass
class Connected:
    """GitHubClients over the town's connections."""

    clients: dict[int, Watched] = field(default_factory=dict)

    async def for_connection(self, workspace_id: WorkspaceId, connection_id: int) -> GitHub:
        if connection_id not in self.clients:
            raise Permanent("revoked")
        return self.clients[connection_id]

    async def check(self, workspace_id: WorkspaceId, connection_id: int) -> CredentialCheck:
        return CredentialCheck("GitHub token of acme", CredentialState.VALID)

    async def look_at_new_token(self, token: str, account: str) -> Finding:
        raise Permanent("revoked")

    def for_app(self) -> GitHub | None:
        return None


@dataclass
class Town:
    """The workspace, its GitHub, and what was asked there."""

    world: World
    github: GitHubServer
    githubs: Connected
    token: Token
    connection: int
    session: aiohttp.ClientSession

    @property
    def asked(self) -> Counter[str]:
        return sum((one.asked for one in self.githubs.clients.values()), Counter())

    def worker(self) -> StepWorker:
        syncer = Syncer(self.githubs, self._check)
        return StepWorker(self.world.db, [syncer.pipeline()], lambda: self.world.now)

    async def _check(self, workspace_id: WorkspaceId, _: BaseModel) -> CredentialCheck:
        return await self.githubs.check(workspace_id, self.connection)

    async def add_repository(
        self, name: str, count: int, *, connection: int | None = None, **plan: Any
    ) -> int:
        """A repository with a past, found and selected."""
        repository = self.github.world.add_repository(f"{OWNER}/{name}", plan=Plan(count, **plan))
        await self.world.run(
            _FIND_REPOSITORY,
            self.world.team,
            repository.id,
            repository.full_name,
            repository.node_id,
            connection or self.connection,
        )
        return repository.id

    async def connect(self, account: str, token: Token) -> int:
        number: int = await self.world.value(_CONNECT, self.world.team, account)
        client = GitHubClient(
            GivenToken(token.value),
            api_url=self.github.api_url,
            session=self.session,
            now=lambda: self.world.now,
        )
        self.githubs.clients[number] = Watched(client)
        return number

    async def start(self, **params: Any) -> int:
        async with self.world.transaction() as tx:
            found = await syncs.start_sync(
                tx, trigger=Trigger.PERSON, by="1", now=self.world.now, **params
            )
        assert isinstance(found, Started), found
        return found.run_id

    async def step(self, run_id: int) -> str:
        """The run's next turn; its state after it."""
        (row,) = await self.world.rows(_TURN, run_id)
        job = QueuedJob("runs.step", self.world.team, f"{run_id}:{row['turn']}", 1)
        await self.worker().step(job)
        (row,) = await self.world.rows(_TURN, run_id)
        return str(row["state"])

    async def go_on(self, run_id: int, *, turns: int = 400) -> dict[str, Any]:
        """Step after step until the run has ended; the run's row."""
        for _ in range(turns):
            if await self.step(run_id) in ENDED:
                break
            self.world.wait(seconds=1)
        (run,) = await self.world.rows("SELECT * FROM runs WHERE run_id = $1", run_id)
        return run

    async def retry(self, run_id: int) -> None:
        async with self.world.transaction() as tx:
            await runs.retry(tx, RunId(run_id), by="1", now=self.world.now)

    async def sync(self, **params: Any) -> dict[str, Any]:
        return await self.go_on(await self.start(**params))

    async def kept(self) -> dict[str, list[dict[str, Any]]]:
        """All that is known of pull requests, in order."""
        found = {}
        for table, order in TABLES.items():
            rows = await self.world.rows(f"SELECT * FROM {table} ORDER BY {order}")
            found[table] = [row | {"workspace_id": ""} for row in rows]
        return found


@asynccontextmanager
async def a_town(database: TestDatabase) -> AsyncIterator[Town]:
    """A workspace with one connection and no repository yet."""
    async with (
        make_world(database, people=1) as world,
        Playground.start() as slack,
        aiohttp.ClientSession() as session,
    ):
        world.now += timedelta(days=2)
        github = slack.github_server
        github.world.add_organisation(OWNER, "octavia")
        token = github.world.add_token("octavia", OWNER)
        town = Town(world, github, Connected(), token, 0, session)
        town.connection = await town.connect(OWNER, token)
        yield town
