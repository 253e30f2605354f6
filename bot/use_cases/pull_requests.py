"""Keeps what webhooks say about pull requests, and opens the survey when one is merged."""

from __future__ import annotations

from datetime import datetime

from bot.domain.pull_requests import PullRequest, Review
from bot.domain.surveys import NotOpened
from bot.ports import Transaction
from bot.use_cases import surveys
from storage import pull_requests


async def record(
    tx: Transaction, pr: PullRequest, review: Review | None, *, coin: float, now: datetime
) -> NotOpened | None:
    """Merge one event into what we know, then see what follows for the pull request's survey.

    Any order and any number of the same events end in the same state. `coin` is uniform in
    [0, 1) and decides the draw if somebody's budget is full. Returns why a merged pull request has
    no survey, if so.
    """
    await pull_requests.keep(tx, pr)
    if review is not None:
        await pull_requests.keep_review(tx, pr, review)
    known = await pull_requests.get(tx, pr.repository_id, pr.number)
    if known is None or known.merged_at is None:
        return None
    reviews = await pull_requests.reviews(tx, pr.repository_id, pr.number)
    return await surveys.follow_merge(tx, known, reviews, review, coin=coin, now=now)
