"""What facts are made of: pull requests with all that happened to them, many at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from bot.domain.facts import REVERTS, UNKNOWN_TIER, History, Person
from bot.domain.pull_requests import (
    Commit,
    PullRequest,
    PullRequestKey,
    Review,
    ReviewState,
    TimelineEvent,
    Turn,
)
from bot.ports import Row, Transaction
from storage import arrays
from storage.pull_request_rows import actor_of, key_of

_One = TypeVar("_One")

# Whoever set an agent to work is its author here. What nobody has judged yet is unknown.
_PULL_REQUESTS = """
    SELECT p.repository_id, p.number, p.repository, p.title, p.url, p.author_login, p.author_id,
           p.author_kind, p.head_ref, p.base_ref, p.draft, p.state, p.labels, p.opened_at,
           p.closed_at, p.merged_at, p.updated_at, p.node_id, p.additions, p.deletions,
           p.changed_files, p.merge_sha,
           CASE WHEN a.tier = 'declared' AND NOT a.assisted THEN 'declared_no' ELSE a.tier END
               AS tier,
           coalesce(a.initiator_login, p.author_login) AS credited_login,
           credited.account_id AS credited_id,
           ARRAY(SELECT m.team_id FROM team_memberships m
                  WHERE m.workspace_id = $1 AND m.account_id = credited.account_id
                    AND m.since <= p.merged_at
                    AND (m.until IS NULL OR p.merged_at < m.until)) AS team_ids,
           ARRAY(SELECT t.trace FROM attribution_traces t
                  WHERE t.workspace_id = $1 AND t.repository_id = p.repository_id
                    AND t.number = p.number AND t.kind = $4) AS said,
           EXISTS (SELECT FROM facts f
                    WHERE f.workspace_id = $1 AND f.repository_id = p.repository_id
                      AND f.reverts = p.number AND f.is_revert AND f.week IS NOT NULL) AS reverted
      FROM unnest($2::bigint[], $3::integer[]) AS k (repository_id, number)
      JOIN pull_requests p ON p.workspace_id = $1 AND p.repository_id = k.repository_id
           AND p.number = k.number
      LEFT JOIN attributions a ON a.workspace_id = $1 AND a.repository_id = k.repository_id
           AND a.number = k.number
      LEFT JOIN LATERAL (
           SELECT p.author_id AS account_id
            WHERE coalesce(a.initiator_login, p.author_login) = p.author_login
            UNION ALL
           (SELECT g.account_id FROM github_accounts g
             WHERE g.workspace_id = $1 AND g.login = a.initiator_login
               AND a.initiator_login <> p.author_login
             ORDER BY g.in_org DESC, g.account_id LIMIT 1)) AS credited ON true
     ORDER BY p.repository_id, p.number
"""
_REVIEWS = """
    SELECT r.repository_id, r.number, r.review_id, r.reviewer_login, r.reviewer_id,
           r.reviewer_kind, r.state, r.submitted_at
      FROM unnest($2::bigint[], $3::integer[]) AS k (repository_id, number)
      JOIN reviews r ON r.workspace_id = $1 AND r.repository_id = k.repository_id
           AND r.number = k.number
"""
_COMMITS = """
    SELECT c.repository_id, c.number, c.sha, c.authored_at, c.committed_at
      FROM unnest($2::bigint[], $3::integer[]) AS k (repository_id, number)
      JOIN commits c ON c.workspace_id = $1 AND c.repository_id = k.repository_id
           AND c.number = k.number
"""
_TURNS = """
    SELECT e.repository_id, e.number, e.turn, e.happened_at
      FROM unnest($2::bigint[], $3::integer[]) AS k (repository_id, number)
      JOIN pull_request_events e ON e.workspace_id = $1 AND e.repository_id = k.repository_id
           AND e.number = k.number
"""
_PEOPLE = """
    SELECT l.github_login, m.timezone, m.excluded
      FROM github_links l JOIN members m USING (workspace_id, member_id)
     WHERE l.workspace_id = $1 AND l.state = 'confirmed' AND l.github_login = ANY ($2::text[])
"""
# What a hash begins with tells which merge is meant; 'g' comes after all digits.
_MERGES = """
    SELECT k.repository_id, k.number, t.trace, f.number AS merge
      FROM unnest($2::bigint[], $3::integer[]) AS k (repository_id, number)
      JOIN attribution_traces t ON t.workspace_id = $1 AND t.repository_id = k.repository_id
           AND t.number = k.number AND t.kind = $4 AND strpos(t.trace, '#') = 0
      JOIN facts f ON f.workspace_id = $1 AND f.repository_id = k.repository_id
           AND f.merge_sha >= t.trace AND f.merge_sha < t.trace || 'g' AND f.number <> k.number
     ORDER BY f.number
"""


async def read(tx: Transaction, keys: Sequence[PullRequestKey]) -> Sequence[History]:
    """All that is known of these pull requests (one or more), by key."""
    columns = arrays.columns(keys)
    rows = await tx.fetch(_PULL_REQUESTS, tx.workspace_id, *columns, REVERTS)
    merges = _grouped(await tx.fetch(_MERGES, tx.workspace_id, *columns, REVERTS), _merge)
    reviews = _grouped(await arrays.fetch(tx, _REVIEWS, keys), _review)
    commits = _grouped(await arrays.fetch(tx, _COMMITS, keys), _commit)
    turns = _grouped(await arrays.fetch(tx, _TURNS, keys), _turn)
    logins = {row["credited_login"] for row in rows}
    logins |= {review.reviewer.login for said in reviews.values() for review in said}
    people = await _people(tx, logins)
    return [
        _history(row, people, reviews[key], commits[key], turns[key], merges[key])
        for row in rows
        for key in [key_of(row)]
    ]


async def _people(tx: Transaction, logins: set[str]) -> Mapping[str, Person]:
    rows = await tx.fetch(_PEOPLE, tx.workspace_id, sorted(logins))
    return {row["github_login"]: Person(row["timezone"], row["excluded"]) for row in rows}


def _grouped(
    rows: Sequence[Row], make: Callable[[Row], _One]
) -> defaultdict[PullRequestKey, list[_One]]:
    """By pull request; nothing for those of which there is none."""
    found: defaultdict[PullRequestKey, list[_One]] = defaultdict(list)
    for row in rows:
        found[key_of(row)].append(make(row))
    return found


def _history(
    row: Row,
    people: Mapping[str, Person],
    reviews: Sequence[Review],
    commits: Sequence[Commit],
    turns: Sequence[TimelineEvent],
    merges: Sequence[tuple[str, int]],
) -> History:
    reviewers = {review.reviewer.login for review in reviews}
    return History(
        pull_request=_pull_request(row),
        credited_login=row["credited_login"],
        author_id=row["credited_id"],
        author=people.get(row["credited_login"]),
        reviews=tuple(reviews),
        reviewers=tuple((login, people[login]) for login in reviewers if login in people),
        commits=tuple(commits),
        turns=tuple(turns),
        said=tuple(row["said"]),
        merges=tuple(merges),
        reverted=row["reverted"],
        tier=row["tier"] or UNKNOWN_TIER,
        team_ids=tuple(row["team_ids"]),
    )


def _pull_request(row: Row) -> PullRequest:
    return PullRequest(
        repository_id=row["repository_id"],
        repository=row["repository"],
        number=row["number"],
        title=row["title"],
        url=row["url"],
        author=actor_of(row["author_login"], row["author_id"], row["author_kind"]),
        head_ref=row["head_ref"],
        base_ref=row["base_ref"],
        draft=row["draft"],
        state=row["state"],
        opened_at=row["opened_at"],
        closed_at=row["closed_at"],
        merged_at=row["merged_at"],
        updated_at=row["updated_at"],
        node_id=row["node_id"],
        additions=row["additions"],
        deletions=row["deletions"],
        changed_files=row["changed_files"],
        labels=frozenset(row["labels"]),
        merge_sha=row["merge_sha"],
    )


def _review(row: Row) -> Review:
    reviewer = actor_of(row["reviewer_login"], row["reviewer_id"], row["reviewer_kind"])
    return Review(row["review_id"], reviewer, ReviewState(row["state"]), row["submitted_at"])


def _merge(row: Row) -> tuple[str, int]:
    return row["trace"], row["merge"]


def _commit(row: Row) -> Commit:
    return Commit(row["sha"], row["authored_at"], row["committed_at"])


def _turn(row: Row) -> TimelineEvent:
    return TimelineEvent(Turn(row["turn"]), row["happened_at"])
