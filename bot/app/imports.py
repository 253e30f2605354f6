"""Brings a local clone's past into a workspace: read aside, stored batch by batch."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice

from bot.app.services import Services
from bot.domain.facts import reversal_of
from bot.domain.ids import WorkspaceId
from bot.domain.pull_requests import Snapshot
from bot.domain.repositories import Repository
from bot.integrations.git import Clone
from bot.use_cases import imports

_BATCH = 500
# Commits of the main line done, all of them, pull requests found so far.
Tell = Callable[[int, int, int], None]


@dataclass
class Imported:
    """What an import brought: how much of what, and from when until when."""

    shallow: bool
    partial: bool
    commits: int = 0
    pull_requests: int = 0
    signed: int = 0
    reverts: int = 0
    first_merged_at: datetime | None = None
    last_merged_at: datetime | None = None
    _people: set[int] = field(default_factory=set)

    @property
    def people(self) -> int:
        """How many different authors there are, bots included."""
        return len(self._people)

    @property
    def nameless(self) -> int:
        """How many commits of the main branch name no pull request."""
        return self.commits - self.pull_requests

    def count(self, found: Snapshot) -> None:
        pr = found.pull_request
        assert pr.merged_at is not None
        self.pull_requests += 1
        self.signed += bool(pr.signals)
        self.reverts += reversal_of(pr.title, pr.head_ref, pr.repository, ()).is_revert
        self._people.add(pr.author.github_id)
        self.first_merged_at = min(self.first_merged_at or pr.merged_at, pr.merged_at)
        self.last_merged_at = max(self.last_merged_at or pr.merged_at, pr.merged_at)


async def import_clone(
    services: Services,
    workspace_id: WorkspaceId,
    clone: Clone,
    *,
    since: date | None = None,
    tell: Tell,
) -> Imported:
    """Store every merged pull request of a clone, newest first, a batch at a time.

    Cut off anywhere, the same import again completes it. Raises UserError with what to do.
    """
    db, repository = services.store.database, _repository(clone)
    async with db.transaction(workspace_id, name="import_begin") as tx:
        await imports.begin(tx, repository, now=services.now())
    reading = await asyncio.to_thread(clone.read, since)
    found, imported = iter(reading), Imported(clone.shallow, clone.partial)
    while batch := await asyncio.to_thread(_next_batch, found):
        snapshots = [one for one in batch if one is not None]
        async with db.transaction(workspace_id, name="import_batch") as tx:
            await imports.keep(tx, snapshots, now=services.now())
        imported.commits += len(batch)
        for snapshot in snapshots:
            imported.count(snapshot)
        tell(imported.commits, len(reading), imported.pull_requests)
    return imported


def _repository(clone: Clone) -> Repository:
    return Repository(clone.repository_id, clone.origin.full_name)


def _next_batch(found: Iterator[Snapshot | None]) -> list[Snapshot | None]:
    """Reading and understanding history takes a processor, and nobody should wait for it."""
    return list(islice(found, _BATCH))
