"""Asks for a look at a survey, now or when something about it is due."""

from __future__ import annotations

from datetime import datetime

from bot.domain.ids import SurveyId
from bot.ports import Job, Transaction
from storage import surveys
from storage.surveys import LOOK


def look_later(
    tx: Transaction,
    survey_id: SurveyId,
    *,
    now: datetime,
    at: datetime | None = None,
    first: bool = False,
) -> None:
    """Queue a look at the survey, at once or `at` a time.

    `first`: before whatever else waits, for what happens to one survey at a time.
    """
    # The moment is part of the key: a look that is just ending must not swallow this one.
    moment = (at or now).timestamp()
    key = f"{LOOK}:{tx.workspace_id}:{survey_id}:{moment}"
    tx.enqueue(Job(LOOK, tx.workspace_id, str(survey_id), key, at, priority=int(first)))


async def wake_due(tx: Transaction, *, now: datetime) -> int:
    """Queue a look at every survey that has expired or has something to send."""
    due = await surveys.due(tx, now=now)
    for survey_id in due:
        look_later(tx, survey_id, now=now)
    return len(due)
