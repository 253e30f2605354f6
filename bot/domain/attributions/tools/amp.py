"""The marks of Amp."""

from __future__ import annotations

from bot.domain.attributions.marks import Marks, patterns

MARKS = Marks(
    tool="amp",
    label="Amp",
    emails=("amp@ampcode.com",),
    lines=patterns(r"Amp-Thread-ID: https://ampcode\.com/threads/T-\S+"),
)
