"""How far each repository has been read: the passes over its pull requests, newest first.

A pass goes on at its cursor, page after page, whoever does it and however often it breaks off; its
watermark moves only when it has come to its end. What moved to the front meanwhile is newer than
the watermark, and so the next pass finds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from bot.domain.ids import RepositoryId
from bot.domain.pull_requests import PullRequestKey, Snapshot, longer_in
from bot.ports import Row, Transaction
from storage import arrays

# A little of what was read before is read again: an update may show late in GitHub's order.
# A pass of which no page was kept yet begins now: it has missed nothing.
_BEGIN = """
    UPDATE repositories
       SET pass_until = least(pass_until,
                              CASE WHEN history_since <= $2 AND synced_until IS NOT NULL
                                   THEN synced_until - interval '5 minutes' ELSE $2 END),
           pass_began_at = $3, pass_newest_at = NULL, cursor = NULL, pass_done = 0, pass_total = 0
     WHERE workspace_id = $1 AND selected AND gone_at IS NULL AND connection_id IS NOT NULL
       AND (pass_until IS NULL OR pass_newest_at IS NULL
            OR pass_until > $2 AND (history_since IS NULL OR history_since > $2))
"""
# Only an App is told of everything; of what others are told nobody knows.
_MISSED = """
    SELECT count(*)
      FROM unnest($3::bigint[], $4::integer[], $5::text[], $6::timestamptz[], $7::text[],
                  $8::boolean[], $9::bigint[])
        AS n (repository_id, number, state, merged_at, title, draft, reviews)
      LEFT JOIN pull_requests p ON p.workspace_id = $1 AND p.repository_id = n.repository_id
                               AND p.number = n.number
     WHERE EXISTS (SELECT FROM connections c
                    WHERE c.workspace_id = $1 AND c.connection_id = $2 AND c.kind = 'app')
       AND ((p.state, p.merged_at, p.title, p.draft)
            IS DISTINCT FROM (n.state, n.merged_at, n.title, n.draft)
            OR n.reviews > (SELECT count(*) FROM reviews r
                             WHERE r.workspace_id = $1 AND r.repository_id = n.repository_id
                               AND r.number = n.number))
"""
_READABLE = """
    SELECT count(*) FROM repositories
     WHERE workspace_id = $1 AND selected AND gone_at IS NULL
       AND connection_id IS NOT NULL AND connection_id <> ALL ($2::bigint[])
"""
_NEXT = """
    SELECT repository_id, full_name, node_id, connection_id, cursor, page_size, pass_until,
           first_synced_at IS NULL OR first_synced_at >= $4 AS history
      FROM repositories
     WHERE workspace_id = $1 AND selected AND gone_at IS NULL AND pass_until IS NOT NULL
       AND connection_id IS NOT NULL AND connection_id <> ALL ($2::bigint[])
       AND repository_id <> ALL ($3::bigint[])
     ORDER BY paged_at NULLS FIRST, repository_id
     LIMIT 1
"""
# The page grows again once in a while: what was too much one day may not be for ever.
_GO_ON = """
    UPDATE repositories
       SET full_name = $3, node_id = $4, cursor = $5, paged_at = $6,
           pass_newest_at = coalesce(pass_newest_at, $7),
           page_size = CASE WHEN (pass_done + $9) / 500 > pass_done / 500
                            THEN least($8, page_size + greatest(1, page_size / 4))
                            ELSE page_size END,
           pass_done = pass_done + $9,
           pass_total = greatest(pass_done + $9, least($10, ceil((pass_done + $9) / greatest(
               extract(epoch FROM coalesce(pass_newest_at, $7) - $11)
               / extract(epoch FROM greatest(coalesce(pass_newest_at, $7) - pass_until,
                                             interval '1 second')), 0.001))))
     WHERE workspace_id = $1 AND repository_id = $2
"""
# One that began before the run did has missed what happened since: it begins again at once.
# What it has read stays counted: a run that counts backwards seems not to get on.
_FINISH = """
    UPDATE repositories
       SET synced_until = greatest(synced_until, coalesce(pass_newest_at, pass_until)),
           history_since = least(history_since, pass_until), synced_at = $3,
           first_synced_at = coalesce(first_synced_at, $3), pass_total = pass_done, cursor = NULL,
           page_size = least($5, page_size + greatest(1, page_size / 4)),
           pass_until = CASE WHEN pass_began_at < $4 THEN
               greatest(synced_until, coalesce(pass_newest_at, pass_until))
               - interval '5 minutes' END,
           pass_began_at = $3, pass_newest_at = NULL
     WHERE workspace_id = $1 AND repository_id = $2
"""
_BEGIN_AGAIN = """
    UPDATE repositories
       SET cursor = NULL, pass_newest_at = NULL, pass_began_at = $3, pass_done = 0, pass_total = 0
     WHERE workspace_id = $1 AND repository_id = $2
"""
_SHRINK = """
    UPDATE repositories SET page_size = greatest(1, $3 / 2)
     WHERE workspace_id = $1 AND repository_id = $2
"""
_PROGRESS = """
    SELECT coalesce(sum(pass_done), 0) AS done, coalesce(sum(pass_total), 0) AS total,
           count(*) AS repositories, count(*) FILTER (WHERE pass_until IS NULL) AS finished,
           count(*) FILTER (WHERE pass_total = 0 AND pass_until IS NOT NULL) AS unseen
      FROM repositories
     WHERE workspace_id = $1 AND selected AND gone_at IS NULL AND connection_id IS NOT NULL
"""
_GONE_SINCE = """
    SELECT full_name FROM repositories
     WHERE workspace_id = $1 AND selected AND gone_at >= $2
     ORDER BY full_name
"""
_GLIMPSES = """
    SELECT p.repository_id, p.number, p.node_id, p.glimpsed, r.connection_id,
           r.first_synced_at IS NULL OR r.first_synced_at >= $7 AS history
      FROM pull_requests p JOIN repositories r USING (workspace_id, repository_id)
     WHERE p.workspace_id = $1 AND p.glimpsed > p.looked AND p.node_id <> ''
       AND (split_part(p.glimpsed, '!', 2), p.repository_id, p.number) > ($2, $3, $4)
       AND r.selected AND r.gone_at IS NULL
       AND r.connection_id IS NOT NULL AND r.connection_id <> ALL ($5::bigint[])
     ORDER BY split_part(p.glimpsed, '!', 2), p.repository_id, p.number
     LIMIT $6
"""
_COUNT_GLIMPSES = """
    SELECT count(*) FROM pull_requests p JOIN repositories r USING (workspace_id, repository_id)
     WHERE p.workspace_id = $1 AND p.glimpsed > p.looked AND p.node_id <> ''
       AND (split_part(p.glimpsed, '!', 2), p.repository_id, p.number) > ($2, $3, $4)
       AND r.selected AND r.gone_at IS NULL
       AND r.connection_id IS NOT NULL AND r.connection_id <> ALL ($5::bigint[])
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a repository's pass goes on; `history`: it had never been read before the run.

    `node_id` is "" where nobody has told GitHub's name for it yet.
    """

    repository_id: RepositoryId
    full_name: str
    node_id: str
    connection_id: int
    cursor: str | None
    page_size: int
    until: datetime
    history: bool


@dataclass(frozen=True, slots=True)
class Turned:
    """What one page moved: `kept` pull requests of it count, `total` the repository has at all."""

    full_name: str
    node_id: str
    cursor: str | None
    kept: int
    total: int
    newest_at: datetime | None
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far all passes are together; `total` is an estimate, None before each had its first page."""

    done: int
    total: int | None
    repositories: int
    finished: int


class GlimpsePlace(NamedTuple):
    """A place in the order in which pull requests are looked at again."""

    lists: str = ""
    repository_id: int = 0
    number: int = 0


@dataclass(frozen=True, slots=True)
class Glimpse:
    """A pull request of which not everything was seen yet: its `longer` lists not to their end."""

    key: PullRequestKey
    glimpsed: str
    node_id: str
    connection_id: int
    history: bool

    @property
    def longer(self) -> frozenset[str]:
        return longer_in(self.glimpsed)

    @property
    def place(self) -> GlimpsePlace:
        """Where it stands among all of them: those with the same long lists together."""
        return GlimpsePlace(self.glimpsed.partition("!")[2], *self.key)


async def begin_passes(tx: Transaction, since: datetime, *, now: datetime) -> int:
    """Begin a pass over each repository that counts, unless one is under way that goes as far.

    It goes back to what is here already, or to `since`. Returns how many repositories can be read.
    """
    await tx.execute(_BEGIN, tx.workspace_id, since, now)
    return int(await tx.fetchval(_READABLE, tx.workspace_id, []))


async def is_any_readable(tx: Transaction, *, closed: Sequence[int] = ()) -> bool:
    """Whether there is a repository that counts, behind another connection than the closed ones."""
    return bool(await tx.fetchval(_READABLE, tx.workspace_id, list(closed)))


async def next_place(
    tx: Transaction,
    *,
    closed: Sequence[int],
    aside: Sequence[RepositoryId],
    began_at: datetime,
) -> Place | None:
    """The repository that has waited longest for its next page; None when all passes are at an end.

    Left out are those behind the `closed` connections and those set `aside`. `began_at` is when
    the run began.
    """
    row = await tx.fetchrow(_NEXT, tx.workspace_id, list(closed), list(aside), began_at)
    return None if row is None else _place(row)


async def count_missed(tx: Transaction, connection_id: int, seen: Sequence[Snapshot]) -> int:
    """How many of these are known otherwise, or not at all, though the connection's webhooks tell
    of them; 0 where it has none."""
    if not seen:
        return 0
    rows = [_seen(one) for one in seen]
    found = await tx.fetchval(_MISSED, tx.workspace_id, connection_id, *arrays.columns(rows))
    return int(found)


def _seen(snapshot: Snapshot) -> tuple[object, ...]:
    pr = snapshot.pull_request
    told = (pr.state, pr.merged_at, pr.title, pr.draft)
    return (*pr.key, *told, len(snapshot.reviews))


async def turn_page(
    tx: Transaction, place: Place, turned: Turned, *, largest: int, now: datetime
) -> None:
    """Go on behind a page that was kept; now and then the next one is larger, up to `largest`."""
    await tx.execute(
        _GO_ON,
        tx.workspace_id,
        place.repository_id,
        turned.full_name,
        turned.node_id,
        turned.cursor,
        now,
        turned.newest_at,
        largest,
        turned.kept,
        turned.total,
        turned.oldest_at,
    )


async def finish_pass(
    tx: Transaction,
    repository_id: RepositoryId,
    *,
    largest: int,
    began_at: datetime,
    now: datetime,
) -> None:
    """All was read: the watermark moves. A pass that is older than the run begins again."""
    await tx.execute(_FINISH, tx.workspace_id, repository_id, now, began_at, largest)


async def begin_again(tx: Transaction, repository_id: RepositoryId, *, now: datetime) -> None:
    """GitHub no longer knows the cursor: the pass begins at its first page."""
    await tx.execute(_BEGIN_AGAIN, tx.workspace_id, repository_id, now)


async def shrink_page(tx: Transaction, repository_id: RepositoryId, size: int) -> None:
    """Pages of `size` were too much: remember half of it."""
    await tx.execute(_SHRINK, tx.workspace_id, repository_id, size)


async def progress(tx: Transaction) -> Progress:
    """How far all passes are."""
    row = await tx.fetchrow(_PROGRESS, tx.workspace_id)
    assert row is not None, "sums always have a row"
    total = None if row["unseen"] else int(row["total"])
    return Progress(int(row["done"]), total, row["repositories"], row["finished"])


async def gone_since(tx: Transaction, began_at: datetime) -> Sequence[str]:
    """The names of repositories that count, and that GitHub has ceased to show since then."""
    return [row["full_name"] for row in await tx.fetch(_GONE_SINCE, tx.workspace_id, began_at)]


async def glimpses(
    tx: Transaction,
    after: GlimpsePlace,
    *,
    closed: Sequence[int],
    limit: int,
    began_at: datetime,
) -> Sequence[Glimpse]:
    """The next pull requests to be looked at again, in their order."""
    rows = await tx.fetch(_GLIMPSES, tx.workspace_id, *after, list(closed), limit, began_at)
    return [_glimpse(row) for row in rows]


async def count_glimpses(tx: Transaction, after: GlimpsePlace, *, closed: Sequence[int]) -> int:
    """How many there are."""
    return int(await tx.fetchval(_COUNT_GLIMPSES, tx.workspace_id, *after, list(closed)))


def _place(row: Row) -> Place:
    return Place(
        RepositoryId(row["repository_id"]),
        row["full_name"],
        row["node_id"],
        row["connection_id"],
        row["cursor"],
        row["page_size"],
        row["pass_until"],
        row["history"],
    )


def _glimpse(row: Row) -> Glimpse:
    key = PullRequestKey(RepositoryId(row["repository_id"]), row["number"])
    return Glimpse(key, row["glimpsed"], row["node_id"], row["connection_id"], row["history"])
