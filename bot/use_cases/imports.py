"""Takes up what a local clone says: a repository, and the pull requests that were merged into it.

Once GitHub itself shows that repository, what was imported gives way: both would count.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.ids import RepositoryId
from bot.domain.pull_requests import Snapshot
from bot.domain.repositories import Repository
from bot.errors import UserError
from bot.ports import Job, Transaction
from bot.use_cases import pull_requests
from storage import accounts, audits, imports, repositories, rollups

GIVE_WAY = "imports.give_way"
_BATCH = 500


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
    await repositories.describe(tx, [repository], heard_at=now, now=now)
    await repositories.choose(tx, [repository.repository_id], selected=True)
    subject = str(repository.repository_id)
    await audits.add(tx, "repository.imported", actor="operator", subject=subject, now=now)


async def keep(tx: Transaction, snapshots: Sequence[Snapshot], *, now: datetime) -> None:
    """Store merged pull requests as history: nobody is asked. Stored already, nothing changes."""
    await accounts.keep(tx, [one.pull_request.author for one in snapshots])
    await pull_requests.keep_snapshots(tx, snapshots, history=True, now=now)


async def give_way_later(tx: Transaction, full_names: Sequence[str]) -> None:
    """GitHub shows repositories of these names: queue what was imported for them to go."""
    for repository_id in await imports.stand_ins(tx, full_names):
        key = f"{GIVE_WAY}:{tx.workspace_id}:{repository_id}"
        tx.enqueue(Job(GIVE_WAY, tx.workspace_id, str(repository_id), key))


async def give_way(tx: Transaction, repository_id: RepositoryId, *, now: datetime) -> bool:
    """Forget some of an imported repository, and it with the last of them; False: it is gone.

    The weeks its pull requests counted in are corrected with it.
    """
    await rollups.hold(tx, wait=True)
    some = await imports.some(tx, repository_id, limit=_BATCH)
    if not some:
        await imports.forget_repository(tx, repository_id)
        subject = str(repository_id)
        await audits.add(tx, "repository.gave_way", actor="github", subject=subject, now=now)
        return False
    await rollups.take_out(tx, some)
    await imports.forget(tx, repository_id, some)
    await rollups.drop_empty(tx)
    return True
