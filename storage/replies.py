"""What a click reads and writes: the hot path, in as few round trips as it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import PartId, SlackUserId
from bot.domain.surveys import Part
from bot.ports import Transaction
from storage.surveys import LOOK, part_of

_READ = """
    SELECT p.part_id, p.survey_id, p.member_id, p.slack_user_id, p.role, p.guessable, p.state,
           p.answer, p.reveal_ok, p.tool, p.rework, p.rating, p.guess, p.outcome, p.asked_at,
           p.revealed_at, s.state = 'open' AND s.expires_at > $3 AS survey_open
      FROM parts p
      JOIN surveys s ON s.workspace_id = p.workspace_id AND s.survey_id = p.survey_id
     WHERE p.workspace_id = $1 AND p.part_id = $2
       FOR UPDATE OF p
"""
_SAVE = """
    WITH saved AS (
        UPDATE parts
           SET answer = $3, reveal_ok = $4, tool = $5, rework = $6, rating = $7, guess = $8,
               changed_at = $9, response_url = $10, response_url_at = $9
         WHERE workspace_id = $1 AND part_id = $2
     RETURNING survey_id
    )
    SELECT pgqueuer.enqueue_job($11, $1, survey_id::text, $12, NULL, 0) FROM saved
"""


@dataclass(frozen=True, slots=True)
class AskedPart:
    """The part that was clicked, locked; `survey_open` at the time of the click."""

    part: Part
    slack_user_id: SlackUserId
    survey_open: bool


async def lock_part(tx: Transaction, part_id: PartId, *, now: datetime) -> AskedPart | None:
    row = await tx.fetchrow(_READ, tx.workspace_id, part_id, now)
    if row is None:
        return None
    return AskedPart(part_of(row), row["slack_user_id"], row["survey_open"])


async def save_part(
    tx: Transaction, part: Part, *, response_url: str | None, now: datetime
) -> None:
    """Keep what the person said and queue a look at the survey, in one statement."""
    # The time is part of the key: a look that is just ending must not swallow this one.
    key = f"{LOOK}:{tx.workspace_id}:{part.survey_id}:{part.part_id}:{now.timestamp()}"
    said: Sequence[object] = (part.answer, part.reveal_ok, part.tool, part.rework, part.rating)
    await tx.execute(
        _SAVE, tx.workspace_id, part.part_id, *said, part.guess, now, response_url, LOOK, key
    )
