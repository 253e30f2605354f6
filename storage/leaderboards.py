"""The facts that the leaderboard counts, and which weeks have been posted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from bot.domain.ids import GithubLogin, MemberId
from bot.domain.leaderboards import (
    AnswerFact,
    GuessFact,
    Measure,
    MergeFact,
    RatingFact,
    TeamFacts,
)
from bot.domain.surveys import Outcome, Rating
from bot.ports import Transaction

_CLAIM = """
    INSERT INTO leaderboards (workspace_id, slot, posted_at) VALUES ($1, $2, $3)
        ON CONFLICT (workspace_id, slot) DO NOTHING
      RETURNING slot
"""
_KEEP_FACTS = "UPDATE leaderboards SET facts = $3 WHERE workspace_id = $1 AND slot = $2"
_LATEST = """
    SELECT facts, posted_at FROM leaderboards
     WHERE workspace_id = $1 AND facts IS NOT NULL ORDER BY posted_at DESC LIMIT 1
"""
_GUESSES = """
    SELECT p.member_id AS detective, a.member_id AS author, a.answer <> 'no' AS was_ai,
           p.guess = 'yes' AS said_ai, p.revealed_at, s.probability
      FROM parts p
      JOIN surveys s ON s.workspace_id = p.workspace_id AND s.survey_id = p.survey_id
      JOIN parts a ON a.workspace_id = p.workspace_id AND a.survey_id = p.survey_id
           AND a.role <> 'reviewer'
     WHERE p.workspace_id = $1 AND p.revealed_at > $2 AND p.outcome IN ('right', 'wrong')
"""
_RATINGS = """
    SELECT p.member_id AS rater, a.member_id AS author, p.rating, p.changed_at AS rated_at,
           s.probability
      FROM parts p
      JOIN surveys s ON s.workspace_id = p.workspace_id AND s.survey_id = p.survey_id
      JOIN parts a ON a.workspace_id = p.workspace_id AND a.survey_id = p.survey_id
           AND a.role <> 'reviewer'
     WHERE p.workspace_id = $1 AND p.changed_at > $2 AND p.rating IS NOT NULL
       AND p.role = 'reviewer'
"""
_ANSWERS = """
    SELECT p.member_id AS author, p.answer <> 'no' AS used_ai, s.probability
      FROM parts p
      JOIN surveys s ON s.workspace_id = p.workspace_id AND s.survey_id = p.survey_id
     WHERE p.workspace_id = $1 AND p.changed_at > $2 AND p.answer IS NOT NULL
"""
_MERGES = """
    SELECT p.author_login AS author, p.opened_at, r.reviewer_login AS first_reviewer,
           r.submitted_at AS first_review_at
      FROM pull_requests p
      LEFT JOIN LATERAL (
            SELECT v.reviewer_login, v.submitted_at
              FROM reviews v
             WHERE v.workspace_id = p.workspace_id AND v.repository_id = p.repository_id
               AND v.number = p.number AND v.reviewer_kind = 'user'
               AND v.reviewer_id <> p.author_id
             ORDER BY v.submitted_at, v.review_id LIMIT 1) r ON true
     WHERE p.workspace_id = $1 AND p.merged_at > $2 AND p.merged_at <= $3
"""
_OUTCOMES = """
    SELECT outcome FROM parts
     WHERE workspace_id = $1 AND member_id = $2 AND outcome IN ('right', 'wrong')
"""
_ANSWERED = """
    SELECT count(*) FROM parts
     WHERE workspace_id = $1 AND member_id = $2 AND (answer IS NOT NULL OR rating IS NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class Counted:
    """The team's facts as a leaderboard said them, and when."""

    facts: TeamFacts
    posted_at: datetime


async def claim_slot(tx: Transaction, slot: str, *, now: datetime) -> bool:
    """Take a week's post for this transaction; false when it has been taken before."""
    return await tx.fetchval(_CLAIM, tx.workspace_id, slot, now) is not None


async def keep_facts(tx: Transaction, slot: str, facts: TeamFacts) -> None:
    """Remember what was said, for those who ask before the next one."""
    await tx.execute(_KEEP_FACTS, tx.workspace_id, slot, asdict(facts))


async def latest(tx: Transaction) -> Counted | None:
    """The newest leaderboard; None before the first."""
    row = await tx.fetchrow(_LATEST, tx.workspace_id)
    return None if row is None else Counted(_facts(row["facts"]), row["posted_at"])


def _facts(kept: Mapping[str, Any]) -> TeamFacts:
    merged, measures = kept["merged"], {n: m for n, m in kept.items() if n != "merged"}
    return TeamFacts(merged, **{name: m and Measure(**m) for name, m in measures.items()})


async def guesses(tx: Transaction, *, since: datetime) -> Sequence[GuessFact]:
    """Every guess revealed after `since`."""
    return [GuessFact(**row) for row in await tx.fetch(_GUESSES, tx.workspace_id, since)]


async def ratings(tx: Transaction, *, since: datetime) -> Sequence[RatingFact]:
    """Every reviewer's rating given after `since`, where the author is a member who was asked."""
    rows = await tx.fetch(_RATINGS, tx.workspace_id, since)
    return [RatingFact(**{**row, "rating": Rating(row["rating"])}) for row in rows]


async def answers(tx: Transaction, *, since: datetime) -> Sequence[AnswerFact]:
    """Every author's answer given after `since`."""
    return [AnswerFact(**row) for row in await tx.fetch(_ANSWERS, tx.workspace_id, since)]


async def merges(tx: Transaction, *, since: datetime, until: datetime) -> Sequence[MergeFact]:
    """Every pull request merged in the window, with its first review by somebody else."""
    rows = await tx.fetch(_MERGES, tx.workspace_id, since, until)
    return [MergeFact(**{**row, "author": GithubLogin(row["author"])}) for row in rows]


async def outcomes(tx: Transaction, member_id: MemberId) -> Sequence[Outcome]:
    """How all of a member's revealed guesses turned out."""
    rows = await tx.fetch(_OUTCOMES, tx.workspace_id, member_id)
    return [Outcome(row["outcome"]) for row in rows]


async def answered(tx: Transaction, member_id: MemberId) -> int:
    """How many surveys a member has answered, at least in part."""
    count: int = await tx.fetchval(_ANSWERED, tx.workspace_id, member_id)
    return count
