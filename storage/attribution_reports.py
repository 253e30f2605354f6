"""What authors answered beside what the rules had seen, and what was last told of that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from bot.domain.attributions.evidence import Strength
from bot.domain.attributions.reports import AnswerFact, Basis, Rate, Report, Said
from bot.domain.ids import MemberId, SurveyId
from bot.ports import Row, Transaction

_ONE_AT_A_TIME = "SELECT FROM games WHERE workspace_id = $1 FOR NO KEY UPDATE"
_FACTS = """
    SELECT q.survey_id, q.member_id, q.answer <> 'no' AS said_ai, a.evidence
      FROM parts q
      JOIN surveys s ON s.workspace_id = q.workspace_id AND s.survey_id = q.survey_id
      JOIN attributions a ON a.workspace_id = s.workspace_id
           AND a.repository_id = s.repository_id AND a.number = s.number
      JOIN members m ON m.workspace_id = q.workspace_id AND m.member_id = q.member_id
     WHERE q.workspace_id = $1 AND q.role <> 'reviewer' AND q.answer IS NOT NULL
       AND s.opened_at > $2 AND NOT m.excluded
"""
_LAST = "SELECT report, basis, counted_at FROM attribution_reports WHERE workspace_id = $1"
_KEEP = """
    INSERT INTO attribution_reports (workspace_id, report, basis, counted_at)
         VALUES ($1, $2, $3, $4)
    ON CONFLICT (workspace_id) DO UPDATE
       SET report = EXCLUDED.report, basis = EXCLUDED.basis, counted_at = EXCLUDED.counted_at
"""


@dataclass(frozen=True, slots=True)
class Told:
    """A report as it was told, and when it was counted."""

    report: Report
    counted_at: datetime
    basis: Basis


async def answers(tx: Transaction, *, since: datetime) -> Sequence[AnswerFact]:
    """What the authors of surveys opened after `since` answered, people excluded left out.

    Counted one at a time: whoever asks meanwhile waits, and is told the same.
    """
    await tx.execute(_ONE_AT_A_TIME, tx.workspace_id)
    return [_fact(row) for row in await tx.fetch(_FACTS, tx.workspace_id, since)]


def _fact(row: Row) -> AnswerFact:
    by_strength: dict[str, set[str]] = {strength: set() for strength in Strength}
    for rule, _, strength, _, _ in row["evidence"]:
        by_strength[strength].add(rule)
    return AnswerFact(
        SurveyId(row["survey_id"]),
        MemberId(row["member_id"]),
        row["said_ai"],
        strong=frozenset(by_strength[Strength.STRONG]),
        weak=frozenset(by_strength[Strength.WEAK]),
    )


async def last(tx: Transaction) -> Told | None:
    """The report told last."""
    row = await tx.fetchrow(_LAST, tx.workspace_id)
    if row is None:
        return None
    basis = {
        cell: frozenset(Said(SurveyId(survey), MemberId(who), said) for survey, who, said in rows)
        for cell, rows in row["basis"].items()
    }
    return Told(_report(row["report"]), row["counted_at"], basis)


async def keep(tx: Transaction, report: Report, basis: Basis, *, now: datetime) -> None:
    """Remember what is told now, in place of the one before."""
    rows = {cell: sorted(said) for cell, said in basis.items()}
    await tx.execute(_KEEP, tx.workspace_id, _plain(report), rows, now)


def _plain(report: Report) -> dict[str, Any]:
    return {
        "answers": report.answers,
        "precision": {name: asdict(rate) for name, rate in report.precision.items()},
        "recall": asdict(report.recall) if report.recall is not None else None,
        "withheld": report.withheld,
    }


def _report(plain: Mapping[str, Any]) -> Report:
    recall = plain["recall"]
    return Report(
        plain["answers"],
        {name: Rate(**rate) for name, rate in plain["precision"].items()},
        Rate(**recall) if recall is not None else None,
        plain["withheld"],
    )
