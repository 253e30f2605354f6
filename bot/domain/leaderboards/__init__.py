"""The weekly leaderboard: detectives, quality champions, team facts, and when it is posted."""

from __future__ import annotations

from bot.domain.leaderboards.cells import Measure, Row, may_follow
from bot.domain.leaderboards.champions import Praise, RatingFact, champions
from bot.domain.leaderboards.places import Place, Standings, Suppressed
from bot.domain.leaderboards.ranking import (
    WINDOW,
    GuessFact,
    Tally,
    lower_bound,
    rank,
    tally,
)
from bot.domain.leaderboards.slots import last_slot, next_slot, week_of
from bot.domain.leaderboards.team_facts import (
    AnswerFact,
    Basis,
    Count,
    MergeFact,
    TeamFacts,
    team_facts,
)

__all__ = [
    "WINDOW",
    "AnswerFact",
    "Basis",
    "Count",
    "GuessFact",
    "Measure",
    "MergeFact",
    "Place",
    "Praise",
    "RatingFact",
    "Row",
    "Standings",
    "Suppressed",
    "Tally",
    "TeamFacts",
    "champions",
    "last_slot",
    "lower_bound",
    "may_follow",
    "next_slot",
    "rank",
    "tally",
    "team_facts",
    "week_of",
]
