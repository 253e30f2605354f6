"""The marks of Replit Agent."""

from __future__ import annotations

from bot.domain.attributions.marks import Marks, lines

MARKS = Marks(
    tool="replit",
    label="Replit Agent",
    lines=lines(commit_author=r"Replit-Commit-Author: Agent"),
    note_names=("replit",),
)
