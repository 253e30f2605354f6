"""What was said before: surveys stored as past, thousands at a time.

Nothing follows from these rows: nobody is asked, no job is queued. What is there already stays as
it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import MemberId, RepositoryId, SlackUserId
from bot.domain.surveys import AiAnswer, Guess, Outcome, PartState, Rating, Rework, Role, Tool
from bot.ports import Transaction
from storage import arrays

_KEEP_SURVEYS = """
    INSERT INTO surveys (workspace_id, repository_id, number, state, rating_only, probability,
                         opened_at, expires_at, closed_at)
    SELECT $1, s.repository_id, s.number, 'closed', s.rating_only, 1, s.opened_at, s.closed_at,
           s.closed_at
      FROM unnest($2::bigint[], $3::integer[], $4::boolean[], $5::timestamptz[],
                  $6::timestamptz[])
        AS s (repository_id, number, rating_only, opened_at, closed_at)
    ON CONFLICT (workspace_id, repository_id, number) DO NOTHING
"""
_KEEP_PARTS = """
    INSERT INTO parts (workspace_id, survey_id, member_id, slack_user_id, role, guessable, state,
                       answer, tool, rework, rating, guess, outcome, send_at, asked_at,
                       changed_at, revealed_at)
    SELECT $1, s.survey_id, p.member_id, p.slack_user_id, p.role, p.guessable, p.state, p.answer,
           p.tool, p.rework, p.rating, p.guess, p.outcome, s.opened_at, s.opened_at,
           p.changed_at, p.revealed_at
      FROM unnest($2::bigint[], $3::integer[], $4::bigint[], $5::text[], $6::text[],
                  $7::boolean[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[],
                  $13::text[], $14::text[], $15::timestamptz[], $16::timestamptz[])
        AS p (repository_id, number, member_id, slack_user_id, role, guessable, state, answer,
              tool, rework, rating, guess, outcome, changed_at, revealed_at)
      JOIN surveys s ON s.workspace_id = $1 AND s.repository_id = p.repository_id
           AND s.number = p.number
    ON CONFLICT (workspace_id, survey_id, member_id) DO NOTHING
"""
_INTRODUCE = """
    UPDATE members m SET introduced_at = p.first
      FROM (SELECT member_id, min(asked_at) AS first FROM parts
             WHERE workspace_id = $1 AND member_id = ANY($2) GROUP BY member_id) AS p
     WHERE m.workspace_id = $1 AND m.member_id = p.member_id AND m.introduced_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class PastPart:
    """What one person said in a survey that is over."""

    member_id: MemberId
    slack_user_id: SlackUserId
    role: Role
    guessable: bool = False
    state: PartState = PartState.CLOSED
    answer: AiAnswer | None = None
    tool: Tool | None = None
    rework: Rework | None = None
    rating: Rating | None = None
    guess: Guess | None = None
    outcome: Outcome | None = None
    changed_at: datetime | None = None
    revealed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PastSurvey:
    """A survey that is over, with the parts of everybody who was asked."""

    repository_id: RepositoryId
    number: int
    rating_only: bool
    opened_at: datetime
    closed_at: datetime
    parts: tuple[PastPart, ...]


async def keep_surveys(tx: Transaction, found: Sequence[PastSurvey]) -> None:
    """Store surveys that are over, with what was said in them; who was asked knows the game."""
    surveys = [
        (one.repository_id, one.number, one.rating_only, one.opened_at, one.closed_at)
        for one in found
    ]
    await arrays.execute(tx, _KEEP_SURVEYS, surveys)
    parts = [(one.repository_id, one.number, *_said(part)) for one in found for part in one.parts]
    await arrays.execute(tx, _KEEP_PARTS, parts)
    asked = {part.member_id for one in found for part in one.parts}
    await tx.execute(_INTRODUCE, tx.workspace_id, sorted(asked))


def _said(part: PastPart) -> tuple[object, ...]:
    return (
        part.member_id,
        part.slack_user_id,
        part.role,
        part.guessable,
        part.state,
        part.answer,
        part.tool,
        part.rework,
        part.rating,
        part.guess,
        part.outcome,
        part.changed_at,
        part.revealed_at,
    )
