"""The marks of Roo."""

from __future__ import annotations

from bot.domain.attributions.marks import Marks

MARKS = Marks(
    tool="roo",
    label="Roo",
    emails=("roomote@roocode.com",),
    note_names=("roo", "roo-code"),
)
