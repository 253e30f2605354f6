"""Tells how good the rules are, by what authors answered, without telling of anybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.attributions.reports import NOTHING, Report, report
from bot.ports import Transaction
from storage import attribution_reports, games

WINDOW = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class ToldReport:
    """A report on the answers of the `WINDOW` before `counted_at`."""

    report: Report
    counted_at: datetime


async def report_rules(tx: Transaction, *, now: datetime) -> ToldReport:
    """Each rule's precision and the recall of all, for groups large enough only.

    Whoever asks between two counts is told the same: counted anew, the difference could be one
    person's answer. It is counted anew once enough others have answered.
    """
    threshold = (await games.get(tx)).threshold
    facts = await attribution_reports.answers(tx, since=now - WINDOW)
    last = await attribution_reports.last(tx)
    before = last.basis if last is not None and now - last.counted_at < WINDOW else NOTHING
    counted = report(facts, threshold=threshold, before=before)
    if counted is None:
        assert last is not None, "with nothing told before anything may be told"
        return ToldReport(last.report, last.counted_at)
    told, basis = counted
    await attribution_reports.keep(tx, told, basis, now=now)
    return ToldReport(told, now)
