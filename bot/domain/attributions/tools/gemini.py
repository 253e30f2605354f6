"""The marks of Gemini."""

from __future__ import annotations

from bot.domain.attributions.marks import Marks, patterns

MARKS = Marks(
    tool="gemini",
    label="Gemini",
    credits=patterns(r"Gemini(?: CLI| \d[\w. -]*|:[\w.-]+(?: [^<]*)?) <"),
    note_names=("gemini", "gemini-cli"),
)
