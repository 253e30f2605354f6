"""What was imported from a clone goes once GitHub itself tells about the repository."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import RepositoryId
from bot.ports import Database
from bot.use_cases import imports
from jobs.engine import QueuedJob


@dataclass(frozen=True, slots=True)
class ImportForgetter:
    """The handler of `imports.give_way` jobs."""

    db: Database
    now: Callable[[], datetime]

    async def give_way(self, job: QueuedJob) -> None:
        """Forget an imported repository, batch by batch; done already, it changes nothing."""
        more = True
        while more:
            async with self.db.transaction(job.workspace_id, name="give_way") as tx:
                more = await imports.give_way(tx, RepositoryId(int(job.ref)), now=self.now())
