"""Repositories that GitHub shows us, by their newest description, and which of them count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import RepositoryId
from bot.domain.repositories import Choice, Repository, Selection
from bot.ports import Row, Transaction
from storage import arrays

# Of two with one `updated_at` the one that was heard later wins, whichever comes first.
_DESCRIBE = """
    INSERT INTO repositories AS r (workspace_id, repository_id, full_name, node_id,
                                   default_branch, private, archived, updated_at, described_at,
                                   discovered_at)
    SELECT $1, n.repository_id, n.full_name, n.node_id, coalesce(nullif(n.branch, ''), 'main'),
           n.private, n.archived, n.updated_at, n.described_at, n.discovered_at
      FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::boolean[], $7::boolean[],
                  $8::timestamptz[], $9::timestamptz[], $10::timestamptz[])
        AS n (repository_id, full_name, node_id, branch, private, archived, updated_at,
              described_at, discovered_at)
     ORDER BY n.repository_id
    ON CONFLICT (workspace_id, repository_id) DO UPDATE
       SET full_name = EXCLUDED.full_name, default_branch = EXCLUDED.default_branch,
           private = EXCLUDED.private, archived = EXCLUDED.archived,
           updated_at = EXCLUDED.updated_at, described_at = EXCLUDED.described_at,
           node_id = coalesce(nullif(EXCLUDED.node_id, ''), r.node_id)
     WHERE (EXCLUDED.updated_at, EXCLUDED.described_at, EXCLUDED.full_name,
            EXCLUDED.default_branch, EXCLUDED.private, EXCLUDED.archived)
         > (coalesce(r.updated_at, '-infinity'), coalesce(r.described_at, '-infinity'),
            r.full_name, r.default_branch, r.private, r.archived)
 RETURNING repository_id, full_name, selected
"""
_SHOWN = """
    UPDATE repositories
       SET gone_at = NULL, heard_at = $3, connection_id = coalesce($4, connection_id)
     WHERE workspace_id = $1 AND repository_id = ANY ($2::bigint[])
       AND coalesce(heard_at, '-infinity') <= $3
"""
_GONE = """
    UPDATE repositories SET gone_at = $3, heard_at = $3
     WHERE workspace_id = $1 AND repository_id = ANY ($2::bigint[])
       AND coalesce(heard_at, '-infinity') <= $3
"""
_MISS_OTHERS = """
    UPDATE repositories SET gone_at = $4, heard_at = $4
     WHERE workspace_id = $1 AND connection_id = $2 AND repository_id <> ALL ($3::bigint[])
       AND gone_at IS NULL AND coalesce(heard_at, '-infinity') <= $4
 RETURNING repository_id
"""
_COLUMNS = "repository_id, full_name, selected, gone_at, archived, synced_at, connection_id"
_GET = """
    SELECT repository_id, full_name, node_id, default_branch, private, archived, updated_at, selected
      FROM repositories WHERE workspace_id = $1 AND repository_id = $2
"""
_LIST = f"""
    SELECT {_COLUMNS} FROM repositories WHERE workspace_id = $1
     ORDER BY lower(full_name), repository_id
"""  # nosec B608
_COUNT_SHOWN = """
    SELECT count(*) FILTER (WHERE selected) AS counted, count(*) AS shown
      FROM repositories WHERE workspace_id = $1 AND gone_at IS NULL
"""
_CHOOSE = """
    UPDATE repositories SET selected = $3
     WHERE workspace_id = $1 AND repository_id = ANY ($2::bigint[]) AND selected <> $3
"""
_SELECTION = """
    SELECT choice, repository_ids, patterns FROM repository_selections WHERE workspace_id = $1
"""
_KEEP_SELECTION = """
    INSERT INTO repository_selections (workspace_id, choice, repository_ids, patterns)
         VALUES ($1, $2, $3, $4)
    ON CONFLICT (workspace_id) DO UPDATE
       SET choice = EXCLUDED.choice, repository_ids = EXCLUDED.repository_ids,
           patterns = EXCLUDED.patterns
"""


@dataclass(frozen=True, slots=True)
class Listed:
    """A repository as an admin sees it; `gone_at` None: GitHub shows it to us."""

    repository_id: RepositoryId
    full_name: str
    selected: bool
    gone_at: datetime | None
    archived: bool
    synced_at: datetime | None
    connection_id: int | None


async def describe(
    tx: Transaction, found: Sequence[Repository], *, heard_at: datetime, now: datetime
) -> Sequence[tuple[RepositoryId, str, bool]]:
    """Keep the newest description of each, in whatever order they come: `heard_at` they did.

    Returns those that are new or described anew, with their names and whether they count so far.
    """
    by_id = {one.repository_id: one for one in sorted(found, key=_age)}
    rows = await arrays.fetch(tx, _DESCRIBE, [_row(one, heard_at, now) for one in by_id.values()])
    return [(RepositoryId(r["repository_id"]), r["full_name"], r["selected"]) for r in rows]


def _age(one: Repository) -> float:
    return 0.0 if one.updated_at is None else one.updated_at.timestamp()


def _row(one: Repository, heard_at: datetime, now: datetime) -> tuple[object, ...]:
    return (
        one.repository_id,
        one.full_name,
        one.node_id,
        one.default_branch,
        one.private,
        one.archived,
        one.updated_at,
        heard_at,
        now,
    )


async def mark_shown(
    tx: Transaction,
    ids: Sequence[RepositoryId],
    *,
    connection_id: int | None,
    heard_at: datetime,
) -> None:
    """GitHub shows these, through that connection; what was heard last counts."""
    await tx.execute(_SHOWN, tx.workspace_id, list(ids), heard_at, connection_id)


async def mark_gone(tx: Transaction, ids: Sequence[RepositoryId], *, heard_at: datetime) -> None:
    """GitHub shows these no longer; what was heard last counts."""
    await tx.execute(_GONE, tx.workspace_id, list(ids), heard_at)


async def miss_others(
    tx: Transaction, connection_id: int, ids: Sequence[RepositoryId], *, heard_at: datetime
) -> int:
    """All that the connection shows are these: the others of it are gone. Returns how many."""
    rows = await tx.fetch(_MISS_OTHERS, tx.workspace_id, connection_id, list(ids), heard_at)
    return len(rows)


async def get(tx: Transaction, repository_id: RepositoryId) -> tuple[Repository, bool] | None:
    """A repository as it was last described, and whether it counts."""
    row = await tx.fetchrow(_GET, tx.workspace_id, repository_id)
    if row is None:
        return None
    described = {name: value for name, value in row.items() if name != "selected"}
    return Repository(**described), row["selected"]


async def everyone(tx: Transaction) -> Sequence[Listed]:
    """All that we ever heard of, by name."""
    return [_listed(row) for row in await tx.fetch(_LIST, tx.workspace_id)]


async def count_shown(tx: Transaction) -> tuple[int, int]:
    """How many count of those that GitHub shows us, and how many those are."""
    row = await tx.fetchrow(_COUNT_SHOWN, tx.workspace_id)
    assert row is not None, "counts always have a row"
    return row["counted"], row["shown"]


def _listed(row: Row) -> Listed:
    return Listed(**row)


async def choose(tx: Transaction, ids: Sequence[RepositoryId], *, selected: bool) -> None:
    """Let these count, or no longer."""
    if ids:
        await tx.execute(_CHOOSE, tx.workspace_id, list(ids), selected)


async def selection(tx: Transaction) -> Selection:
    """Which repositories the workspace wants counted; all, if nobody said."""
    row = await tx.fetchrow(_SELECTION, tx.workspace_id)
    if row is None:
        return Selection()
    ids = frozenset(RepositoryId(one) for one in row["repository_ids"])
    return Selection(Choice(row["choice"]), ids, tuple(row["patterns"]))


async def keep_selection(tx: Transaction, wanted: Selection) -> None:
    await tx.execute(
        _KEEP_SELECTION,
        tx.workspace_id,
        wanted.choice,
        sorted(wanted.repository_ids),
        list(wanted.patterns),
    )
