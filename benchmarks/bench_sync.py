"""A sync with the playground's GitHub: how many requests a thousand pull requests take, how fast pages
are stored beside a bare COPY of the same rows, and whether memory stays flat:
`python -m benchmarks.bench_sync [PULL_REQUESTS]`.

Goals: at most 25 requests; 0.4 of COPY's rows a second; flat. The COPY is the superuser's, into the
same tables, without row-level security.
"""

from __future__ import annotations

import asyncio
import gc
import resource
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg

from benchmarks.grounds import WORKSPACE, Stopwatch, postgres, services, superuser
from benchmarks.tables import Row, show
from bot import log
from bot.app import Services
from bot.domain.ids import RepositoryId, WorkspaceId
from bot.domain.pull_requests import Snapshot
from bot.domain.runs import Trigger
from bot.integrations.github.client import GitHubClient, GivenToken
from bot.integrations.github.nodes import PullRequestNode
from bot.integrations.github.pull_requests import Named, Page, read_again, read_page
from bot.ports.github import CredentialCheck, CredentialState, GitHub, GraphAnswer
from bot.use_cases import syncs
from bot.use_cases.pull_requests import keep_snapshots
from jobs.engine import QueuedJob
from jobs.runs import StepWorker
from jobs.syncs import PAGES_TOGETHER, Syncer
from playground.github.records import Plan
from playground.server import Playground

PULL_REQUESTS = 10_000
THOUSAND = 1_000
MOST_REQUESTS = 25
GOAL = 0.4
PAGE = 50
AGAIN = 48
NAME = "bench/shop"
TABLES = (
    "pull_requests", "reviews", "commits", "pull_request_events", "attribution_traces",
    "attributions", "facts",
)  # fmt: skip
_NOW = datetime(2026, 11, 20, tzinfo=UTC)


@dataclass
class Counting:
    """A client that counts its questions."""

    github: GitHub
    asked: int = 0
    nodes: list[Mapping[str, Any]] = field(default_factory=list)

    async def graph(self, query: str, variables: Mapping[str, Any]) -> GraphAnswer:
        self.asked += 1
        answer = await self.github.graph(query, variables)
        if "node" in answer.data:
            edges = answer.data["node"]["pullRequests"]["edges"]
            self.nodes += [edge["node"] for edge in edges]
        return answer


async def thousand() -> tuple[list[Snapshot], Counting, float]:
    """A thousand pull requests, seen whole; what was asked for them, and the seconds that took."""
    async with Playground.start() as slack, aiohttp.ClientSession() as session:
        server = slack.github_server
        server.world.add_organisation("bench", "octavia")
        repository = server.world.add_repository(NAME, plan=Plan(THOUSAND))
        token = server.world.add_token("octavia", "bench")
        client = GitHubClient(
            GivenToken(token.value), api_url=server.api_url, session=session, now=lambda: _NOW
        )
        github: Any = Counting(client)
        watch = Stopwatch()
        snapshots = await _read(github, Named(RepositoryId(repository.id), repository.node_id))
        return snapshots, github, watch.seconds


async def _read(github: GitHub, where: Named) -> list[Snapshot]:
    """As `jobs/syncs.py` reads, without storing."""
    seen: dict[str, Snapshot] = {}
    cursor: str | None = None
    while True:
        page = await read_page(github, where, cursor=cursor, size=PAGE)
        assert isinstance(page, Page)
        seen |= {one.pull_request.node_id: one for one in page.snapshots}
        cursor = page.next_cursor
        if cursor is None:
            break
    glimpses = [one for one in seen.values() if one.longer]
    for longer in {one.longer for one in glimpses}:
        ids = [one.pull_request.node_id for one in glimpses if one.longer == longer]
        for place in range(0, len(ids), AGAIN):
            wanted = dict.fromkeys(ids[place : place + AGAIN], where.repository_id)
            again = await read_again(github, wanted, longer=longer)
            seen |= {one.pull_request.node_id: one for one in again.snapshots}
    return list(seen.values())


def many(snapshots: Sequence[Snapshot], count: int) -> list[Snapshot]:
    """The same over and over, under other numbers."""
    found = []
    for number in range(count):
        one = snapshots[number % len(snapshots)]
        pr = replace(one.pull_request, number=number + 1, node_id=f"PR_{number}")
        found.append(replace(one, pull_request=pr))
    return found


async def _store(opened: Services, snapshots: Sequence[Snapshot], at_once: int) -> float:
    """Store them, so many in each transaction, as a sync does; in seconds."""
    # A sync has no more of them than it stores: nobody else's garbage is collected.
    gc.collect()
    gc.freeze()
    watch = Stopwatch()
    for place in range(0, len(snapshots), at_once):
        async with opened.store.database.transaction(WORKSPACE, name="bench") as tx:
            await keep_snapshots(tx, snapshots[place : place + at_once], history=True, now=_NOW)
            tx.jobs.clear()
    gc.unfreeze()
    return watch.seconds


async def _copy(admin: asyncpg.Connection) -> tuple[int, float]:
    """The rows that were stored, gone and copied back: how many, in seconds."""
    kept = {}
    for table in TABLES:
        rows = await admin.fetch(f"SELECT * FROM {table}")  # nosec B608
        kept[table] = [tuple(row) for row in rows]
    await admin.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
    watch = Stopwatch()
    for table, records in kept.items():
        await admin.copy_records_to_table(table, records=records)
    seconds = watch.seconds
    await admin.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
    return sum(map(len, kept.values())), seconds


_CONNECT = """
    INSERT INTO connections (workspace_id, service, kind, account, state, connected_at, state_since)
         VALUES ($1, 'github', 'token', 'bench', 'active', now(), now()) RETURNING connection_id
"""
_FIND = """
    INSERT INTO repositories (workspace_id, repository_id, full_name, node_id, selected,
                              connection_id, discovered_at)
         VALUES ($1, 1, 'bench/shop', 'R_1', true, $2, now())
"""
_TURN = "SELECT turn, state FROM runs WHERE run_id = $1"


@dataclass
class Replay:
    """A GitHub that shows the same pages over and over, under other numbers, `count` in all."""

    nodes: Sequence[Mapping[str, Any]]
    count: int

    async def for_connection(self, workspace_id: WorkspaceId, connection_id: int) -> Any:
        return self

    async def check(self, workspace_id: WorkspaceId, params: object) -> CredentialCheck:
        return CredentialCheck("bench", CredentialState.VALID)

    async def graph(self, query: str, variables: Mapping[str, Any]) -> GraphAnswer:
        first = int(variables["after"] or 0)
        shown = range(first, min(first + variables["size"], self.count))
        edges = [{"cursor": str(number), "node": self._node(number)} for number in shown]
        page = {"hasNextPage": shown.stop < self.count, "endCursor": str(shown.stop)}
        found = {"totalCount": self.count, "pageInfo": page, "edges": edges}
        return GraphAnswer({"node": {"nameWithOwner": NAME, "pullRequests": found}}, cost=3)

    def _node(self, number: int) -> Mapping[str, Any]:
        node = self.nodes[number % len(self.nodes)]
        return {**node, "number": number + 1, "id": f"PR_{number}"}

    budget = None


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


async def memory(nodes: Sequence[Mapping[str, Any]], count: int) -> tuple[float, float]:
    """Megabytes of this process after a tenth of a whole sync of so many, and at its end."""
    async with postgres() as server, services(server) as opened:
        db, github = opened.store.database, Replay(nodes, count)
        async with db.transaction(WORKSPACE, name="bench") as tx:
            connection = await tx.fetchval(_CONNECT, WORKSPACE)
            await tx.execute(_FIND, WORKSPACE, connection)
            begun = await syncs.start_sync(
                tx, trigger=Trigger.PERSON, by="bench", now=_NOW, months=240
            )
            tx.jobs.clear()
        syncer: Any = Syncer(github, github.check)  # type: ignore[arg-type]  # only what is asked
        worker = StepWorker(db, [syncer.pipeline()], lambda: _NOW)
        tenth, state = 0.0, "pending"
        while state in ("pending", "running"):
            async with db.transaction(WORKSPACE, name="bench") as tx:
                row = await tx.fetchrow(_TURN, begun.run_id)
                done = await tx.fetchval("SELECT count(*) FROM pull_requests")
            assert row is not None
            state = row["state"]
            tenth = _resident_mb() if done <= count // 10 else tenth
            ref = f"{begun.run_id}:{row['turn']}"
            await worker.step(QueuedJob("runs.step", WORKSPACE, ref, 1))
        assert (state, done) == ("succeeded", count), (state, done)
        return tenth, _resident_mb()


async def measure(count: int = PULL_REQUESTS) -> Sequence[Row]:
    """Requests, memory, and rows a second beside COPY's."""
    snapshots, github, seconds = await thousand()
    print(f"{THOUSAND:,} pull requests read in {github.asked} requests, {seconds:.1f} s")
    assert github.asked <= MOST_REQUESTS, github.asked
    short = [node for node in github.nodes if not PullRequestNode.model_validate(node).longer]
    tenth, end = await memory(short, count)
    print(f"{count:,} pull requests synced: {tenth:.0f} MB after a tenth, {end:.0f} MB at the end")
    return [await _stored(snapshots, min(count, PULL_REQUESTS))]


async def _stored(snapshots: Sequence[Snapshot], count: int) -> Row:
    ours, bare = [], []
    async with postgres() as server, services(server) as opened:
        admin = await superuser(server)
        await admin.execute("SET search_path = hunch, public")
        for _ in range(3):
            taken = await _store(opened, many(snapshots, count), PAGE * PAGES_TOGETHER)
            rows, copied = await _copy(admin)
            ours.append(rows / taken)
            bare.append(rows / copied)
        await admin.close()
    return Row("rows stored a second", ours, bare, ">=", GOAL)


if __name__ == "__main__":
    log.configure("warning")
    show(asyncio.run(measure(*map(int, sys.argv[1:2]))))
