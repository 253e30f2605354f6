"""The marks of Windsurf."""

from __future__ import annotations

from bot.domain.attributions.marks import Marks

MARKS = Marks(
    tool="windsurf",
    label="Windsurf",
    emails=("cascade@windsurf.ai",),
    note_names=("windsurf", "cascade"),
)
