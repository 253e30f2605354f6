"""Brings the messages about runs up to date."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.domain.runs import RunId
from bot.ports import Database
from bot.ports.runs import RunKinds
from bot.use_cases.runs import follows
from jobs.engine import QueuedJob


@dataclass(frozen=True, slots=True)
class RunLooker:
    """The handler of `runs.look` jobs."""

    db: Database
    kinds: RunKinds
    now: Callable[[], datetime]

    async def look(self, job: QueuedJob) -> None:
        async with self.db.transaction(job.workspace_id, name="look_at_run") as tx:
            await follows.look(tx, RunId(int(job.ref)), self.kinds, now=self.now())
