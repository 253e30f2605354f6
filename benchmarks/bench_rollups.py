"""Weekly rollups of a large workspace: all weeks anew, and one new merge, beside what PostgreSQL
needs at least: `python -m benchmarks.bench_rollups [PULL_REQUESTS]`.

Goals with 1,000,000 pull requests: all of them under 30 s, one new merge under 50 ms. The baselines
are the same sums as one GROUP BY of the superuser, without histograms, and one committed INSERT.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

import asyncpg

from benchmarks.grounds import WORKSPACE, Stopwatch, postgres, services, superuser
from benchmarks.tables import Row, show
from bot.app import Services
from bot.domain.facts import BUCKETS_EACH, Measure
from bot.domain.histograms import bucket_of
from bot.domain.ids import GithubLogin, RepositoryId
from bot.domain.pull_requests import (
    Actor,
    ActorKind,
    Commit,
    PullRequest,
    Review,
    ReviewState,
    Snapshot,
)
from bot.use_cases import facts, pull_requests, rollups

PULL_REQUESTS = 200_000
GOAL_PULL_REQUESTS = 1_000_000
GOAL_S = 30.0
GOAL_MERGE_S = 0.05
WEEKS = 104
FIRST_WEEK = date(2024, 11, 18)
MEMBERS, REPOSITORIES, TEAMS = 1000, 200, 60
MERGES = 60
_TIERS = ("unknown", "unknown", "unknown", "strong", "declared", "weak")
_COLUMNS = (
    "workspace_id", "repository_id", "number", "week", "tier", "population", "author_login",
    "author_id", "team_ids", "first_reviewer_login", "cycle_s", "cycle_working_s",
    "first_review_s", "first_review_working_s", "review_s", "review_working_s", "lines", "files",
    "rounds", "bot_reviews", "is_revert", "reverts", "reverts_shas", "reverted", "hotfix",
    "clipped", "buckets", "merge_sha",
)  # fmt: skip
_BARE = """
    SELECT week, tier, population, scope, scope_id, count(*), sum(cycle_s), sum(cycle_working_s),
           sum(first_review_s), sum(first_review_working_s), sum(review_s), sum(review_working_s),
           sum(lines), sum(files), sum(rounds)
      FROM hunch.facts f
     CROSS JOIN LATERAL (SELECT 'workspace', 0::bigint UNION ALL SELECT 'member', f.author_id
                          UNION ALL SELECT 'repository', f.repository_id
                          UNION ALL SELECT 'team', unnest(f.team_ids)) AS s (scope, scope_id)
     GROUP BY week, tier, population, scope, scope_id
"""
_BARE_INSERT = "INSERT INTO public.bare_merges (number, merged_at) VALUES ($1, now())"


def _measures(dice: random.Random) -> tuple[int, ...]:
    cycle, wait, review = (int(dice.lognormvariate(mu, 1.5)) for mu in (11, 9, 10))
    lines = int(dice.lognormvariate(4, 1.4))
    files = 1 + lines // 40
    return cycle, cycle // 4, wait, wait // 4, review, review // 4, lines, files, 1 + lines % 3


def _tails(dice: random.Random) -> list[tuple[tuple[int, ...], list[int]]]:
    """Measures with their buckets, some thousands of which serve for all."""
    found = []
    for _ in range(5000):
        measures = _measures(dice)
        pairs = zip(Measure, measures, strict=True)
        found.append((measures, [m * BUCKETS_EACH + bucket_of(value) for m, value in pairs]))
    return found


def _rows(count: int) -> Iterator[tuple[object, ...]]:
    """Facts of `count` pull requests, the same each time."""
    dice = random.Random(11)  # nosec B311
    tails = _tails(dice)
    for number in range(1, count + 1):
        measures, buckets = dice.choice(tails)
        member = min(int(dice.expovariate(1 / 300)), MEMBERS - 1)
        teams = [member % TEAMS] + ([TEAMS + member % 7] if member % 3 == 0 else [])
        week = FIRST_WEEK + timedelta(weeks=dice.randrange(WEEKS))
        yield (
            WORKSPACE, 1 + (member * 7 + dice.randrange(8)) % REPOSITORIES, number, week,
            dice.choice(_TIERS), "people", f"member{member}", 10_000 + member, teams,
            f"member{(member + 1) % MEMBERS}", *measures, 0, False, None, [], False, False, 0,
            buckets, None,
        )  # fmt: skip


async def fill(admin: asyncpg.Connection, count: int) -> None:
    await admin.copy_records_to_table(
        "facts", schema_name="hunch", columns=_COLUMNS, records=_rows(count)
    )
    await admin.execute("VACUUM ANALYZE hunch.facts")


async def _rebuild(opened: Services) -> float:
    db = opened.store.database
    watch = Stopwatch()
    after = date.min
    while True:
        async with db.transaction(WORKSPACE, name="bench") as tx:
            made = await rollups.rebuild_page(tx, after=after)
        if made is None:
            return watch.seconds
        after = made.last


async def _group(admin: asyncpg.Connection) -> float:
    watch = Stopwatch()
    await admin.fetchval(f"SELECT count(*) FROM ({_BARE}) AS summed")  # nosec B608
    return watch.seconds


def _merge(number: int) -> Snapshot:
    """A pull request merged in the last of the weeks."""
    merged_at = datetime.combine(FIRST_WEEK, datetime.min.time(), UTC)
    merged_at += timedelta(weeks=WEEKS - 1, hours=30 + number % 40)
    opened_at = merged_at - timedelta(hours=20)
    author = Actor(GithubLogin(f"member{number % 50}"), 10_000 + number % 50, ActorKind.USER)
    reviewer = Actor(GithubLogin("reviewer"), 9, ActorKind.USER)
    pr = PullRequest(
        RepositoryId(1 + number % REPOSITORIES), "bench/shop", 5_000_000 + number, "A change", "",
        author, "topic", "main", False, "closed", opened_at, merged_at, merged_at, merged_at,
        node_id="PR", additions=20, deletions=3, changed_files=2,
    )  # fmt: skip
    commits = tuple(
        Commit(f"{number:08x}{hours:032x}", at, at)
        for hours in range(3)
        for at in [opened_at - timedelta(hours=hours)]
    )
    review = Review(number, reviewer, ReviewState.APPROVED, opened_at + timedelta(hours=2))
    return Snapshot(pr, (review,), commits, complete=True)


async def _merges(opened: Services) -> list[float]:
    """Seconds from a stored merge to its week's corrected numbers, one after the other."""
    db, found = opened.store.database, []
    for number in range(MERGES):
        snapshot = _merge(number)
        async with db.transaction(WORKSPACE, name="bench") as tx:
            await pull_requests.keep_snapshots(tx, [snapshot], history=True, now=opened.now())
            tx.jobs.clear()
        watch = Stopwatch()
        async with db.transaction(WORKSPACE, name="bench") as tx:
            made = await facts.catch_up(tx, after=0)
        found.append(watch.seconds)
        assert made is not None
    return found


async def _inserts(admin: asyncpg.Connection) -> list[float]:
    await admin.execute(
        "CREATE TABLE IF NOT EXISTS public.bare_merges (number int, merged_at timestamptz)"
    )
    found = []
    for number in range(MERGES):
        watch = Stopwatch()
        await admin.execute(_BARE_INSERT, number)
        found.append(watch.seconds)
    return found


async def measure(count: int = PULL_REQUESTS) -> Sequence[Row]:
    async with postgres() as server, services(server) as opened:
        admin = await superuser(server)
        try:
            watch = Stopwatch()
            await fill(admin, count)
            print(f"{count:,} pull requests' facts filled in by COPY in {watch.seconds:.1f} s")
            ours, bare = await _rebuild(opened), await _group(admin)
            cells = await admin.fetchval("SELECT count(*) FROM hunch.rollups")
            print(f"{cells:,} rollups made in {ours:.1f} s; a bare GROUP BY {bare:.1f} s")
            merges, inserts = await _merges(opened), await _inserts(admin)
        finally:
            await admin.close()
    merge_s = statistics.quantiles(merges, n=20)[-1]
    print(f"one merge: median {statistics.median(merges):.4f} s, p95 {merge_s:.4f} s")
    goal_s = GOAL_S * count / GOAL_PULL_REQUESTS
    return [
        Row("seconds for all weeks, beside 30 for each 1,000,000", [ours], [goal_s], "<", 1.0),
        Row("… beside a bare GROUP BY without histograms", [ours], [bare], "<", 20.0),
        Row("seconds for one merge (p95), beside 0.05", [merge_s], [GOAL_MERGE_S], "<", 1.0),
        Row("… its median, beside one bare INSERT", merges, inserts, "<", 100.0),
    ]


if __name__ == "__main__":
    show(asyncio.run(measure(*map(int, sys.argv[1:]))))
