"""A pull request's commits and turns: of all looks at them the best one, and what came after it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.pull_requests import (
    Commit,
    PullRequestKey,
    Snapshot,
    TimelineEvent,
    is_covered,
)
from bot.ports import Transaction
from storage import arrays
from storage.pull_requests import Kept

_FORGET_COMMITS = """
    DELETE FROM commits c
     USING unnest($2::bigint[], $3::integer[]) AS n (repository_id, number)
     WHERE c.workspace_id = $1 AND c.repository_id = n.repository_id AND c.number = n.number
"""
_KEEP_COMMITS = """
    INSERT INTO commits (workspace_id, repository_id, number, sha, authored_at, committed_at,
                         author_login, author_id, author_kind)
         SELECT $1, n.*
           FROM unnest($2::bigint[], $3::integer[], $4::text[], $5::timestamptz[],
                       $6::timestamptz[], $7::text[], $8::bigint[], $9::text[]) AS n
"""
_FORGET_TURNS = """
    DELETE FROM pull_request_events e
     USING unnest($2::bigint[], $3::integer[], $4::timestamptz[])
        AS n (repository_id, number, seen_until)
     WHERE e.workspace_id = $1 AND e.repository_id = n.repository_id AND e.number = n.number
       AND e.happened_at <= n.seen_until
"""
_KEEP_TURNS = """
    INSERT INTO pull_request_events (workspace_id, repository_id, number, turn, happened_at)
         SELECT $1, n.*
           FROM unnest($2::bigint[], $3::integer[], $4::text[], $5::timestamptz[]) AS n
    ON CONFLICT DO NOTHING
"""


async def keep(tx: Transaction, kept: Sequence[Kept]) -> None:
    """Keep the commits and turns of pull requests that `storage.pull_requests.keep` has kept.

    The commits of the best look replace others; its turns replace those up to its time, later ones
    stay whoever tells them.
    """
    best = [one for one in kept if one.rank and one.rank == one.best]
    known = [one.snapshot for one in best if not one.is_new]
    await arrays.execute(tx, _FORGET_COMMITS, [_key(one) for one in known])
    rows = [(*_key(o.snapshot), *_row(c)) for o in best for c in _commits(o.snapshot)]
    await arrays.execute(tx, _KEEP_COMMITS, rows)
    whole = [(*_key(one), one.pull_request.updated_at) for one in known if one.complete]
    await arrays.execute(tx, _FORGET_TURNS, whole)
    turns = [(*_key(o.snapshot), e.turn, e.happened_at) for o in kept for e in _turns(o)]
    await arrays.execute(tx, _KEEP_TURNS, turns)


def _turns(kept: Kept) -> Sequence[TimelineEvent]:
    """Those to be stored: all of the best look, of others only what came after it."""
    told = kept.snapshot.timeline
    if kept.rank == kept.best:
        return told
    return [event for event in told if not is_covered(event, kept.best)]


def _commits(snapshot: Snapshot) -> Sequence[Commit]:
    return list({commit.sha: commit for commit in snapshot.commits}.values())


def _key(snapshot: Snapshot) -> PullRequestKey:
    return snapshot.pull_request.key


def _row(commit: Commit) -> tuple[str, datetime, datetime, str | None, int | None, str | None]:
    author = commit.author
    times = (commit.sha, commit.authored_at, commit.committed_at)
    return (*times, *((author.login, author.github_id, author.kind) if author else (None,) * 3))
