"""The net under everything: wakes what was forgotten, forgets what has had its time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import WorkspaceId
from bot.ports import Database
from bot.use_cases import housekeeping, installs
from jobs.engine import QueuedJob


@dataclass(frozen=True, slots=True)
class Housekeeper:
    """The handlers of `housekeeping.sweep` (often) and `housekeeping.forget` (nightly) jobs."""

    db: Database
    now: Callable[[], datetime]
    prune_jobs: Callable[[], Awaitable[object]]

    async def sweep(self, job: QueuedJob) -> None:
        """Queue again, in every workspace, whatever is overdue."""
        for workspace_id in await installs.list_workspaces(self.db):
            await self._sweep(workspace_id)

    async def _sweep(self, workspace_id: WorkspaceId) -> None:
        async with self.db.transaction(workspace_id, name="sweep") as tx:
            await housekeeping.wake_overdue(tx, now=self.now())

    async def forget(self, job: QueuedJob) -> None:
        """Delete raw payloads and finished work past their time."""
        for workspace_id in await installs.list_workspaces(self.db):
            async with self.db.transaction(workspace_id, name="forget") as tx:
                await housekeeping.forget(tx, now=self.now())
        async with self.db.routing(name="forget_slots") as tx:
            await housekeeping.forget_slots(tx, now=self.now())
        await self.prune_jobs()
