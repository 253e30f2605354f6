"""The net under everything: wakes what was forgotten, forgets what has had its time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.ids import WorkspaceId
from bot.ports import Database, RememberingSlackClients
from bot.use_cases import housekeeping, installs
from bot.use_cases.housekeeping import Keeping
from jobs.engine import QueuedJob

# How many batches one job deletes before others have their turn.
_BATCHES = 20


@dataclass(frozen=True, slots=True)
class Housekeeper:
    """The handlers of `housekeeping.sweep` (often) and the `housekeeping.forget…` (nightly) jobs."""

    db: Database
    slacks: RememberingSlackClients
    now: Callable[[], datetime]
    prune_jobs: Callable[[], Awaitable[object]]
    keeping: Keeping = field(default_factory=Keeping)

    async def sweep(self, job: QueuedJob) -> None:
        """Queue again, in every workspace, whatever is overdue, or whose key is back."""
        for workspace_id in await installs.list_workspaces(self.db):
            await self._sweep(workspace_id)

    async def _sweep(self, workspace_id: WorkspaceId) -> None:
        async with self.db.transaction(workspace_id, name="sweep") as tx:
            await housekeeping.wake_overdue(tx, now=self.now())
            waits = await housekeeping.waits_for_key(tx, now=self.now())
        if waits and not await self.slacks.is_locked(workspace_id):
            async with self.db.transaction(workspace_id, name="sweep") as tx:
                await housekeeping.wake_locked(tx, now=self.now())

    async def forget(self, job: QueuedJob) -> None:
        """Have every workspace forget what has had its time, one job each, and so do we."""
        known = await installs.list_workspaces(self.db)
        async with self.db.routing(name="forget_slots") as tx:
            housekeeping.forget_later(tx, known, slot=self.now().isoformat())
            await housekeeping.forget_slots(tx, now=self.now())
        await self.prune_jobs()

    async def forget_workspace(self, job: QueuedJob) -> None:
        """Delete raw payloads, sent messages and audits past their time, batch by batch.

        After some batches it queues itself again, so that a workspace with a lot keeps nobody.
        """
        more = True
        for turn in range(_BATCHES):
            async with self.db.transaction(job.workspace_id, name="forget") as tx:
                more = await housekeeping.forget(tx, keeping=self.keeping, now=self.now())
                if more and turn == _BATCHES - 1:
                    again = self.now().isoformat()
                    housekeeping.forget_later(tx, [job.workspace_id], slot=again)
            if not more:
                return
