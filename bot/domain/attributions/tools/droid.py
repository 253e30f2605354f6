"""The marks of Factory Droid."""

from __future__ import annotations

from bot.domain.attributions.marks import Marks

MARKS = Marks(
    tool="droid",
    label="Factory Droid",
    logins=("factory-droid",),
    github_ids=(138933559,),
    note_names=("droid", "factory-droid"),
)
