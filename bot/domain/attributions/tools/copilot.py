"""GitHub Copilot: the coding agent, the command line, and Autofix."""

from __future__ import annotations

from bot.domain.attributions.marks import Marks, patterns

MARKS = Marks(
    tool="copilot",
    label="GitHub Copilot",
    logins=("copilot", "copilot-swe-agent"),
    bare_logins=("copilot", "copilot-swe-agent"),
    github_ids=(198982749, 223556219),
    emails=("copilot@github.com",),
    credits=patterns(r"(?:GitHub )?Copilot(?: Autofix powered by AI)? <"),
    lines=patterns(
        r"Agent-Logs-Url: \S+",
        r"Copilot-Session: \S+",
        r"Copilot Autofix powered by AI",
        r"<!-- START COPILOT CODING AGENT.*",
    ),
    branch_heads=("copilot",),
)
