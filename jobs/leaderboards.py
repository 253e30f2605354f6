"""Posts leaderboards when their week's slot has come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.ports import Database
from bot.use_cases import leaderboards
from jobs.engine import QueuedJob


@dataclass(frozen=True, slots=True)
class LeaderboardPoster:
    """The handlers of `leaderboards.due` (from the clock) and `leaderboards.post` jobs."""

    db: Database
    now: Callable[[], datetime]

    async def due(self, job: QueuedJob) -> None:
        """Queue a post for every workspace whose slot has come."""
        async with self.db.routing(name="leaderboards_due") as tx:
            await leaderboards.enqueue_due(tx, now=self.now())

    async def post(self, job: QueuedJob) -> None:
        """Post one workspace's leaderboard of one slot, once."""
        async with self.db.transaction(job.workspace_id, name="post_leaderboard") as tx:
            await leaderboards.post(tx, job.ref, now=self.now())
