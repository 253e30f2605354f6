"""Whose work is it: the visible signs of AI on a pull request, and the person behind an agent's.

Everything here reads only what a webhook carries: accounts, title, body, branch. A sign keeps
reviewers from guessing what they can see; no sign means unknown, never human.
"""

from __future__ import annotations

from bot.domain.attributions.accounts import (
    agent_tool,
    initiator,
    is_agent,
    is_ai_reviewer,
    is_service_bot,
)
from bot.domain.attributions.signs import signals_of, why_shown

__all__ = [
    "agent_tool",
    "initiator",
    "is_agent",
    "is_ai_reviewer",
    "is_service_bot",
    "signals_of",
    "why_shown",
]
