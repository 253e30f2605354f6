"""Surveys and their parts: what was asked about a merge, and what people said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import MemberId, PartId, RepositoryId, SlackUserId, SurveyId
from bot.domain.surveys import (
    AiAnswer,
    Guess,
    Outcome,
    Part,
    PartState,
    Rating,
    Rework,
    Role,
    Tool,
)
from bot.ports import Row, Transaction

LOOK = "surveys.look"

_OPEN = """
    INSERT INTO surveys (workspace_id, repository_id, number, state, rating_only, probability,
                         opened_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (workspace_id, repository_id, number) DO NOTHING
      RETURNING survey_id
"""
_FIND = """
    SELECT survey_id, repository_id, number, state, rating_only, opened_at, expires_at
      FROM surveys
     WHERE workspace_id = $1 AND repository_id = $2 AND number = $3
       FOR UPDATE
"""
_LOCK = """
    SELECT survey_id, repository_id, number, state, rating_only, opened_at, expires_at
      FROM surveys
     WHERE workspace_id = $1 AND survey_id = $2
       FOR UPDATE
"""
_CLOSE = """
    UPDATE surveys SET state = 'closed', closed_at = $3
     WHERE workspace_id = $1 AND survey_id = $2 AND state = 'open'
"""
_EXPIRED = """
    SELECT survey_id FROM surveys
     WHERE workspace_id = $1 AND state = 'open' AND expires_at <= $2
    UNION
    SELECT p.survey_id
      FROM parts p
      JOIN surveys s ON s.workspace_id = p.workspace_id AND s.survey_id = p.survey_id
     WHERE p.workspace_id = $1 AND p.state = 'waiting' AND p.send_at <= $2 AND s.state = 'open'
     ORDER BY survey_id LIMIT 1000
"""
_NEXT_MOMENT = """
    SELECT min(at) FROM (
        SELECT expires_at AS at FROM surveys
         WHERE workspace_id = $1 AND state = 'open' AND expires_at > $2
        UNION ALL
        SELECT p.send_at
          FROM parts p
          JOIN surveys s ON s.workspace_id = p.workspace_id AND s.survey_id = p.survey_id
         WHERE p.workspace_id = $1 AND p.state = 'waiting' AND p.send_at > $2 AND s.state = 'open'
    ) AS moments
"""
_CONCERNING = """
    SELECT DISTINCT p.survey_id
      FROM parts p
      JOIN surveys s ON s.workspace_id = p.workspace_id AND s.survey_id = p.survey_id
     WHERE p.workspace_id = $1 AND p.member_id = $2 AND s.state = 'open'
"""
_ALL_OPEN = """
    SELECT survey_id FROM surveys WHERE workspace_id = $1 AND state = 'open' ORDER BY survey_id
"""
_ADD_PART = """
    INSERT INTO parts (workspace_id, survey_id, member_id, slack_user_id, role, guessable, state,
                       send_at)
         VALUES ($1, $2, $3, $4, $5, $6, 'waiting', $7)
    ON CONFLICT (workspace_id, survey_id, member_id) DO UPDATE
       SET state = CASE WHEN parts.asked_at IS NULL THEN 'waiting' ELSE 'asked' END,
           send_at = CASE WHEN parts.asked_at IS NULL THEN EXCLUDED.send_at ELSE parts.send_at END,
           guessable = EXCLUDED.guessable
     WHERE parts.state = 'closed' AND parts.outcome IS NULL
"""
_PARTS = """
    SELECT part_id, survey_id, member_id, slack_user_id, role, guessable, state, answer, reveal_ok,
           tool, rework, rating, guess, outcome, introduces, send_at, asked_at, revealed_at,
           response_url, response_url_at
      FROM parts
     WHERE workspace_id = $1 AND survey_id = $2
     ORDER BY part_id
       FOR UPDATE
"""
_KEEP_PART = """
    UPDATE parts
       SET state = $3, outcome = $4, revealed_at = $5, guessable = $6, asked_at = $7,
           send_at = $8, introduces = $9
     WHERE workspace_id = $1 AND part_id = $2
"""
_WITHDRAW = """
    UPDATE parts
       SET state = CASE WHEN role = 'reviewer' THEN 'closed' ELSE state END,
           role = CASE WHEN role = 'combined' THEN 'author' ELSE role END
     WHERE workspace_id = $1 AND part_id = $2 AND rating IS NULL AND state IN ('waiting', 'asked')
"""
_COMBINE = """
    UPDATE parts SET role = 'combined'
     WHERE workspace_id = $1 AND survey_id = $2 AND member_id = $3 AND role = 'author'
"""
_SEND_TIMES = """
    SELECT member_id, send_at FROM parts
     WHERE workspace_id = $1 AND member_id = ANY($2) AND send_at > $3
       AND survey_id IS DISTINCT FROM $4 AND (asked_at IS NOT NULL OR state = 'waiting')
     ORDER BY send_at
"""
_OPEN_OF = """
    SELECT p.part_id, r.title, r.url, r.repository, r.number, r.author_login, s.expires_at
      FROM parts p
      JOIN surveys s ON s.workspace_id = p.workspace_id AND s.survey_id = p.survey_id
      JOIN pull_requests r ON r.workspace_id = s.workspace_id
           AND r.repository_id = s.repository_id AND r.number = s.number
     WHERE p.workspace_id = $1 AND p.member_id = $2 AND p.state = 'asked' AND s.state = 'open'
       AND CASE p.role
               WHEN 'author' THEN p.answer IS NULL
               WHEN 'reviewer' THEN p.rating IS NULL OR (p.guessable AND p.guess IS NULL)
               ELSE p.answer IS NULL OR p.rating IS NULL
           END
     ORDER BY p.asked_at DESC LIMIT $3
"""
_OUTCOMES = """
    SELECT outcome FROM parts
     WHERE workspace_id = $1 AND member_id = $2 AND outcome IN ('right', 'wrong')
       AND (revealed_at, part_id) <= ($3, $4)
"""


@dataclass(frozen=True, slots=True)
class Survey:
    """One survey; `state` is `open`, `closed` or `drawn_out` (not asked, to spare people)."""

    survey_id: SurveyId
    repository_id: RepositoryId
    number: int
    state: str
    rating_only: bool
    opened_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class KeptPart:
    """A part with what the database knows beside the rules: whom, when, and how to reach it."""

    part: Part
    slack_user_id: SlackUserId
    introduces: bool
    send_at: datetime
    asked_at: datetime | None
    response_url: str | None
    response_url_at: datetime | None


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A survey part that waits for its person."""

    part_id: PartId
    title: str
    url: str
    repository: str
    number: int
    author_login: str
    expires_at: datetime


async def open_survey(
    tx: Transaction,
    repository_id: RepositoryId,
    number: int,
    *,
    drawn: bool,
    rating_only: bool,
    probability: float,
    now: datetime,
    expires_at: datetime,
) -> SurveyId | None:
    """Open the survey of a pull request; None when it was opened before."""
    state = "open" if drawn else "drawn_out"
    row = (repository_id, number, state, rating_only, probability, now, expires_at)
    survey_id: SurveyId | None = await tx.fetchval(_OPEN, tx.workspace_id, *row)
    return survey_id


async def find(tx: Transaction, repository_id: RepositoryId, number: int) -> Survey | None:
    """The survey of a pull request, locked."""
    row = await tx.fetchrow(_FIND, tx.workspace_id, repository_id, number)
    return None if row is None else Survey(**row)


async def lock(tx: Transaction, survey_id: SurveyId) -> Survey | None:
    row = await tx.fetchrow(_LOCK, tx.workspace_id, survey_id)
    return None if row is None else Survey(**row)


async def close(tx: Transaction, survey_id: SurveyId, *, now: datetime) -> None:
    await tx.execute(_CLOSE, tx.workspace_id, survey_id, now)


async def due(tx: Transaction, *, now: datetime) -> Sequence[SurveyId]:
    """Surveys that have expired or have something to send."""
    return [row["survey_id"] for row in await tx.fetch(_EXPIRED, tx.workspace_id, now)]


async def next_moment(tx: Transaction, *, now: datetime) -> datetime | None:
    """When the next survey expires or has something to send; None: none is open."""
    moment: datetime | None = await tx.fetchval(_NEXT_MOMENT, tx.workspace_id, now)
    return moment


async def concerning(tx: Transaction, member_id: MemberId) -> Sequence[SurveyId]:
    """Open surveys in which a member has a part."""
    rows = await tx.fetch(_CONCERNING, tx.workspace_id, member_id)
    return [row["survey_id"] for row in rows]


async def all_open(tx: Transaction) -> Sequence[SurveyId]:
    return [row["survey_id"] for row in await tx.fetch(_ALL_OPEN, tx.workspace_id)]


async def add_part(
    tx: Transaction,
    survey_id: SurveyId,
    member_id: MemberId,
    slack_user_id: SlackUserId,
    role: Role,
    *,
    guessable: bool,
    send_at: datetime,
) -> None:
    """Ask one more person; one whose question had been taken back is asked again.

    Where it had been sent before, the same message asks again and no new one counts.
    """
    row = (survey_id, member_id, slack_user_id, role, guessable, send_at)
    await tx.execute(_ADD_PART, tx.workspace_id, *row)


async def parts(tx: Transaction, survey_id: SurveyId) -> Sequence[KeptPart]:
    """All parts of a survey, locked, in the order they were made."""
    return [_kept(row) for row in await tx.fetch(_PARTS, tx.workspace_id, survey_id)]


async def keep_part(tx: Transaction, kept: KeptPart) -> None:
    """Keep what looking again has decided; what the person said is not touched."""
    part = kept.part
    await tx.execute(
        _KEEP_PART,
        tx.workspace_id,
        part.part_id,
        part.state,
        part.outcome,
        part.revealed_at,
        part.guessable,
        kept.asked_at,
        kept.send_at,
        kept.introduces,
    )


async def withdraw(tx: Transaction, part_id: PartId) -> None:
    """Take a question back; from the author's own part only the reviewer's half."""
    await tx.execute(_WITHDRAW, tx.workspace_id, part_id)


async def combine(tx: Transaction, survey_id: SurveyId, member_id: MemberId) -> None:
    """The author approved their own pull request: one message asks both."""
    await tx.execute(_COMBINE, tx.workspace_id, survey_id, member_id)


async def send_times(
    tx: Transaction, member_ids: Sequence[MemberId], *, since: datetime, but: SurveyId | None
) -> Sequence[tuple[MemberId, datetime]]:
    """When each member was or will be asked from `since` on, about other surveys than `but`."""
    rows = await tx.fetch(_SEND_TIMES, tx.workspace_id, list(member_ids), since, but)
    return [(row["member_id"], row["send_at"]) for row in rows]


async def outcomes(
    tx: Transaction, member_id: MemberId, *, until: datetime, part_id: PartId
) -> Sequence[Outcome]:
    """How a member's revealed guesses turned out, up to one part's reveal."""
    rows = await tx.fetch(_OUTCOMES, tx.workspace_id, member_id, until, part_id)
    return [Outcome(row["outcome"]) for row in rows]


async def open_questions(
    tx: Transaction, member_id: MemberId, *, limit: int = 100
) -> Sequence[OpenQuestion]:
    """What still waits for this person's answer, the newest first."""
    rows = await tx.fetch(_OPEN_OF, tx.workspace_id, member_id, limit)
    return [OpenQuestion(**row) for row in rows]


def _kept(row: Row) -> KeptPart:
    return KeptPart(
        part=part_of(row),
        slack_user_id=row["slack_user_id"],
        introduces=row["introduces"],
        send_at=row["send_at"],
        asked_at=row["asked_at"],
        response_url=row["response_url"],
        response_url_at=row["response_url_at"],
    )


def part_of(row: Row) -> Part:
    """A row of parts as the rules see it."""
    return Part(
        part_id=row["part_id"],
        survey_id=row["survey_id"],
        member_id=row["member_id"],
        role=Role(row["role"]),
        guessable=row["guessable"],
        state=PartState(row["state"]),
        answer=row["answer"] and AiAnswer(row["answer"]),
        reveal_ok=row["reveal_ok"],
        tool=row["tool"] and Tool(row["tool"]),
        rework=row["rework"] and Rework(row["rework"]),
        rating=row["rating"] and Rating(row["rating"]),
        guess=row["guess"] and Guess(row["guess"]),
        outcome=row["outcome"] and Outcome(row["outcome"]),
        revealed_at=row["revealed_at"],
        sent=row["asked_at"] is not None,
    )
