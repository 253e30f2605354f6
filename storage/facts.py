"""The facts of pull requests as they stand, and marks on those that must be made anew."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from bot.domain.facts import Facts, Population, Times
from bot.domain.pull_requests import PullRequestKey
from bot.ports import Row, Transaction
from storage import arrays
from storage.pull_request_rows import key_of

_MARK = """
    INSERT INTO stale_facts (workspace_id, repository_id, number)
         SELECT $1, k.repository_id, k.number
           FROM unnest($2::bigint[], $3::integer[]) AS k (repository_id, number)
"""
_MARK_REVERTED = """
    INSERT INTO stale_facts (workspace_id, repository_id, number)
         SELECT p.workspace_id, p.repository_id, p.number
           FROM unnest($2::bigint[], $3::integer[]) AS k (repository_id, number)
           JOIN pull_requests p ON p.workspace_id = $1 AND p.repository_id = k.repository_id
                AND p.number = k.number
"""
# Those that say by the hash of its merge which one they take back, now that it is known.
_MARK_REVERTING = """
    INSERT INTO stale_facts (workspace_id, repository_id, number)
         SELECT f.workspace_id, f.repository_id, f.number
           FROM unnest($2::bigint[], $3::text[]) AS k (repository_id, merge_sha)
           JOIN facts f ON f.workspace_id = $1 AND f.repository_id = k.repository_id
                AND f.reverts_shas <> '{}'
          WHERE EXISTS (SELECT FROM unnest(f.reverts_shas) AS s (sha)
                         WHERE starts_with(k.merge_sha, s.sha))
"""
_PAGE = """
    SELECT repository_id, number FROM pull_requests
     WHERE workspace_id = $1 AND (repository_id, number) > ($2, $3)
     ORDER BY repository_id, number LIMIT $4
"""
_COUNT_FROM = """
    SELECT count(*) FROM pull_requests
     WHERE workspace_id = $1 AND (repository_id, number) > ($2, $3)
"""
_IS_ANY_STALE = "SELECT EXISTS (SELECT FROM stale_facts WHERE workspace_id = $1)"
_STALE = """
    SELECT mark_id, repository_id, number FROM stale_facts
     WHERE workspace_id = $1 AND mark_id > $2 ORDER BY mark_id LIMIT $3
"""
_UNMARK = "DELETE FROM stale_facts WHERE workspace_id = $1 AND mark_id = ANY ($2::bigint[])"
_OF = """
    SELECT f.repository_id, f.number, f.week, f.tier, f.population, f.author_login, f.author_id,
           f.team_ids, f.first_reviewer_login, f.cycle_s, f.cycle_working_s, f.first_review_s,
           f.first_review_working_s, f.review_s, f.review_working_s, f.lines, f.files, f.rounds,
           f.bot_reviews, f.is_revert, f.reverts, f.reverts_shas, f.reverted,
           f.hotfix, f.clipped, f.merge_sha
      FROM unnest($2::bigint[], $3::integer[]) AS k (repository_id, number)
      JOIN facts f ON f.workspace_id = $1 AND f.repository_id = k.repository_id
           AND f.number = k.number
"""
# Arrays of arrays are not for `unnest`: a list of numbers comes as text.
_KEEP = """
    INSERT INTO facts (workspace_id, repository_id, number, week, tier, population, author_login,
                       author_id, team_ids, first_reviewer_login, cycle_s, cycle_working_s,
                       first_review_s, first_review_working_s, review_s, review_working_s, lines,
                       files, rounds, bot_reviews, is_revert, reverts, reverted, hotfix, clipped,
                       buckets, reverts_shas, merge_sha)
    SELECT $1, n.repository_id, n.number, n.week, n.tier, n.population, n.author_login,
           n.author_id, n.team_ids::bigint[], n.first_reviewer_login, n.cycle_s,
           n.cycle_working_s, n.first_review_s, n.first_review_working_s, n.review_s,
           n.review_working_s, n.lines, n.files, n.rounds, n.bot_reviews, n.is_revert, n.reverts,
           n.reverted, n.hotfix, n.clipped, n.buckets::smallint[],
           n.reverts_shas::text[], n.merge_sha
      FROM unnest($2::bigint[], $3::integer[], $4::date[], $5::text[], $6::text[], $7::text[],
                  $8::bigint[], $9::text[], $10::text[], $11::integer[], $12::integer[],
                  $13::integer[], $14::integer[], $15::integer[], $16::integer[],
                  $17::integer[], $18::integer[], $19::integer[], $20::integer[],
                  $21::boolean[], $22::integer[], $23::boolean[], $24::boolean[],
                  $25::smallint[], $26::text[], $27::text[], $28::text[])
        AS n (repository_id, number, week, tier, population, author_login, author_id, team_ids,
              first_reviewer_login, cycle_s, cycle_working_s, first_review_s,
              first_review_working_s, review_s, review_working_s, lines, files, rounds,
              bot_reviews, is_revert, reverts, reverted, hotfix, clipped, buckets,
              reverts_shas, merge_sha)
    ON CONFLICT (workspace_id, repository_id, number) DO UPDATE
       SET (week, tier, population, author_login, author_id, team_ids, first_reviewer_login,
            cycle_s, cycle_working_s, first_review_s, first_review_working_s, review_s,
            review_working_s, lines, files, rounds, bot_reviews, is_revert, reverts, reverted,
            hotfix, clipped, buckets, reverts_shas, merge_sha)
         = (EXCLUDED.week, EXCLUDED.tier, EXCLUDED.population, EXCLUDED.author_login,
            EXCLUDED.author_id, EXCLUDED.team_ids, EXCLUDED.first_reviewer_login,
            EXCLUDED.cycle_s, EXCLUDED.cycle_working_s, EXCLUDED.first_review_s,
            EXCLUDED.first_review_working_s, EXCLUDED.review_s, EXCLUDED.review_working_s,
            EXCLUDED.lines, EXCLUDED.files, EXCLUDED.rounds, EXCLUDED.bot_reviews,
            EXCLUDED.is_revert, EXCLUDED.reverts, EXCLUDED.reverted, EXCLUDED.hotfix,
            EXCLUDED.clipped, EXCLUDED.buckets, EXCLUDED.reverts_shas, EXCLUDED.merge_sha)
"""


class Mark(NamedTuple):
    """A note that a pull request's facts must be made anew."""

    mark_id: int
    key: PullRequestKey


async def mark(tx: Transaction, keys: Collection[PullRequestKey]) -> None:
    """Have the facts of these made anew; several marks on one are no more than one."""
    await arrays.execute(tx, _MARK, sorted(set(keys)))


async def mark_reverted(tx: Transaction, keys: Collection[PullRequestKey]) -> None:
    """Like `mark`, for pull requests that others name; those we do not know are left out."""
    await arrays.execute(tx, _MARK_REVERTED, sorted(set(keys)))


async def mark_reverting(tx: Transaction, merges: Sequence[tuple[int, str]]) -> None:
    """Mark those that take these merges back; each a repository and the hash of a merge."""
    await arrays.execute(tx, _MARK_REVERTING, merges)


async def is_any_stale(tx: Transaction) -> bool:
    """Whether there is a mark in the workspace."""
    return bool(await tx.fetchval(_IS_ANY_STALE, tx.workspace_id))


async def stale(tx: Transaction, *, after: int, limit: int) -> Sequence[Mark]:
    """The marks that follow the one with number `after`, oldest first."""
    rows = await tx.fetch(_STALE, tx.workspace_id, after, limit)
    return [Mark(row["mark_id"], key_of(row)) for row in rows]


async def unmark(tx: Transaction, marks: Sequence[Mark]) -> None:
    """Take these marks off; others on the same pull requests stay."""
    await tx.execute(_UNMARK, tx.workspace_id, [one.mark_id for one in marks])


async def page(tx: Transaction, after: PullRequestKey, *, limit: int) -> Sequence[PullRequestKey]:
    """The workspace's pull requests that follow one, in the order of their keys."""
    return [key_of(row) for row in await tx.fetch(_PAGE, tx.workspace_id, *after, limit)]


async def count_from(tx: Transaction, after: PullRequestKey) -> int:
    """How many of the workspace's pull requests follow one."""
    return int(await tx.fetchval(_COUNT_FROM, tx.workspace_id, *after))


async def of(tx: Transaction, keys: Sequence[PullRequestKey]) -> Mapping[PullRequestKey, Facts]:
    """The facts of these as they stand, of those that have any."""
    return {key_of(row): _facts(row) for row in await arrays.fetch(tx, _OF, keys)}


async def keep(tx: Transaction, facts: Sequence[Facts]) -> None:
    """Put these in the place of what stands."""
    await arrays.execute(tx, _KEEP, [_row(one) for one in facts])


def _facts(row: Row) -> Facts:
    return Facts(
        key=key_of(row),
        week=row["week"],
        tier=row["tier"],
        population=Population(row["population"]),
        author_login=row["author_login"],
        author_id=row["author_id"],
        team_ids=tuple(row["team_ids"]),
        first_reviewer_login=row["first_reviewer_login"],
        times=Times(
            cycle_s=row["cycle_s"],
            cycle_working_s=row["cycle_working_s"],
            first_review_s=row["first_review_s"],
            first_review_working_s=row["first_review_working_s"],
            review_s=row["review_s"],
            review_working_s=row["review_working_s"],
            clipped=row["clipped"],
        ),
        lines=row["lines"],
        files=row["files"],
        rounds=row["rounds"],
        bot_reviews=row["bot_reviews"],
        is_revert=row["is_revert"],
        reverts=row["reverts"],
        reverts_shas=tuple(row["reverts_shas"]),
        reverted=row["reverted"],
        hotfix=row["hotfix"],
        merge_sha=row["merge_sha"],
    )


def _row(facts: Facts) -> tuple[object, ...]:
    return (
        *facts.key,
        facts.week,
        facts.tier,
        facts.population,
        facts.author_login,
        facts.author_id,
        _listed(facts.team_ids),
        facts.first_reviewer_login,
        facts.times.cycle_s,
        facts.times.cycle_working_s,
        facts.times.first_review_s,
        facts.times.first_review_working_s,
        facts.times.review_s,
        facts.times.review_working_s,
        facts.lines,
        facts.files,
        facts.rounds,
        facts.bot_reviews,
        facts.is_revert,
        facts.reverts,
        facts.reverted,
        facts.hotfix,
        facts.times.clipped,
        _listed(facts.buckets),
        _listed(facts.reverts_shas),
        facts.merge_sha,
    )


def _listed(plain: Sequence[object]) -> str:
    """PostgreSQL's own way to write an array of numbers, or of words that need no quotes."""
    return "{" + ",".join(map(str, plain)) + "}"
