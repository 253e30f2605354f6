"""opencode; opencode@sst.dev is not it, but makes the releases."""

from __future__ import annotations

from bot.domain.attributions.marks import Marks

MARKS = Marks(
    tool="opencode",
    label="opencode",
    emails=("noreply@opencode.ai",),
    note_names=("opencode",),
)
