"""The marks of OpenHands."""

from __future__ import annotations

from bot.domain.attributions.marks import Marks

MARKS = Marks(
    tool="openhands",
    label="OpenHands",
    emails=("openhands@all-hands.dev",),
    note_names=("openhands",),
)
