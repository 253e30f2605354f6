"""Aider adds itself to the names of those who use it."""

from __future__ import annotations

from bot.domain.attributions.marks import Marks, patterns

MARKS = Marks(
    tool="aider",
    label="Aider",
    emails=("aider@aider.chat", "noreply@aider.chat"),
    credits=patterns(r".+ \(aider\) <", r"aider \([^)]+\) <"),
    note_names=("aider",),
)
