"""Judges what older rules have judged, from the traces that were kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.attributions import VERSION
from bot.domain.pull_requests import BEFORE_ALL, PullRequestKey
from bot.ports import Transaction
from bot.use_cases.attributions.judgements import judge
from storage import attributions

REPROCESS = "attributions.reprocess"
"""The kind of run that does this."""


@dataclass(frozen=True, slots=True)
class JudgedPage:
    """How many were judged, how many are seen differently now, and where the next page begins.

    `last` is None where nothing was left.
    """

    judged: int
    changed: int
    last: PullRequestKey | None


async def judge_page(
    tx: Transaction, after: PullRequestKey, *, everything: bool, limit: int, now: datetime
) -> JudgedPage:
    """Judge the next pull requests that today's rules have not judged; idempotent."""
    keys = await attributions.page(
        tx, after, rule_version=VERSION, everything=everything, limit=limit
    )
    before = await attributions.verdicts(tx, keys)
    await judge(tx, keys, now=now)
    after_it = await attributions.verdicts(tx, keys)
    changed = sum(before.get(key) != verdict for key, verdict in after_it.items())
    return JudgedPage(len(keys), changed, keys[-1] if keys else None)


async def count_waiting(tx: Transaction, after: PullRequestKey, *, everything: bool) -> int:
    """How many are still to be judged after this one."""
    return await attributions.count_waiting(tx, after, rule_version=VERSION, everything=everything)


async def is_any_waiting(tx: Transaction) -> bool:
    """Whether there is a pull request that today's rules have not judged."""
    found = await attributions.page(tx, BEFORE_ALL, rule_version=VERSION, everything=False, limit=1)
    return bool(found)
