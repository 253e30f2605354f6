"""Says whose work pull requests are, and lets people put that right."""

from bot.use_cases.attributions.judgements import hear_author, judge, keep_traces
from bot.use_cases.attributions.reprocessing import (
    REPROCESS,
    JudgedPage,
    count_waiting,
    is_any_waiting,
    judge_page,
)

__all__ = [
    "REPROCESS",
    "JudgedPage",
    "count_waiting",
    "hear_author",
    "is_any_waiting",
    "judge",
    "judge_page",
    "keep_traces",
]
