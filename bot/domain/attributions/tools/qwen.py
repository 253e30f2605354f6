"""The marks of Qwen Coder."""

from __future__ import annotations

from bot.domain.attributions.marks import Marks

MARKS = Marks(
    tool="qwen",
    label="Qwen Coder",
    emails=("qwen-coder@alibabacloud.com",),
    note_names=("qwen", "qwen-code"),
)
