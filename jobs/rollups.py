"""Makes facts anew that have become stale, and corrects the weeks they count in."""

from __future__ import annotations

from dataclasses import dataclass

from bot.ports import Database
from bot.use_cases import facts
from jobs.engine import QueuedJob

# How many batches one job makes before others have their turn.
_BATCHES = 10


@dataclass(frozen=True, slots=True)
class FactKeeper:
    """The handler of `rollups.refresh` jobs."""

    db: Database

    async def refresh(self, job: QueuedJob) -> None:
        """Work off a workspace's marks, batch by batch; a long list goes on in another job."""
        after: int | None = int(job.ref)
        for turn in range(_BATCHES):
            async with self.db.transaction(job.workspace_id, name="catch_up_facts") as tx:
                after = await facts.catch_up(tx, after=after or 0)
                if after is not None and turn == _BATCHES - 1:
                    facts.wake(tx, after=after)
            if after is None:
                return
