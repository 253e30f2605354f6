"""Brings pull requests in from GitHub: their history at first, later what has changed.

Each repository is read in passes (storage/syncs.py), some pages of every one in turn, so that there
is something to see of all of them soon. What was read and how far it went are kept together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import takewhile

from pydantic import BaseModel, ConfigDict, Field

from bot.domain.ids import RepositoryId
from bot.domain.pull_requests import Snapshot
from bot.domain.runs import Trigger
from bot.ports import Transaction
from bot.use_cases import pull_requests, runs
from bot.use_cases.runs import AlreadyActive, Started
from storage import repositories, syncs
from storage.syncs import Glimpse, GlimpsePlace, Place, Progress, Turned

__all__ = [
    "SYNC",
    "Glimpse",
    "PageRead",
    "Place",
    "Progress",
    "Sync",
    "WantedSync",
    "begin",
    "begin_again",
    "count_glimpses",
    "is_another_open",
    "keep_again",
    "keep_page",
    "miss_repository",
    "missed",
    "next_glimpses",
    "next_place",
    "nightly",
    "progress",
    "shrink_page",
    "start_sync",
]

SYNC = "github.sync"
MONTHS = 12
LARGEST_PAGE = 50
_MONTH = timedelta(days=30.4375)
_WEBHOOKS_TAKE = timedelta(minutes=10)


class WantedSync(BaseModel):
    """What a sync is asked for: how many `months` of history it brings where there is none."""

    model_config = ConfigDict(extra="forbid")

    months: int = Field(default=MONTHS, ge=1, le=240)


class Sync(WantedSync):
    """How far a sync is.

    `closed` are the connections, and `aside` the repositories, that let us not read on; `troubles`
    says so for people. `unread` pull requests GitHub failed to show. Of `missed` ones the webhooks had
    not told, or not all. `points` of GraphQL were spent.
    `after` is the place among the long pull requests, of which `reread` were looked at again.
    """

    began_at: datetime | None = None
    closed: tuple[int, ...] = ()
    aside: tuple[int, ...] = ()
    troubles: tuple[str, ...] = ()
    unread: int = 0
    missed: int = 0
    points: int = 0
    after: GlimpsePlace = GlimpsePlace()
    reread: int = 0

    @property
    def began(self) -> datetime:
        """When the first step began: nothing comes before that one."""
        assert self.began_at is not None, "the first step says when it began"
        return self.began_at


@dataclass(frozen=True, slots=True)
class PageRead:
    """What a page of a repository's pull requests, or some in a row, showed; times are `updated_at`s.

    `total`: how many the repository has at all. `next_cursor` None: that was the last page.
    """

    full_name: str
    node_id: str
    snapshots: Sequence[Snapshot]
    next_cursor: str | None
    total: int
    newest_at: datetime | None
    oldest_at: datetime | None


async def start_sync(
    tx: Transaction, *, trigger: Trigger, by: str, now: datetime, months: int = MONTHS
) -> Started | AlreadyActive:
    """Start a sync of the workspace, unless one is under way."""
    return await runs.start(tx, SYNC, WantedSync(months=months), trigger=trigger, by=by, now=now)


async def nightly(tx: Transaction) -> WantedSync | None:
    """What the nightly sync is asked for; None where nothing can be read."""
    return WantedSync() if await syncs.is_any_readable(tx) else None


async def begin(tx: Transaction, sync: Sync, *, now: datetime) -> int:
    """Begin a pass over each repository that counts; how many there are."""
    return await syncs.begin_passes(tx, now - sync.months * _MONTH, now=now)


async def next_place(tx: Transaction, sync: Sync) -> Place | None:
    """Which repository's next page comes next; None when all is read that can be read."""
    aside = [RepositoryId(one) for one in sync.aside]
    return await syncs.next_place(tx, closed=sync.closed, aside=aside, began_at=sync.began)


async def keep_page(
    tx: Transaction, place: Place, page: PageRead, sync: Sync, *, now: datetime
) -> int:
    """Keep a page and how far the pass is with it, together. The same page again changes nothing.

    Returns how many of its pull requests webhooks should have told us and have not.
    """
    wanted = [one for one in page.snapshots if one.pull_request.updated_at >= place.until]
    missed = 0 if place.history else await _count_missed(tx, place, wanted, now=now)
    await pull_requests.keep_snapshots(tx, wanted, history=place.history, now=now)
    turned = Turned(
        page.full_name,
        page.node_id,
        page.next_cursor,
        len(wanted),
        page.total,
        page.newest_at,
        page.oldest_at,
    )
    await syncs.turn_page(tx, place, turned, largest=LARGEST_PAGE, now=now)
    reached = page.oldest_at is not None and page.oldest_at < place.until
    if page.next_cursor is None or reached:
        await syncs.finish_pass(
            tx, place.repository_id, largest=LARGEST_PAGE, began_at=sync.began, now=now
        )
    return missed


async def _count_missed(
    tx: Transaction, place: Place, seen: Sequence[Snapshot], *, now: datetime
) -> int:
    """Those that are not here as they are there, though webhooks have had time to come."""
    told = [one for one in seen if one.pull_request.updated_at < now - _WEBHOOKS_TAKE]
    return await syncs.count_missed(tx, place.connection_id, told)


async def shrink_page(tx: Transaction, place: Place) -> Place:
    """The page was too much for GitHub: half of it, also next time."""
    await syncs.shrink_page(tx, place.repository_id, place.page_size)
    return replace(place, page_size=max(1, place.page_size // 2))


async def begin_again(tx: Transaction, place: Place, *, now: datetime) -> None:
    """GitHub has forgotten the place: from the first page on."""
    await syncs.begin_again(tx, place.repository_id, now=now)


async def progress(tx: Transaction) -> Progress:
    """How far all repositories are."""
    return await syncs.progress(tx)


async def is_another_open(tx: Transaction, sync: Sync) -> bool:
    """Whether there are repositories behind other connections than the closed ones."""
    return await syncs.is_any_readable(tx, closed=sync.closed)


async def missed(tx: Transaction, sync: Sync) -> Sequence[str]:
    """The names of the repositories that GitHub has ceased to show since the sync began."""
    return await syncs.gone_since(tx, sync.began)


async def miss_repository(tx: Transaction, place: Place, *, now: datetime) -> None:
    """GitHub shows the repository no longer."""
    await repositories.mark_gone(tx, [place.repository_id], heard_at=now)


async def next_glimpses(tx: Transaction, sync: Sync, *, limit: int) -> Sequence[Glimpse]:
    """Pull requests that were not seen whole, to be looked at again together.

    All are reached by one connection, and the same of their lists are long.
    """
    found = await syncs.glimpses(
        tx, sync.after, closed=sync.closed, limit=limit, began_at=sync.began
    )
    alike = takewhile(lambda one: _way(one) == _way(found[0]), found)
    return list(alike)


async def count_glimpses(tx: Transaction, sync: Sync) -> int:
    """How many are left to be looked at again."""
    return await syncs.count_glimpses(tx, sync.after, closed=sync.closed)


async def keep_again(
    tx: Transaction, wanted: Sequence[Glimpse], seen: Sequence[Snapshot], *, now: datetime
) -> None:
    """Keep what was looked at again."""
    past = {one.key for one in wanted if one.history}
    for history in (True, False):
        some = [one for one in seen if (one.pull_request.key in past) is history]
        await pull_requests.keep_snapshots(tx, some, history=history, now=now)


def _way(glimpse: Glimpse) -> tuple[int, frozenset[str]]:
    return glimpse.connection_id, glimpse.longer
