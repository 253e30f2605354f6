"""The weeks' numbers: what the facts add up to, kept up with each change, or made anew by the week.

Whoever writes facts or rollups does so alone in the workspace, so that the one always equals what
the others add up to; the triggers of migration 0011 take the same lock, shared.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from itertools import repeat

from bot.domain.facts import BUCKETS_EACH, Measure, Population
from bot.domain.pull_requests import PullRequestKey
from bot.domain.rollups import Counts, Measured, Rollup, Scope
from bot.ports import Row, Transaction
from storage import arrays

_HOLD = "SELECT pg_advisory_xact_lock(hashtextextended('facts:' || $1, 0))"
_HOLD_IF_FREE = "SELECT pg_try_advisory_xact_lock(hashtextextended('facts:' || $1, 0))"
# Each pull request counts in its workspace, its repository, its author's weeks, and each of the
# teams they were in.
_SCOPES = """(
    SELECT 'workspace' AS scope, 0::bigint AS scope_id
     UNION ALL SELECT 'repository', f.repository_id
     UNION ALL SELECT 'member', f.author_id WHERE f.author_id IS NOT NULL
     UNION ALL SELECT 'team', t.team_id FROM unnest(f.team_ids) AS t (team_id))"""
_CELL = "week, scope, scope_id, tier, population"
_COUNTED = f"""
    SELECT f.week, s.scope, s.scope_id, f.tier, f.population, f.first_reviewer_login, f.is_revert,
           f.reverted, f.hotfix, f.clipped, f.cycle_s, f.cycle_working_s, f.first_review_s,
           f.first_review_working_s, f.review_s, f.review_working_s, f.lines, f.files, f.rounds,
           f.buckets
      FROM facts f CROSS JOIN LATERAL {_SCOPES} AS s
"""  # nosec B608
_SUMS = f"""(
    SELECT {_CELL}, count(*) AS merged, count(first_reviewer_login) AS reviewed,
           count(*) FILTER (WHERE is_revert) AS reverts,
           count(*) FILTER (WHERE reverted) AS reverted,
           count(*) FILTER (WHERE hotfix) AS hotfixes, coalesce(sum(clipped), 0) AS clipped,
           coalesce(sum(cycle_s), 0) AS cycle_s,
           coalesce(sum(cycle_working_s), 0) AS cycle_working_s,
           coalesce(sum(first_review_s), 0) AS first_review_s,
           coalesce(sum(first_review_working_s), 0) AS first_review_working_s,
           coalesce(sum(review_s), 0) AS review_s,
           coalesce(sum(review_working_s), 0) AS review_working_s,
           coalesce(sum(lines), 0) AS lines, coalesce(sum(files), 0) AS files,
           coalesce(sum(rounds), 0) AS rounds,
           join_buckets(CASE scope WHEN 'workspace' THEN '{{}}' ELSE buckets END) AS buckets
      FROM counted GROUP BY {_CELL})
"""  # nosec B608
_COLUMNS = """workspace_id, week, scope, scope_id, tier, population, merged, reviewed, reverts,
              reverted, hotfixes, clipped, cycle_s, cycle_working_s, first_review_s,
              first_review_working_s, review_s, review_working_s, lines, files, rounds, buckets,
              counts"""
# $4 is 1 to count pull requests in, -1 to take them out again.
_COUNT = f"""
    WITH counted AS (
        {_COUNTED}
          JOIN unnest($2::bigint[], $3::integer[]) AS k (repository_id, number)
            ON f.workspace_id = $1 AND f.repository_id = k.repository_id AND f.number = k.number
         WHERE f.week IS NOT NULL
    ), sums AS {_SUMS}, fallen AS (
        SELECT {_CELL}, b.bucket, $4::integer AS n
          FROM counted, unnest(counted.buckets) AS b (bucket)
         UNION ALL
        SELECT {_CELL}, b.bucket, coalesce(b.n, 1)
          FROM sums JOIN rollups r USING ({_CELL}), unnest(r.buckets, r.counts) AS b (bucket, n)
         WHERE r.workspace_id = $1
    ), listed AS (
        SELECT {_CELL}, array_agg(bucket ORDER BY bucket) AS buckets,
               array_agg(n ORDER BY bucket) AS counts
          FROM (SELECT {_CELL}, bucket, sum(n)::integer AS n FROM fallen
                 GROUP BY {_CELL}, bucket HAVING sum(n) <> 0) AS summed
         GROUP BY {_CELL}
    )
    INSERT INTO rollups AS r ({_COLUMNS})
    SELECT $1, s.week, s.scope, s.scope_id, s.tier, s.population, $4 * s.merged, $4 * s.reviewed,
           $4 * s.reverts, $4 * s.reverted, $4 * s.hotfixes, $4 * s.clipped, $4 * s.cycle_s,
           $4 * s.cycle_working_s, $4 * s.first_review_s, $4 * s.first_review_working_s,
           $4 * s.review_s, $4 * s.review_working_s, $4 * s.lines, $4 * s.files, $4 * s.rounds,
           coalesce(l.buckets, '{{}}'), coalesce(l.counts, '{{}}')
      FROM sums s LEFT JOIN listed l USING ({_CELL})
    ON CONFLICT (workspace_id, week, scope, scope_id, tier, population) DO UPDATE
       SET (merged, reviewed, reverts, reverted, hotfixes, clipped, cycle_s, cycle_working_s,
            first_review_s, first_review_working_s, review_s, review_working_s, lines, files,
            rounds, buckets, counts)
         = (r.merged + EXCLUDED.merged, r.reviewed + EXCLUDED.reviewed,
            r.reverts + EXCLUDED.reverts, r.reverted + EXCLUDED.reverted,
            r.hotfixes + EXCLUDED.hotfixes, r.clipped + EXCLUDED.clipped,
            r.cycle_s + EXCLUDED.cycle_s, r.cycle_working_s + EXCLUDED.cycle_working_s,
            r.first_review_s + EXCLUDED.first_review_s,
            r.first_review_working_s + EXCLUDED.first_review_working_s,
            r.review_s + EXCLUDED.review_s, r.review_working_s + EXCLUDED.review_working_s,
            r.lines + EXCLUDED.lines, r.files + EXCLUDED.files, r.rounds + EXCLUDED.rounds,
            EXCLUDED.buckets, EXCLUDED.counts)
"""  # nosec B608
_DROP_EMPTY = "DELETE FROM rollups WHERE workspace_id = $1 AND merged = 0"
_FORGET_WEEKS = "DELETE FROM rollups WHERE workspace_id = $1 AND week BETWEEN $2 AND $3"
# The workspace's own weeks hold each bucket many times over, so those are counted; the many small
# cells list theirs as they come, which takes a fraction of the time.
_MAKE_WEEKS = f"""
    WITH counted AS MATERIALIZED (
        {_COUNTED} WHERE f.workspace_id = $1 AND f.week BETWEEN $2 AND $3
    ), sums AS MATERIALIZED {_SUMS}, fallen AS (
        SELECT week, tier, population, bucket, count(*)::integer AS n
          FROM (SELECT week, tier, population, unnest(buckets) AS bucket
                  FROM counted WHERE scope = 'workspace') AS each
         GROUP BY week, tier, population, bucket
    ), listed AS (
        SELECT week, tier, population, array_agg(bucket) AS buckets, array_agg(n) AS counts
          FROM fallen GROUP BY week, tier, population
    )
    INSERT INTO rollups ({_COLUMNS})
    SELECT $1, s.week, s.scope, s.scope_id, s.tier, s.population, s.merged, s.reviewed, s.reverts,
           s.reverted, s.hotfixes, s.clipped, s.cycle_s, s.cycle_working_s, s.first_review_s,
           s.first_review_working_s, s.review_s, s.review_working_s, s.lines, s.files, s.rounds,
           coalesce(l.buckets, s.buckets), coalesce(l.counts, '{{}}')
      FROM sums s
      LEFT JOIN listed l ON s.scope = 'workspace' AND l.week = s.week AND l.tier = s.tier
           AND l.population = s.population
"""  # nosec B608
_ROOM = "SET LOCAL work_mem = '64MB'"
_NEXT_WEEK = """
    SELECT least((SELECT min(week) FROM facts WHERE workspace_id = $1 AND week > $2),
                 (SELECT min(week) FROM rollups WHERE workspace_id = $1 AND week > $2))
"""
_LAST_WEEK = """
    SELECT greatest((SELECT max(week) FROM facts WHERE workspace_id = $1),
                    (SELECT max(week) FROM rollups WHERE workspace_id = $1))
"""
_READ = """
    SELECT week, scope, scope_id, tier, population, merged, reviewed, reverts, reverted, hotfixes,
           clipped, cycle_s, cycle_working_s, first_review_s, first_review_working_s, review_s,
           review_working_s, lines, files, rounds, buckets, counts
      FROM rollups
     WHERE workspace_id = $1 AND scope = $2 AND scope_id = $3 AND week BETWEEN $4 AND $5
     ORDER BY week, tier, population
"""


async def hold(tx: Transaction, *, wait: bool) -> bool:
    """Be the one who writes facts and rollups until the end of the transaction.

    False, without `wait`: somebody else is.
    """
    if wait:
        await tx.execute(_HOLD, tx.workspace_id)
        return True
    return bool(await tx.fetchval(_HOLD_IF_FREE, tx.workspace_id))


async def count_in(tx: Transaction, keys: Collection[PullRequestKey]) -> None:
    """Add these pull requests' facts, as they stand, to the weeks they were merged in."""
    await _count(tx, keys, 1)


async def take_out(tx: Transaction, keys: Collection[PullRequestKey]) -> None:
    """Take these pull requests' facts, as they stand, out of the weeks they were counted in."""
    await _count(tx, keys, -1)


async def _count(tx: Transaction, keys: Collection[PullRequestKey], sign: int) -> None:
    if keys:
        await tx.execute(_COUNT, tx.workspace_id, *arrays.columns(sorted(keys)), sign)


async def drop_empty(tx: Transaction) -> None:
    """Forget the weeks in which nothing is left."""
    await tx.execute(_DROP_EMPTY, tx.workspace_id)


async def make_weeks(tx: Transaction, first: date, last: date) -> None:
    """Make the weeks from one Monday to another anew from the facts, both included."""
    await tx.execute(_ROOM)
    await tx.execute(_FORGET_WEEKS, tx.workspace_id, first, last)
    await tx.execute(_MAKE_WEEKS, tx.workspace_id, first, last)


async def next_week(tx: Transaction, after: date) -> date | None:
    """The first week after that Monday with facts or rollups in it."""
    found: date | None = await tx.fetchval(_NEXT_WEEK, tx.workspace_id, after)
    return found


async def last_week(tx: Transaction) -> date | None:
    """The last week with facts or rollups in it."""
    found: date | None = await tx.fetchval(_LAST_WEEK, tx.workspace_id)
    return found


async def read(
    tx: Transaction, scope: Scope, scope_id: int, *, since: date, until: date
) -> Sequence[Rollup]:
    """The rollups of one scope from one Monday to another, both included, by week."""
    rows = await tx.fetch(_READ, tx.workspace_id, scope, scope_id, since, until)
    return [_rollup(row) for row in rows]


def _rollup(row: Row) -> Rollup:
    histograms: dict[Measure, dict[int, int]] = {measure: {} for measure in Measure}
    for place, n in zip(row["buckets"], row["counts"] or repeat(1), strict=False):
        measure, bucket = divmod(place, BUCKETS_EACH)
        known = histograms[Measure(measure)]
        known[bucket] = known.get(bucket, 0) + n
    return Rollup(
        week=row["week"],
        scope=Scope(row["scope"]),
        scope_id=row["scope_id"],
        tier=row["tier"],
        population=Population(row["population"]),
        counts=Counts(**{name: row[name] for name in Counts.__dataclass_fields__}),
        measured={
            measure: Measured(row[_TOTALS[measure]], histograms[measure]) for measure in Measure
        },
    )


_TOTALS: Mapping[Measure, str] = {
    Measure.CYCLE: "cycle_s",
    Measure.CYCLE_WORKING: "cycle_working_s",
    Measure.FIRST_REVIEW: "first_review_s",
    Measure.FIRST_REVIEW_WORKING: "first_review_working_s",
    Measure.REVIEW: "review_s",
    Measure.REVIEW_WORKING: "review_working_s",
    Measure.LINES: "lines",
    Measure.FILES: "files",
    Measure.ROUNDS: "rounds",
}
