"""Says whose work pull requests are, and lets people put that right."""

from bot.use_cases.attributions.admins import (
    OPERATOR,
    Corrected,
    correct,
    correct_in_slack,
    evidence,
    show,
)
from bot.use_cases.attributions.authors import declare, mine
from bot.use_cases.attributions.judgements import hear_author, judge, keep_traces
from bot.use_cases.attributions.pushes import hear_push
from bot.use_cases.attributions.reports import ToldReport, report_rules
from bot.use_cases.attributions.reprocessing import (
    REPROCESS,
    JudgedPage,
    count_waiting,
    is_any_waiting,
    judge_page,
)
from storage.attribution_corrections import Seen

__all__ = [
    "OPERATOR",
    "REPROCESS",
    "Corrected",
    "JudgedPage",
    "Seen",
    "ToldReport",
    "correct",
    "correct_in_slack",
    "count_waiting",
    "declare",
    "evidence",
    "hear_author",
    "hear_push",
    "is_any_waiting",
    "judge",
    "judge_page",
    "keep_traces",
    "mine",
    "report_rules",
    "show",
]
