"""Reviews, from all that was said of them: the same in any order, and a dismissal is for ever."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from bot.domain.ids import GithubLogin, RepositoryId
from bot.domain.pull_requests import Actor, ActorKind, Review, ReviewState, Snapshot
from bot.ports import Row, Transaction
from storage import arrays

# Which of a review's states is the later one. GitHub changes a verdict in no other way.
_KEEP = """
    INSERT INTO reviews AS r (workspace_id, repository_id, number, review_id, reviewer_login,
                              reviewer_id, reviewer_kind, state, submitted_at, told_at)
         SELECT $1, n.*
           FROM unnest($2::bigint[], $3::integer[], $4::bigint[], $5::text[], $6::bigint[],
                       $7::text[], $8::text[], $9::timestamptz[], $10::timestamptz[]) AS n
    ON CONFLICT (workspace_id, repository_id, number, review_id) DO UPDATE
       SET (reviewer_login, reviewer_id, reviewer_kind, told_at)
         = (SELECT (CASE WHEN is_newer THEN EXCLUDED ELSE r END).reviewer_login,
                   (CASE WHEN is_newer THEN EXCLUDED ELSE r END).reviewer_id,
                   (CASE WHEN is_newer THEN EXCLUDED ELSE r END).reviewer_kind,
                   (CASE WHEN is_newer THEN EXCLUDED ELSE r END).told_at
              FROM (VALUES (
                   (EXCLUDED.told_at, EXCLUDED.reviewer_id, EXCLUDED.reviewer_login,
                    EXCLUDED.reviewer_kind)
                 > (r.told_at, r.reviewer_id, r.reviewer_login, r.reviewer_kind)))
                AS judged (is_newer)),
           state = (SELECT s FROM (VALUES (r.state), (EXCLUDED.state)) AS told (s)
                     ORDER BY array_position(
                              ARRAY['dismissed', 'approved', 'changes_requested', 'commented'], s)
                              NULLS LAST LIMIT 1),
           submitted_at = least(r.submitted_at, EXCLUDED.submitted_at)
"""
_OF = """
    SELECT review_id, reviewer_login, reviewer_id, reviewer_kind, state, submitted_at
      FROM reviews
     WHERE workspace_id = $1 AND repository_id = $2 AND number = $3
     ORDER BY submitted_at, review_id
"""


async def keep(tx: Transaction, snapshots: Sequence[Snapshot]) -> None:
    """Merge the reviews of these snapshots, which are of one pull request each."""
    await arrays.execute(tx, _KEEP, list(chain.from_iterable(map(_rows, snapshots))))


def _rows(snapshot: Snapshot) -> list[tuple[object, ...]]:
    pr = snapshot.pull_request
    return [
        (
            pr.repository_id,
            pr.number,
            review.review_id,
            review.reviewer.login,
            review.reviewer.github_id,
            review.reviewer.kind,
            review.state,
            review.submitted_at,
            pr.updated_at,
        )
        for review in {review.review_id: review for review in snapshot.reviews}.values()
    ]


async def of(tx: Transaction, repository_id: RepositoryId, number: int) -> Sequence[Review]:
    """A pull request's reviews, oldest first."""
    rows = await tx.fetch(_OF, tx.workspace_id, repository_id, number)
    return [_review(row) for row in rows]


def _review(row: Row) -> Review:
    reviewer = Actor(
        GithubLogin(row["reviewer_login"]), row["reviewer_id"], ActorKind(row["reviewer_kind"])
    )
    return Review(row["review_id"], reviewer, ReviewState(row["state"]), row["submitted_at"])
