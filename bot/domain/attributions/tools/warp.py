"""The marks of Warp."""

from __future__ import annotations

from bot.domain.attributions.marks import Marks

MARKS = Marks(
    tool="warp",
    label="Warp",
    emails=("agent@warp.dev", "oz-agent@warp.dev"),
    note_names=("warp",),
)
