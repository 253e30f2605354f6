"""Looks at surveys when something about them changed or is due."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import SurveyId
from bot.ports import Database
from bot.use_cases import attributions, surveys
from jobs.engine import QueuedJob


@dataclass(frozen=True, slots=True)
class SurveyLooker:
    """The handler of `surveys.look` jobs."""

    db: Database
    now: Callable[[], datetime]

    async def look(self, job: QueuedJob) -> None:
        survey_id, now = SurveyId(int(job.ref)), self.now()
        async with self.db.transaction(job.workspace_id, name="look") as tx:
            await attributions.hear_author(tx, survey_id, now=now)
            await surveys.look(tx, survey_id, now=now)
