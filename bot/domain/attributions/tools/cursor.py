"""Cursor: its agents in the editor and the cloud; its reviewer's summaries are no authorship."""

from __future__ import annotations

from bot.domain.attributions.marks import Marks, lines, links, patterns

MARKS = Marks(
    tool="cursor",
    label="Cursor",
    logins=("cursor", "cursoragent"),
    bare_logins=("cursoragent",),
    emails=("cursoragent@cursor.com",),
    credits=patterns(r"Cursor Agent <", r"Cursor <>"),
    lines=lines(
        made_with=r"Made-with: Cursor",
        made_with_link=r"Made with \[Cursor\]\(https://cursor\.com/?\)",
        agent_marker=r"<!-- CURSOR_AGENT_PR_BODY_BEGIN.*",
    ),
    links=links(r"cursor\.com/agents(?:/|\?id=)\w+"),
    branch_heads=("cursor",),
    note_names=("cursor",),
    review_lines=lines(summary=r"<!-- CURSOR_SUMMARY -->"),
)
