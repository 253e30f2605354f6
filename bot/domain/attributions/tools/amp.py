"""The marks of Amp."""

from __future__ import annotations

from bot.domain.attributions.marks import Marks, lines, links

MARKS = Marks(
    tool="amp",
    label="Amp",
    emails=("amp@ampcode.com",),
    lines=lines(thread=r"Amp-Thread-ID: https://ampcode\.com/threads/T-\S+"),
    links=links(r"ampcode\.com/threads/T-[\w-]+"),
    note_names=("amp",),
)
