"""GitHub Copilot: the coding agent and the command line; Autofix and old addresses are hints."""

from __future__ import annotations

from bot.domain.attributions.marks import Marks, lines, links, patterns

MARKS = Marks(
    tool="copilot",
    label="GitHub Copilot",
    logins=("copilot", "copilot-swe-agent"),
    bare_logins=("copilot", "copilot-swe-agent"),
    github_ids=(198982749, 223556219),
    credits=patterns(r"(?:GitHub )?Copilot(?: Agent| CLI)? <(?!copilot@github\.com>)"),
    lines=lines(
        session=r"Copilot-Session: \S+",
        agent_logs=r"Agent-Logs-Url: \S+",
        agent_marker=r"<!-- START COPILOT CODING AGENT.*",
    ),
    links=links(r"copilot-workspace\.githubnext\.com/[\w.-]+/[\w.-]+/(?:issues|pull)/\d+"),
    branch_heads=("copilot",),
    note_names=("copilot", "github-copilot", "github copilot", "copilot-cli"),
    weak_emails=("copilot@github.com",),
    weak_credits=patterns(r"Copilot Autofix powered by AI <"),
    weak_lines=lines(autofix=r"Copilot Autofix powered by AI"),
)
