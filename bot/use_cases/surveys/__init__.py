"""Surveys: opened at a merge, looked at whenever something changes, answered with clicks."""

from bot.use_cases.surveys.looks import look
from bot.use_cases.surveys.openings import follow_merge
from bot.use_cases.surveys.replies import Answered, NotYours, Unknown, answer
from bot.use_cases.surveys.wakes import look_later, wake_due

__all__ = [
    "Answered",
    "NotYours",
    "Unknown",
    "answer",
    "follow_merge",
    "look",
    "look_later",
    "wake_due",
]
