"""Keeps what webhooks and looks at GitHub say about pull requests, and opens surveys on merges.

All ways in end here: single events, pages of a sync, the past of a clone. What is stored in the end
depends on what was said, not on the order or on how often.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.domain.pull_requests import PullRequestKey, Review, Snapshot
from bot.domain.surveys import EXPIRY, WINDOW, NotOpened
from bot.ports import Job, Transaction
from bot.use_cases import attributions, facts, surveys
from storage import commits, pull_requests, reviews

FOLLOW = "pull_requests.follow"


async def record(
    tx: Transaction, snapshot: Snapshot, *, coin: float, now: datetime
) -> NotOpened | None:
    """Merge one event into what we know, then see what follows for the pull request's survey.

    Any order and any number of the same events end in the same state. `coin` is uniform in
    [0, 1) and decides the draw if somebody's budget is full. Returns why a merged pull request has
    no survey, if so.
    """
    await _keep(tx, [snapshot], now=now)
    return await _follow(tx, snapshot.pull_request.key, snapshot.reviews, coin=coin, now=now)


async def keep_snapshots(
    tx: Transaction, snapshots: Sequence[Snapshot], *, history: bool, now: datetime
) -> None:
    """Merge many pictures of pull requests into what we know, by the same rules as `record`.

    With `history` nobody is asked about any of them; otherwise each fresh merge is followed soon,
    in a transaction of its own: two pages that draw among the same people would block each other.
    """
    for each_once in _rounds(snapshots):
        await _keep(tx, each_once, now=now)
    if not history:
        fresh = (one.pull_request.key for one in snapshots if _may_be_asked_about(one, now))
        for key in dict.fromkeys(fresh):
            _follow_later(tx, key, now=now)


async def follow(
    tx: Transaction, key: PullRequestKey, *, coin: float, now: datetime
) -> NotOpened | None:
    """See what follows for the survey of a merge that is known; any number of times is once.

    `coin` and what is returned are as in `record`.
    """
    # As an event does: of two, the later one sees all that the other has kept.
    await pull_requests.lock(tx, key)
    return await _follow(tx, key, await reviews.of(tx, *key), coin=coin, now=now)


def _follow_later(tx: Transaction, key: PullRequestKey, *, now: datetime) -> None:
    ref = f"{key.repository_id}:{key.number}"
    # The moment is part of the key: a job that is just ending must not swallow this one.
    name = f"{FOLLOW}:{tx.workspace_id}:{ref}:{now.timestamp()}"
    tx.enqueue(Job(FOLLOW, tx.workspace_id, ref, name))


async def _keep(tx: Transaction, snapshots: Sequence[Snapshot], *, now: datetime) -> None:
    """Merge pictures of pull requests, one of each."""
    kept = await pull_requests.keep(tx, snapshots)
    await reviews.keep(tx, snapshots)
    await commits.keep(tx, kept)
    await attributions.keep_traces(
        tx, [(one.pull_request.key, trace) for one in snapshots for trace in one.traces]
    )
    keys = [one.pull_request.key for one in snapshots]
    await attributions.judge(tx, keys, now=now)
    await facts.refresh(tx, keys, now=now)


async def _follow(
    tx: Transaction, key: PullRequestKey, news: Sequence[Review], *, coin: float, now: datetime
) -> NotOpened | None:
    known = await pull_requests.get(tx, *key)
    if known is None or known.merged_at is None:
        return None
    said = await reviews.of(tx, *key)
    return await surveys.follow_merge(tx, known, said, news, coin=coin, now=now)


def _may_be_asked_about(snapshot: Snapshot, now: datetime) -> bool:
    """A survey opens within WINDOW of the merge, and lives for EXPIRY."""
    merged_at = snapshot.pull_request.merged_at
    return merged_at is not None and now - merged_at < WINDOW + EXPIRY


def _rounds(snapshots: Sequence[Snapshot]) -> Iterator[list[Snapshot]]:
    """The snapshots in turn, each pull request at most once a round."""
    left = list(snapshots)
    while left:
        first: dict[PullRequestKey, Snapshot] = {}
        again = []
        for snapshot in left:
            key = snapshot.pull_request.key
            if key in first:
                again.append(snapshot)
            else:
                first[key] = snapshot
        yield list(first.values())
        left = again
