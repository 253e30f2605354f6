"""A sync with the playground's GitHub: how many requests a thousand pull requests take, how fast pages
are stored beside a bare COPY of the same rows, and whether memory stays flat:
`python -m benchmarks.bench_sync [PULL_REQUESTS]`.

Goals: at most 25 requests; 0.4 of COPY's rows a second; flat. The COPY is the superuser's, into the
same tables, without row-level security.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import tracemalloc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import aiohttp
import asyncpg

from benchmarks.grounds import WORKSPACE, Stopwatch, postgres, services, superuser
from benchmarks.tables import Row, show
from bot.app import Services
from bot.domain.ids import RepositoryId
from bot.domain.pull_requests import Snapshot
from bot.integrations.github.client import GitHubClient, GivenToken
from bot.integrations.github.pull_requests import Named, Page, read_again, read_page
from bot.ports.github import GitHub, GraphAnswer
from bot.use_cases.pull_requests import keep_snapshots
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
    answers: list[Mapping[str, Any]] = field(default_factory=list)

    async def graph(self, query: str, variables: Mapping[str, Any]) -> GraphAnswer:
        self.asked += 1
        return await self.github.graph(query, variables)


async def thousand() -> tuple[list[Snapshot], int, float]:
    """A thousand pull requests, seen whole; how many requests and seconds it took to read them."""
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
        return snapshots, github.asked, watch.seconds


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


async def _store(opened: Services, snapshots: Sequence[Snapshot], page: int = PAGE) -> float:
    """Store them page by page, each in its transaction, as a sync does; in seconds."""
    watch = Stopwatch()
    for place in range(0, len(snapshots), page):
        async with opened.store.database.transaction(WORKSPACE, name="bench") as tx:
            await keep_snapshots(tx, snapshots[place : place + page], history=True, now=_NOW)
            tx.jobs.clear()
    return watch.seconds


async def _copy(admin: asyncpg.Connection) -> tuple[int, float]:
    """The rows that were stored, gone and copied back: how many, in seconds."""
    kept = {}
    for table in TABLES:
        rows = await admin.fetch(f"SELECT * FROM {table}")  # noqa: S608  # nosec B608
        kept[table] = [tuple(row) for row in rows]
    await admin.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
    watch = Stopwatch()
    for table, records in kept.items():
        await admin.copy_records_to_table(table, records=records)
    seconds = watch.seconds
    await admin.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
    return sum(map(len, kept.values())), seconds


async def _flat(opened: Services, snapshots: Sequence[Snapshot]) -> tuple[float, float]:
    """Megabytes in use after a tenth of the pages and after all of them."""
    tracemalloc.start()
    marks = []
    for part in (snapshots[: len(snapshots) // 10], snapshots[len(snapshots) // 10 :]):
        await _store(opened, part)
        gc.collect()
        marks.append(tracemalloc.get_traced_memory()[0] / 1e6)
    tracemalloc.stop()
    return marks[0], marks[1]


async def measure(count: int = PULL_REQUESTS) -> Sequence[Row]:
    """Requests, and rows a second beside COPY's."""
    snapshots, asked, seconds = await thousand()
    print(f"{THOUSAND:,} pull requests read in {asked} requests, {seconds:.1f} s")
    assert asked <= MOST_REQUESTS, asked
    ours, bare = [], []
    async with postgres() as server, services(server) as opened:
        admin = await superuser(server)
        await admin.execute("SET search_path = hunch, public")
        for _ in range(3):
            taken = await _store(opened, many(snapshots, count))
            rows, copied = await _copy(admin)
            ours.append(rows / taken)
            bare.append(rows / copied)
        await admin.close()
    return [Row("rows stored a second", ours, bare, ">=", GOAL)]


if __name__ == "__main__":
    show(asyncio.run(measure(*map(int, sys.argv[1:2]))))
