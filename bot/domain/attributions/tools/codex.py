"""Codex, the agent of OpenAI; noreply@openai.com alone may be anybody there."""

from __future__ import annotations

from bot.domain.attributions.marks import Marks, links, patterns

MARKS = Marks(
    tool="codex",
    label="Codex",
    logins=("codex",),
    github_ids=(267193182,),
    emails=("codex@openai.com",),
    credits=patterns(r"(?:OpenAI Codex|ChatGPT) <", r"Codex <(?:noreply@openai\.com)?>"),
    links=links(r"chatgpt\.com/codex/tasks/\w+"),
    branch_heads=("codex",),
    note_names=("codex", "codex-cli", "openai codex"),
)
