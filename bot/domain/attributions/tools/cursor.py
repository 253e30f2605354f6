"""Cursor: its agents in the editor and the cloud; its review summaries count as weak signs."""

from __future__ import annotations

from bot.domain.attributions.marks import Marks, links, patterns

MARKS = Marks(
    tool="cursor",
    label="Cursor",
    logins=("cursor",),
    emails=("cursoragent@cursor.com",),
    credits=patterns(r"Cursor Agent <", r"Cursor <>"),
    lines=patterns(
        r"Made-with: Cursor",
        r"Made with \[Cursor\]\(https://cursor\.com/?\)",
        r"<!-- CURSOR_AGENT_PR_BODY_BEGIN.*",
        r"<!-- CURSOR_SUMMARY -->",
    ),
    links=links(r"cursor\.com/agents(?:/|\?id=)\w+"),
    branch_heads=("cursor",),
)
