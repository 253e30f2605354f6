"""The marks of Replit Agent."""

from __future__ import annotations

from bot.domain.attributions.marks import Marks, patterns

MARKS = Marks(
    tool="replit",
    label="Replit Agent",
    lines=patterns(r"Replit-Commit-Author: Agent"),
)
