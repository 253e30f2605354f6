"""Takes up what a local clone says: a repository, and the pull requests that were merged into it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.pull_requests import Snapshot
from bot.domain.repositories import Repository
from bot.errors import UserError
from bot.ports import Transaction
from bot.use_cases import pull_requests
from storage import accounts, audits, repositories


async def begin(tx: Transaction, repository: Repository, *, now: datetime) -> None:
    """Know the repository of a clone, whose id is made up and below zero.

    Raises UserError where GitHub itself tells about a repository of that name: both would count.
    """
    name = repository.full_name.lower()
    for known in await repositories.everyone(tx):
        if known.full_name.lower() == name and known.repository_id > 0 and known.gone_at is None:
            raise UserError(
                f"{known.full_name} comes from GitHub already, reviews included, so there is "
                "nothing to import."
            )
    await repositories.describe(tx, [repository], now=now)
    await repositories.choose(tx, [repository.repository_id], selected=True)
    subject = str(repository.repository_id)
    await audits.add(tx, "repository.imported", actor="operator", subject=subject, now=now)


async def keep(tx: Transaction, snapshots: Sequence[Snapshot], *, now: datetime) -> None:
    """Store merged pull requests as history: nobody is asked. Stored already, nothing changes."""
    await accounts.keep(tx, [one.pull_request.author for one in snapshots])
    await pull_requests.keep_snapshots(tx, snapshots, history=True, now=now)
