"""Pull requests as all that was said of them leaves them: by webhooks, by looks at GitHub, by git.

The merge ends in the same row whatever the order and number of what comes: the newest `updated_at`
wins (GitHub's are whole seconds: of two in one second the closed one, then whichever compares
higher), sizes count from the newest that named them, what can only happen once stays, signs of AI
add up.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.ids import GithubLogin, RepositoryId
from bot.domain.pull_requests import (
    Actor,
    ActorKind,
    PullRequest,
    PullRequestKey,
    Snapshot,
    glimpse_of,
    rank_of,
)
from bot.ports import Row, Transaction
from storage import arrays

# What no label or sign contains, and PostgreSQL splits by.
_SEPARATOR = "\x1f"
# A row that was just made has no other version (`xmax`).
_KEEP = """
    INSERT INTO pull_requests AS p (
        workspace_id, repository_id, number, repository, title, url, author_login, author_id,
        author_kind, head_ref, base_ref, draft, state, assignees, signals, labels, opened_at,
        closed_at, merged_at, updated_at, node_id, additions, deletions, changed_files,
        commit_count, merged_by, merge_sha, sized_at, looked, glimpsed)
    SELECT $1, n.repository_id, n.number, n.repository, n.title, n.url, n.author_login,
           n.author_id, n.author_kind, n.head_ref, n.base_ref, n.draft, n.state,
           n.assignees::jsonb, string_to_array(n.signals, E'\\x1f'),
           string_to_array(n.labels, E'\\x1f'), n.opened_at, n.closed_at, n.merged_at,
           n.updated_at, n.node_id, n.additions, n.deletions, n.changed_files, n.commit_count,
           n.merged_by::jsonb, n.merge_sha, n.sized_at, n.looked, n.glimpsed
      FROM unnest($2::bigint[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::text[],
                  $8::bigint[], $9::text[], $10::text[], $11::text[], $12::boolean[],
                  $13::text[], $14::text[], $15::text[], $16::text[], $17::timestamptz[],
                  $18::timestamptz[], $19::timestamptz[], $20::timestamptz[], $21::text[],
                  $22::integer[], $23::integer[], $24::integer[], $25::integer[], $26::text[],
                  $27::text[], $28::timestamptz[], $29::text[], $30::text[])
        AS n (repository_id, number, repository, title, url, author_login, author_id, author_kind,
              head_ref, base_ref, draft, state, assignees, signals, labels, opened_at, closed_at,
              merged_at, updated_at, node_id, additions, deletions, changed_files, commit_count,
              merged_by, merge_sha, sized_at, looked, glimpsed)
    ON CONFLICT (workspace_id, repository_id, number) DO UPDATE
       SET (repository, title, url, author_login, author_id, author_kind, head_ref, base_ref,
            draft, state, assignees, labels, closed_at, updated_at)
         = (SELECT (CASE WHEN is_newer THEN EXCLUDED ELSE p END).repository,
                   (CASE WHEN is_newer THEN EXCLUDED ELSE p END).title,
                   (CASE WHEN is_newer THEN EXCLUDED ELSE p END).url,
                   (CASE WHEN is_newer THEN EXCLUDED ELSE p END).author_login,
                   (CASE WHEN is_newer THEN EXCLUDED ELSE p END).author_id,
                   (CASE WHEN is_newer THEN EXCLUDED ELSE p END).author_kind,
                   (CASE WHEN is_newer THEN EXCLUDED ELSE p END).head_ref,
                   (CASE WHEN is_newer THEN EXCLUDED ELSE p END).base_ref,
                   (CASE WHEN is_newer THEN EXCLUDED ELSE p END).draft,
                   (CASE WHEN is_newer THEN EXCLUDED ELSE p END).state,
                   (CASE WHEN is_newer THEN EXCLUDED ELSE p END).assignees,
                   (CASE WHEN is_newer THEN EXCLUDED ELSE p END).labels,
                   (CASE WHEN is_newer THEN EXCLUDED ELSE p END).closed_at,
                   (CASE WHEN is_newer THEN EXCLUDED ELSE p END).updated_at
              FROM (VALUES (
                   (EXCLUDED.updated_at, EXCLUDED.state = 'closed',
                    coalesce(EXCLUDED.closed_at, '-infinity'), EXCLUDED.title, EXCLUDED.head_ref,
                    EXCLUDED.base_ref, EXCLUDED.draft, EXCLUDED.repository, EXCLUDED.url,
                    EXCLUDED.author_login, EXCLUDED.author_id, EXCLUDED.author_kind,
                    EXCLUDED.assignees, EXCLUDED.labels)
                 > (p.updated_at, p.state = 'closed', coalesce(p.closed_at, '-infinity'), p.title,
                    p.head_ref, p.base_ref, p.draft, p.repository, p.url, p.author_login,
                    p.author_id, p.author_kind, p.assignees, p.labels))) AS judged (is_newer)),
           (additions, deletions, changed_files, commit_count, merged_by, merge_sha, sized_at)
         = (SELECT (CASE WHEN is_newer THEN EXCLUDED ELSE p END).additions,
                   (CASE WHEN is_newer THEN EXCLUDED ELSE p END).deletions,
                   (CASE WHEN is_newer THEN EXCLUDED ELSE p END).changed_files,
                   (CASE WHEN is_newer THEN EXCLUDED ELSE p END).commit_count,
                   (CASE WHEN is_newer THEN EXCLUDED ELSE p END).merged_by,
                   (CASE WHEN is_newer THEN EXCLUDED ELSE p END).merge_sha,
                   (CASE WHEN is_newer THEN EXCLUDED ELSE p END).sized_at
              FROM (VALUES (
                   (coalesce(EXCLUDED.sized_at, '-infinity'),
                    coalesce(EXCLUDED.merged_by, 'null'), coalesce(EXCLUDED.merge_sha, ''),
                    coalesce(EXCLUDED.commit_count, -1), coalesce(EXCLUDED.additions, -1),
                    coalesce(EXCLUDED.deletions, -1), coalesce(EXCLUDED.changed_files, -1))
                 > (coalesce(p.sized_at, '-infinity'), coalesce(p.merged_by, 'null'),
                    coalesce(p.merge_sha, ''), coalesce(p.commit_count, -1),
                    coalesce(p.additions, -1), coalesce(p.deletions, -1),
                    coalesce(p.changed_files, -1)))) AS judged (is_newer)),
           signals = ARRAY(SELECT DISTINCT s FROM unnest(p.signals || EXCLUDED.signals) AS s
                            ORDER BY s),
           opened_at = least(p.opened_at, EXCLUDED.opened_at),
           merged_at = least(p.merged_at, EXCLUDED.merged_at),
           node_id = greatest(p.node_id, EXCLUDED.node_id),
           looked = greatest(p.looked, EXCLUDED.looked),
           glimpsed = CASE WHEN greatest(p.glimpsed, EXCLUDED.glimpsed)
                              > greatest(p.looked, EXCLUDED.looked)
                           THEN greatest(p.glimpsed, EXCLUDED.glimpsed) ELSE '' END
 RETURNING repository_id, number, looked, xmax = 0 AS is_new
"""
_LOCK = """
    SELECT FROM pull_requests
     WHERE workspace_id = $1 AND repository_id = $2 AND number = $3
       FOR NO KEY UPDATE
"""
_GET = """
    SELECT repository_id, number, repository, title, url, author_login, author_id, author_kind,
           head_ref, base_ref, draft, state, assignees, signals, opened_at, closed_at, merged_at,
           updated_at, node_id, additions, deletions, changed_files, commit_count, labels,
           merged_by, merge_sha,
           (SELECT a.initiator_login FROM attributions a
             WHERE a.workspace_id = p.workspace_id AND a.repository_id = p.repository_id
               AND a.number = p.number) AS started_by
      FROM pull_requests p
     WHERE workspace_id = $1 AND repository_id = $2 AND number = $3
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """A pull request that was merged into what we know.

    `rank` is this picture's own look at its commits and turns, `best` the one to be kept. `is_new`:
    nothing was known before.
    """

    snapshot: Snapshot
    rank: str
    best: str
    is_new: bool


async def keep(tx: Transaction, snapshots: Sequence[Snapshot]) -> Sequence[Kept]:
    """Merge pictures of pull requests, one of each, into what we know.

    Their rows stay locked, in the order of their keys: what follows for one pull request is decided
    in turn.
    """
    ordered = {one.pull_request.key: (one, rank_of(one)) for one in sorted(snapshots, key=_by_key)}
    rows = await arrays.fetch(tx, _KEEP, [_row(*ranked) for ranked in ordered.values()])
    return [Kept(*ordered[_key(row)], row["looked"], row["is_new"]) for row in rows]


def _by_key(snapshot: Snapshot) -> PullRequestKey:
    return snapshot.pull_request.key


def _row(snapshot: Snapshot, rank: str) -> tuple[object, ...]:
    pr = snapshot.pull_request
    return (
        pr.repository_id,
        pr.number,
        pr.repository,
        pr.title,
        pr.url,
        pr.author.login,
        pr.author.github_id,
        pr.author.kind,
        pr.head_ref,
        pr.base_ref,
        pr.draft,
        pr.state,
        json.dumps([_told(actor) for actor in pr.assignees]),
        _SEPARATOR.join(sorted(pr.signals)),
        _SEPARATOR.join(sorted(label.replace(_SEPARATOR, " ") for label in pr.labels)),
        pr.opened_at,
        pr.closed_at,
        pr.merged_at,
        pr.updated_at,
        pr.node_id,
        pr.additions,
        pr.deletions,
        pr.changed_files,
        pr.commit_count,
        None if pr.merged_by is None else json.dumps(_told(pr.merged_by)),
        pr.merge_sha,
        None if pr.additions is None else pr.updated_at,
        rank,
        glimpse_of(snapshot),
    )


async def lock(tx: Transaction, key: PullRequestKey) -> None:
    """Until the end of the transaction whoever keeps news of the pull request waits for us."""
    await tx.execute(_LOCK, tx.workspace_id, *key)


async def get(tx: Transaction, repository_id: RepositoryId, number: int) -> PullRequest | None:
    """The pull request as all events so far leave it."""
    row = await tx.fetchrow(_GET, tx.workspace_id, repository_id, number)
    return None if row is None else _pull_request(row)


def _pull_request(row: Row) -> PullRequest:
    return PullRequest(
        repository_id=row["repository_id"],
        repository=row["repository"],
        number=row["number"],
        title=row["title"],
        url=row["url"],
        author=_actor(row["author_login"], row["author_id"], row["author_kind"]),
        head_ref=row["head_ref"],
        base_ref=row["base_ref"],
        draft=row["draft"],
        state=row["state"],
        opened_at=row["opened_at"],
        closed_at=row["closed_at"],
        merged_at=row["merged_at"],
        updated_at=row["updated_at"],
        assignees=tuple(_actor(*assignee) for assignee in row["assignees"]),
        signals=frozenset(row["signals"]),
        node_id=row["node_id"],
        additions=row["additions"],
        deletions=row["deletions"],
        changed_files=row["changed_files"],
        commit_count=row["commit_count"],
        labels=frozenset(row["labels"]),
        merged_by=None if row["merged_by"] is None else _actor(*row["merged_by"]),
        merge_sha=row["merge_sha"],
        started_by=row["started_by"],
    )


def _key(row: Row) -> PullRequestKey:
    return PullRequestKey(RepositoryId(row["repository_id"]), row["number"])


def _told(actor: Actor) -> list[object]:
    return [actor.login, actor.github_id, actor.kind]


def _actor(login: str, github_id: int, kind: str) -> Actor:
    return Actor(GithubLogin(login), github_id, ActorKind(kind))
