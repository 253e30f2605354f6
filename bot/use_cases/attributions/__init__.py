"""Says whose work pull requests are, and lets people put that right."""

from bot.use_cases.attributions.corrections import (
    OPERATOR,
    Corrected,
    Seen,
    declare,
    dismiss,
    mine,
    restore,
    show,
)
from bot.use_cases.attributions.judgements import hear_author, judge, keep_traces
from bot.use_cases.attributions.reports import ToldReport, report_rules
from bot.use_cases.attributions.reprocessing import (
    REPROCESS,
    JudgedPage,
    count_waiting,
    is_any_waiting,
    judge_page,
)

__all__ = [
    "OPERATOR",
    "REPROCESS",
    "Corrected",
    "JudgedPage",
    "Seen",
    "ToldReport",
    "count_waiting",
    "declare",
    "dismiss",
    "hear_author",
    "is_any_waiting",
    "judge",
    "judge_page",
    "keep_traces",
    "mine",
    "report_rules",
    "restore",
    "show",
]
