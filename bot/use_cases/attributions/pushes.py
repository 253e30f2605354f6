"""Takes the marks that pushed commits carry to the pull requests they belong to."""

from __future__ import annotations

from datetime import datetime

from bot.domain.attributions import is_agent
from bot.domain.deliveries import PushNews
from bot.domain.pull_requests import Actor, PullRequestKey, Trace
from bot.ports import Transaction
from bot.use_cases.attributions.judgements import judge, keep_traces
from storage import attributions


async def hear_push(tx: Transaction, news: PushNews, *, now: datetime) -> None:
    """Keep what the commits show of their makers, and judge whose they are anew.

    A push to a branch counts to the open pull requests from it that its pusher, or an agent, wrote;
    one to the default branch to the pull requests that its commits merge, known already or not
    yet. Any order and any repetition end in the same.
    """
    found = [*await _on_branch(tx, news), *await _merged(tx, news)]
    await keep_traces(tx, ((key, trace) for key, traces in found for trace in traces))
    await judge(tx, [key for key, _ in found], now=now)


_Found = tuple[PullRequestKey, frozenset[Trace]]


async def _on_branch(tx: Transaction, news: PushNews) -> list[_Found]:
    if not news.traces:
        return []
    known = await attributions.on_branch(tx, news.repository.repository_id, news.branch)
    return [(key, news.traces) for key, author in known if _may_push(news, author)]


def _may_push(news: PushNews, author: Actor) -> bool:
    return author.login == news.pusher or is_agent(author)


async def _merged(tx: Transaction, news: PushNews) -> list[_Found]:
    repository_id = news.repository.repository_id
    merges = [(one.number, one.sha) for one in news.merged]
    elsewhere = await attributions.merged_elsewhere(tx, repository_id, merges)
    return [
        (PullRequestKey(repository_id, one.number), one.traces)
        for one in news.merged
        if one.number not in elsewhere
    ]
