"""A workspace whose pull requests come from anywhere, and whose facts follow."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.ids import GithubLogin, RepositoryId, WorkspaceId
from bot.domain.pull_requests import (
    Actor,
    ActorKind,
    Commit,
    PullRequest,
    Review,
    ReviewState,
    Snapshot,
    TimelineEvent,
    Trace,
    Turn,
)
from bot.domain.rollups import Rollup, Scope
from bot.ports import Transaction
from bot.use_cases import facts, pull_requests
from jobs.engine import QueuedJob
from jobs.rollups import FactKeeper
from storage import rollups
from tests.databases import TestDatabase
from tests.integration.game.support import World, make_world

MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
REPOSITORY = RepositoryId(7)
ROLLUPS = """
    SELECT week, scope, scope_id, tier, population, merged, reviewed, reverts, reverted, hotfixes,
           clipped, cycle_s, cycle_working_s, first_review_s, first_review_working_s, review_s,
           review_working_s, lines, files, rounds, buckets, counts
      FROM rollups ORDER BY week, scope, scope_id, tier, population
"""
FACTS = "SELECT to_jsonb(f) - 'workspace_id' AS facts FROM facts f ORDER BY repository_id, number"


def person(name: str) -> Actor:
    """The account of person1, person2 …"""
    return Actor(GithubLogin(f"{name}-gh"), sum(map(ord, name)) + 1000, ActorKind.USER)


def bot(name: str = "helper") -> Actor:
    return Actor(GithubLogin(f"{name}[bot]"), sum(map(ord, name)) + 5000, ActorKind.BOT)


def told(
    number: int = 1,
    *,
    author: str | Actor = "person1",
    opened_at: datetime = MONDAY,
    merged_at: datetime | None = MONDAY + 4 * HOUR,
    reviews: Sequence[tuple[str | Actor, datetime]] = (),
    commits: Sequence[datetime] = (MONDAY - HOUR,),
    turns: Sequence[tuple[Turn, datetime]] = (),
    traces: frozenset[Trace] = frozenset(),
    repository_id: int = REPOSITORY,
    **more: Any,
) -> Snapshot:
    """What GitHub says of a pull request, all of it; whoever reviews approves."""
    said: dict[str, Any] = {
        "repository_id": RepositoryId(repository_id),
        "repository": f"acme/shop{repository_id}",
        "number": number,
        "title": f"Change {number}",
        "url": f"https://github.com/acme/shop/pull/{number}",
        "author": author if isinstance(author, Actor) else person(author),
        "head_ref": "topic",
        "base_ref": "main",
        "draft": False,
        "state": "closed" if merged_at else "open",
        "opened_at": opened_at,
        "closed_at": merged_at,
        "merged_at": merged_at,
        "updated_at": merged_at or opened_at,
        "node_id": f"PR_{repository_id}_{number}",
        "additions": 10,
        "deletions": 5,
        "changed_files": 2,
        "commit_count": len(commits),
        "merge_sha": f"{repository_id:02x}{number:06x}" * 5,
    }
    return Snapshot(
        PullRequest(**said | more),
        reviews=tuple(
            Review(
                number * 100 + place,
                who if isinstance(who, Actor) else person(who),
                ReviewState.APPROVED,
                at,
            )
            for place, (who, at) in enumerate(reviews)
        ),
        commits=tuple(
            Commit(f"{number:04x}{place:04x}" * 5, at, at) for place, at in enumerate(commits)
        ),
        timeline=tuple(TimelineEvent(turn, at) for turn, at in turns),
        traces=traces,
        complete=True,
    )


@dataclass
class Weeks:
    """A workspace and the weeks its pull requests add up to."""

    world: World
    teams: dict[str, int] = field(default_factory=dict)

    @property
    def workspace_id(self) -> WorkspaceId:
        return self.world.team

    async def hear(self, *snapshots: Snapshot) -> None:
        """Take up what is told, as a sync does."""
        async with self.world.transaction() as tx:
            now = self.world.now
            await pull_requests.keep_snapshots(tx, snapshots, history=True, now=now)

    async def settle(self) -> None:
        """Let the job run until nothing is stale."""
        keeper = FactKeeper(self.world.db)
        while await self.world.value("SELECT count(*) FROM stale_facts"):
            await keeper.refresh(QueuedJob("rollups.refresh", self.workspace_id, "0", 1))

    async def facts_of(self, number: int = 1) -> dict[str, Any]:
        [row] = await self.world.rows("SELECT * FROM facts WHERE number = $1", number)
        return row

    async def rows(self) -> list[dict[str, Any]]:
        return await self.world.rows(ROLLUPS)

    async def of(self, scope: Scope, scope_id: int = 0) -> Sequence[Rollup]:
        async with self.world.transaction() as tx:
            since, until = MONDAY.date() - 400 * DAY, MONDAY.date() + 400 * DAY
            return await rollups.read(tx, scope, scope_id, since=since, until=until)

    async def count_all_anew(self) -> list[dict[str, Any]]:
        """All weeks as a full recomputation of facts and rollups makes them."""
        async with self.world.transaction() as tx:
            await tx.execute("DELETE FROM rollups")
            await tx.execute("DELETE FROM facts")
            await tx.execute(
                "INSERT INTO stale_facts (workspace_id, repository_id, number)"
                " SELECT workspace_id, repository_id, number FROM pull_requests"
            )
        await self.settle()
        async with self.world.transaction() as tx:
            await tx.execute("DELETE FROM rollups")
            first, last = MONDAY.date() - 400 * DAY, MONDAY.date() + 400 * DAY
            await rollups.make_weeks(tx, first, last)
        return await self.rows()

    async def team(self, name: str) -> int:
        if name not in self.teams:
            self.teams[name] = await self.world.value(
                "INSERT INTO teams (workspace_id, github_team_id, organisation, slug, name)"
                " VALUES ($1, $2, 'acme', $3, $3) RETURNING team_id",
                self.workspace_id,
                len(self.teams) + 1,
                name,
            )
        return self.teams[name]

    async def belongs(
        self, who: str, team: str, since: datetime, until: datetime | None = None
    ) -> None:
        team_id = await self.team(team)
        await self.world.run(
            "INSERT INTO team_memberships (workspace_id, team_id, account_id, since, until)"
            " VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            self.workspace_id,
            team_id,
            person(who).github_id,
            since,
            until,
        )

    async def leaves(self, who: str, team: str) -> None:
        await self.world.run(
            "DELETE FROM team_memberships WHERE workspace_id = $1 AND team_id = $2"
            " AND account_id = $3",
            self.workspace_id,
            await self.team(team),
            person(who).github_id,
        )

    async def judged(self, number: int, tier: str, *, assisted: bool | None = True) -> None:
        await self.world.run(
            "INSERT INTO attributions (workspace_id, repository_id, number, tier, assisted,"
            " rule_version) VALUES ($1, $2, $3, $4, $5, 1)"
            " ON CONFLICT (workspace_id, repository_id, number) DO UPDATE"
            " SET tier = EXCLUDED.tier, assisted = EXCLUDED.assisted",
            self.workspace_id,
            REPOSITORY,
            number,
            tier,
            assisted,
        )


@asynccontextmanager
async def weeks_in(database: TestDatabase) -> AsyncIterator[Weeks]:
    async with make_world(database) as world:
        yield Weeks(world)


async def refresh(tx: Transaction, weeks: Weeks, *numbers: int) -> None:
    keys = [told(number).pull_request.key for number in numbers]
    await facts.refresh(tx, keys, now=weeks.world.now)
