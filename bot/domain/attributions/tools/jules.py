"""The marks of Jules."""

from __future__ import annotations

from bot.domain.attributions.marks import Marks, patterns

MARKS = Marks(
    tool="jules",
    label="Jules",
    logins=("google-labs-jules",),
    github_ids=(161369871,),
    lines=patterns(r"PR created automatically by Jules for task \[.*"),
)
