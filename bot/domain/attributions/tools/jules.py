"""Jules, the agent of Google, which says by whom it was started."""

from __future__ import annotations

from bot.domain.attributions.marks import Marks, lines, links

MARKS = Marks(
    tool="jules",
    label="Jules",
    logins=("google-labs-jules",),
    github_ids=(161369871,),
    lines=lines(task=r"PR created automatically by Jules for task \[.*"),
    links=links(r"jules\.google\.com/task/\d+"),
    note_names=("jules",),
)
