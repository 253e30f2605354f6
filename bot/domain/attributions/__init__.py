"""Whose work is it: the visible signs of AI on a pull request, and the person behind an agent's.

Texts are read once (`traces_of`); what is kept of them is judged by rules (`judge`), as often as
the rules change. A sign keeps reviewers from guessing what they can see; no sign means unknown,
never human.
"""

from __future__ import annotations

from bot.domain.attributions.accounts import (
    account_of_address,
    agent_tool,
    is_agent,
    is_ai_reviewer,
    is_service_bot,
)
from bot.domain.attributions.initiators import initiator
from bot.domain.attributions.marks import VERSION
from bot.domain.attributions.signs import signals_of, why_shown
from bot.domain.attributions.texts import CommitText, PullRequestTexts
from bot.domain.attributions.traces import traces_of

__all__ = [
    "VERSION",
    "CommitText",
    "PullRequestTexts",
    "account_of_address",
    "agent_tool",
    "initiator",
    "is_agent",
    "is_ai_reviewer",
    "is_service_bot",
    "signals_of",
    "traces_of",
    "why_shown",
]
