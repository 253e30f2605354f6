"""Facts about pull requests: what was measured, by which definition, among whose work."""

from bot.domain.facts.calendars import Calendar, working_s
from bot.domain.facts.facts import (
    BUCKETS_EACH,
    UNKNOWN_TIER,
    Facts,
    History,
    Measure,
    Person,
    Times,
    facts_of,
    lines_of,
    week_of,
)
from bot.domain.facts.filters import FactSettings, Population, is_hotfix, is_noise, mistakes
from bot.domain.facts.reverts import NO_REVERSAL, REVERTS, Reversal, reversal_of, revert_traces
from bot.domain.facts.reviewing import count_bot_reviews, reviews_by_others, rounds_of
from bot.domain.facts.spans import Span, before, from_then, length_s, ready_spans

__all__ = [
    "BUCKETS_EACH",
    "NO_REVERSAL",
    "REVERTS",
    "UNKNOWN_TIER",
    "Calendar",
    "FactSettings",
    "Facts",
    "History",
    "Measure",
    "Person",
    "Population",
    "Reversal",
    "Span",
    "Times",
    "before",
    "count_bot_reviews",
    "facts_of",
    "from_then",
    "is_hotfix",
    "is_noise",
    "length_s",
    "lines_of",
    "mistakes",
    "ready_spans",
    "reversal_of",
    "revert_traces",
    "reviews_by_others",
    "rounds_of",
    "week_of",
    "working_s",
]
