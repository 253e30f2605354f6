"""Repositories that came from a local clone: their ids are made up, and below zero."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.ids import RepositoryId
from bot.domain.pull_requests import PullRequestKey
from bot.ports import Transaction

_STAND_INS = """
    SELECT repository_id FROM repositories
     WHERE workspace_id = $1 AND repository_id < 0 AND lower(full_name) = ANY ($2::text[])
"""
_SOME = """
    SELECT number FROM pull_requests
     WHERE workspace_id = $1 AND repository_id = $2 ORDER BY number LIMIT $3
"""
_THESE = "workspace_id = $1 AND repository_id = $2 AND number = ANY ($3::integer[])"
_FORGET = f"""
    WITH of_facts AS (DELETE FROM facts WHERE {_THESE}),
    of_marks AS (DELETE FROM stale_facts WHERE {_THESE}),
    of_corrections AS (DELETE FROM attribution_corrections WHERE {_THESE}),
    of_attributions AS (DELETE FROM attributions WHERE {_THESE}),
    of_traces AS (DELETE FROM attribution_traces WHERE {_THESE}),
    of_commits AS (DELETE FROM commits WHERE {_THESE}),
    of_turns AS (DELETE FROM pull_request_events WHERE {_THESE}),
    of_reviews AS (DELETE FROM reviews WHERE {_THESE})
    DELETE FROM pull_requests WHERE {_THESE}
"""  # nosec B608
_FORGET_REPOSITORY = "DELETE FROM repositories WHERE workspace_id = $1 AND repository_id = $2"


async def stand_ins(tx: Transaction, full_names: Sequence[str]) -> Sequence[RepositoryId]:
    """The imported repositories with one of these names."""
    names = [name.lower() for name in full_names]
    rows = await tx.fetch(_STAND_INS, tx.workspace_id, names)
    return [RepositoryId(row["repository_id"]) for row in rows]


async def some(
    tx: Transaction, repository_id: RepositoryId, *, limit: int
) -> Sequence[PullRequestKey]:
    """A few of the pull requests that were imported with it."""
    rows = await tx.fetch(_SOME, tx.workspace_id, repository_id, limit)
    return [PullRequestKey(repository_id, row["number"]) for row in rows]


async def forget(
    tx: Transaction, repository_id: RepositoryId, keys: Sequence[PullRequestKey]
) -> None:
    """Forget these pull requests of it, and whatever is known of them."""
    numbers = [key.number for key in keys]
    await tx.execute(_FORGET, tx.workspace_id, repository_id, numbers)


async def forget_repository(tx: Transaction, repository_id: RepositoryId) -> None:
    """Forget the repository itself, once nothing of it is left."""
    await tx.execute(_FORGET_REPOSITORY, tx.workspace_id, repository_id)
