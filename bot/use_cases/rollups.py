"""Makes facts and weeks anew, whatever stands there: for whoever doubts the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from bot.domain.pull_requests import PullRequestKey
from bot.ports import Transaction
from bot.use_cases import facts
from storage import facts as fact_rows
from storage import rollups

REBUILD = "rollups.rebuild"
# A page of either is made in well under a second, also where ten thousand merge a week.
WEEKS = 2
PULL_REQUESTS = 500


@dataclass(frozen=True, slots=True)
class RemadePage:
    """Which facts were made anew, and how many of them came out different."""

    keys: Sequence[PullRequestKey]
    changed: int


async def remake_page(tx: Transaction, after: PullRequestKey) -> RemadePage:
    """Make the facts of the next pull requests after one anew; no keys: there are none left."""
    await rollups.hold(tx, wait=True)
    keys = await fact_rows.page(tx, after, limit=PULL_REQUESTS)
    return RemadePage(keys, await facts.remake(tx, keys) if keys else 0)


async def count_from(tx: Transaction, after: PullRequestKey) -> int:
    """How many pull requests `remake_page` has before it."""
    return await fact_rows.count_from(tx, after)


class MadeWeeks(NamedTuple):
    """The Mondays of the first and the last week that were made anew."""

    first: date
    last: date


async def rebuild_page(tx: Transaction, *, after: date) -> MadeWeeks | None:
    """Make the next weeks after that Monday anew from the facts; None: there is none left.

    The same again changes nothing.
    """
    await rollups.hold(tx, wait=True)
    first = await rollups.next_week(tx, after)
    if first is None:
        return None
    last = first + timedelta(weeks=WEEKS - 1)
    await rollups.make_weeks(tx, first, last)
    return MadeWeeks(first, last)


async def last_week(tx: Transaction) -> date | None:
    """Up to which Monday there is something to make."""
    return await rollups.last_week(tx)
