"""Takes in what arrives from outside: stored and queued before anybody is told it arrived."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from bot.domain.connections import InstallationNews
from bot.domain.deliveries import (
    AccountNews,
    News,
    PullRequestNews,
    PushNews,
    RenamedNews,
    RepositoryNews,
    ShownNews,
    TeamMemberNews,
    TeamNews,
)
from bot.domain.ids import WorkspaceId
from bot.domain.runs import Trigger
from bot.domain.surveys import NotOpened
from bot.ports import Database, Transaction
from bot.use_cases import attributions, connections, pull_requests, repositories, teams
from storage import connections as ways_in
from storage import deliveries
from storage.deliveries import Delivery


async def accept(
    db: Database,
    workspace_id: WorkspaceId,
    *,
    source: str,
    delivery_id: str,
    event: str,
    body: bytes,
    now: datetime,
) -> str:
    """Store a verified delivery; `new`, `again` (an earlier try had failed) or `known`.

    Raises DatabaseAway: then nothing was stored and the sender must not be answered 2xx.
    """
    delivery = Delivery(source, delivery_id, event, body, now)
    return await deliveries.store(db, workspace_id, delivery, name=f"{source}_delivery")


async def follow(
    tx: Transaction, news: News, *, heard_at: datetime, coin: float, now: datetime
) -> NotOpened | None:
    """Bring what we know up to what a webhook said; any order, any repetition, the same end.

    `heard_at` is when it arrived, for what GitHub gives no time of. Returns why a merged pull
    request has no survey, if so. News from repositories that do not count change nothing.
    """
    match news:
        case PullRequestNews():
            if await repositories.counts(tx, news.repository, heard_at=heard_at, now=now):
                return await pull_requests.record(tx, news.snapshot, coin=coin, now=now)
        case PushNews():
            if await repositories.counts(tx, news.repository, heard_at=heard_at, now=now):
                await attributions.hear_push(tx, news, now=now)
        case RepositoryNews(repository, gone):
            await repositories.hear(tx, repository, gone=gone, heard_at=heard_at, now=now)
        case InstallationNews() | ShownNews():
            await _follow_installation(tx, news, heard_at=heard_at, now=now)
        case _:
            await _follow_people(tx, news, heard_at=heard_at)
    return None


async def _follow_installation(
    tx: Transaction, news: InstallationNews | ShownNews, *, heard_at: datetime, now: datetime
) -> None:
    """How it stands with an installation of our App, and what it shows us."""
    if isinstance(news, InstallationNews):
        await connections.follow_installation(tx, news, now=now)
        return
    found = await ways_in.of_installation(tx, news.installation_id)
    connection_id = None if found is None else found.connection_id
    await repositories.mark_shown(
        tx, news.added, connection_id=connection_id, heard_at=heard_at, now=now
    )
    await repositories.mark_gone(tx, news.removed, heard_at=heard_at)
    if news.added:
        await repositories.read_soon(tx, trigger=Trigger.WEBHOOK, by="github", now=now)


async def _follow_people(
    tx: Transaction,
    news: AccountNews | TeamMemberNews | TeamNews | RenamedNews,
    *,
    heard_at: datetime,
) -> None:
    match news:
        case AccountNews(account, organisation, in_org):
            await teams.hear_of_account(tx, account, organisation, in_org, heard_at=heard_at)
        case TeamMemberNews(team, account, joined):
            await teams.hear_of_team_member(tx, team, account, joined=joined, heard_at=heard_at)
        case TeamNews(team, gone):
            await teams.hear_of_team(tx, team, gone=gone, heard_at=heard_at)
        case RenamedNews(old, new):
            await teams.rename_organisation(tx, old, new)
            await _look_at_account(tx, old)
        case _:
            assert_never(news)


async def _look_at_account(tx: Transaction, account: str) -> None:
    for connection in await connections.list_githubs(tx):
        if connection.account == account:
            await connections.look_again(tx, connection.connection_id)


async def take(tx: Transaction, source: str, delivery_id: str) -> Delivery | None:
    """The delivery, locked, if it still has to be processed."""
    return await deliveries.lock(tx, source, delivery_id)


async def mark_done(tx: Transaction, delivery: Delivery, *, now: datetime) -> None:
    await deliveries.done(tx, delivery, now=now)


async def mark_failed(tx: Transaction, source: str, delivery_id: str, reason: str) -> None:
    """It cannot be processed as it is: a redelivery will be looked at again."""
    await deliveries.failed(tx, source, delivery_id, reason)


async def not_here(tx: Transaction, source: str, ids: Sequence[str]) -> frozenset[str]:
    """Which of these deliveries never arrived."""
    return frozenset(ids) - await deliveries.here(tx, source, ids)
