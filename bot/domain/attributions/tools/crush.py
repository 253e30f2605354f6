"""The marks of Crush."""

from __future__ import annotations

from bot.domain.attributions.marks import Marks

MARKS = Marks(
    tool="crush",
    label="Crush",
    emails=("crush@charm.land",),
    note_names=("crush",),
)
