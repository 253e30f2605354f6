"""Devin works through an app and links to its runs."""

from __future__ import annotations

from bot.domain.attributions.marks import Marks, lines, links

MARKS = Marks(
    tool="devin",
    label="Devin",
    logins=("devin-ai-integration",),
    bare_logins=("devin-ai-integration",),
    lines=lines(run=r"[-*\[ ]*Link to Devin run[\]*]*(?:[:(].*)?"),
    links=links(r"app\.devin\.ai/sessions/\w+"),
    branch_heads=("devin",),
    note_names=("devin",),
)
