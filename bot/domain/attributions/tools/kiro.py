"""The marks of Kiro."""

from __future__ import annotations

from bot.domain.attributions.marks import Marks

MARKS = Marks(
    tool="kiro",
    label="Kiro",
    logins=("kiro-agent",),
    bare_logins=("kiro-agent",),
    github_ids=(244629292,),
    note_names=("kiro",),
)
