"""The facts that the leaderboard counts, which weeks have been posted, and what was said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from bot.domain.ids import GithubLogin, MemberId
from bot.domain.leaderboards import (
    AnswerFact,
    Basis,
    Count,
    GuessFact,
    Measure,
    MergeFact,
    RatingFact,
    TeamFacts,
)
from bot.domain.leaderboards import (
    Row as Fact,
)
from bot.domain.surveys import Outcome, Rating
from bot.ports import Row, Transaction

_CLAIM = """
    INSERT INTO leaderboards (workspace_id, slot, posted_at) VALUES ($1, $2, $3)
        ON CONFLICT (workspace_id, slot) DO NOTHING
      RETURNING slot
"""
_ONE_AT_A_TIME = "SELECT FROM games WHERE workspace_id = $1 FOR NO KEY UPDATE"
_KEEP = "UPDATE leaderboards SET facts = $3, basis = $4 WHERE workspace_id = $1 AND slot = $2"
_FORGET_BASIS = """
    UPDATE leaderboards SET basis = NULL WHERE workspace_id = $1 AND basis IS NOT NULL
"""
_LAST_COUNT = "SELECT facts, basis FROM leaderboards WHERE workspace_id = $1 AND basis IS NOT NULL"
_LATEST = """
    SELECT facts, posted_at FROM leaderboards
     WHERE workspace_id = $1 AND facts IS NOT NULL ORDER BY posted_at DESC LIMIT 1
"""
_PARTS = """
    SELECT survey_id, member_id, role, answer, rating, guess, outcome, changed_at, revealed_at
      FROM parts
     WHERE workspace_id = $1 AND send_at > $2
"""
_CHANCES = "SELECT survey_id, probability FROM surveys WHERE workspace_id = $1 AND opened_at > $2"
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


# From the question to the last possible answer: the week a survey is open, and a day more.
_LONGEST = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class Said:
    """What people said; ratings and guesses only where the author is a member who was asked."""

    guesses: list[GuessFact]
    ratings: list[RatingFact]
    answers: list[AnswerFact]


@dataclass(frozen=True, slots=True)
class Counted:
    """The team's facts as a leaderboard said them, and when."""

    facts: TeamFacts
    posted_at: datetime


async def claim_slot(tx: Transaction, slot: str, *, now: datetime) -> bool:
    """Take a week's post for this transaction; false when it has been taken before.

    A workspace's posts wait for each other: two that both followed the same one would differ by
    what must not be told.
    """
    await tx.execute(_ONE_AT_A_TIME, tx.workspace_id)
    return await tx.fetchval(_CLAIM, tx.workspace_id, slot, now) is not None


async def last_count(tx: Transaction) -> Count | None:
    """What the last post said and what that rests on; None before the first."""
    row = await tx.fetchrow(_LAST_COUNT, tx.workspace_id)
    return None if row is None else Count(_facts(row["facts"]), _basis(row["basis"]))


async def keep(tx: Transaction, slot: str, count: Count) -> None:
    """Remember what was said, for those who ask before the next one, and what the next follows."""
    basis = {name: [astuple(fact) for fact in rows] for name, rows in _rows(count.basis)}
    await tx.execute(_FORGET_BASIS, tx.workspace_id)
    await tx.execute(_KEEP, tx.workspace_id, slot, asdict(count.facts), basis)


async def latest(tx: Transaction) -> Counted | None:
    """The newest leaderboard; None before the first."""
    row = await tx.fetchrow(_LATEST, tx.workspace_id)
    return None if row is None else Counted(_facts(row["facts"]), row["posted_at"])


def _facts(kept: Mapping[str, Any]) -> TeamFacts:
    merged, measures = kept["merged"], {n: m for n, m in kept.items() if n != "merged"}
    return TeamFacts(merged, **{name: m and Measure(**m) for name, m in measures.items()})


def _rows(basis: Basis) -> list[tuple[str, Sequence[Fact]]]:
    return [(field.name, getattr(basis, field.name)) for field in fields(basis)]


def _basis(kept: Mapping[str, Any]) -> Basis:
    return Basis(**{name: [Fact(*fact) for fact in rows] for name, rows in kept.items()})


async def said(tx: Transaction, *, since: datetime) -> Said:
    """Every guess revealed, rating and answer given after `since`.

    Brought together here and not in SQL: for a workspace it has no statistics of, PostgreSQL
    plans such joins as if there were one row, and reads everything again for each.
    """
    asked_since = since - _LONGEST
    parts = await tx.fetch(_PARTS, tx.workspace_id, asked_since)
    chances = await tx.fetch(_CHANCES, tx.workspace_id, asked_since)
    probability = {row["survey_id"]: row["probability"] for row in chances}
    authors = {row["survey_id"]: row for row in parts if row["role"] != "reviewer"}
    facts = Said([], [], [])
    for row in parts:
        _add(facts, row, authors.get(row["survey_id"]), probability[row["survey_id"]], since)
    return facts


def _add(facts: Said, row: Row, author: Row | None, probability: float, since: datetime) -> None:
    is_recent = row["changed_at"] is not None and row["changed_at"] > since
    if row["role"] != "reviewer":
        if is_recent and row["answer"] is not None:
            used_ai = row["answer"] != "no"
            facts.answers.append(AnswerFact(row["member_id"], used_ai, probability))
        return
    if author is None:
        return
    if is_recent and row["rating"] is not None:
        facts.ratings.append(
            RatingFact(
                row["member_id"],
                author["member_id"],
                Rating(row["rating"]),
                row["changed_at"],
                probability,
            )
        )
    if row["outcome"] in ("right", "wrong") and row["revealed_at"] > since:
        facts.guesses.append(
            GuessFact(
                row["member_id"],
                author["member_id"],
                author["answer"] != "no",
                row["guess"] == "yes",
                row["revealed_at"],
                probability,
            )
        )


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
