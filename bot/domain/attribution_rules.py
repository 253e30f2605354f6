"""The signs by which AI tools mark their work, one row each; adding a tool is adding rows.

Source: what the tools wrote in public repositories up to November 2026. Raise VERSION with every
change, so that what was decided by older rules can be found and decided again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

VERSION = 1


@dataclass(frozen=True, slots=True)
class Rule:
    tool: str
    pattern: re.Pattern[str]


def _line(tool: str, whole_line: str) -> Rule:
    """Match a line that says just this, whether plain, small or in italics."""
    decorated = rf"^(?:[ \t*_]|<su[bp]>)*(?:{whole_line})(?:[ \t*_]|</su[bp]>)*$"
    return Rule(tool, re.compile(decorated, re.MULTILINE | re.IGNORECASE))


def _link(tool: str, address: str) -> Rule:
    return Rule(tool, re.compile(rf"(?<![\w.-])(?:https?://)?(?:www\.)?{address}", re.IGNORECASE))


def _credit(tool: str, name_and_address: str) -> Rule:
    return Rule(tool, re.compile(name_and_address, re.IGNORECASE))


TOOL_NAMES = {
    "aider": "Aider",
    "amp": "Amp",
    "claude_code": "Claude Code",
    "codex": "Codex",
    "copilot": "GitHub Copilot",
    "crush": "Crush",
    "cursor": "Cursor",
    "devin": "Devin",
    "droid": "Factory Droid",
    "gemini": "Gemini",
    "jules": "Jules",
    "kiro": "Kiro",
    "opencode": "opencode",
    "openhands": "OpenHands",
    "qwen": "Qwen Coder",
    "replit": "Replit Agent",
    "roo": "Roo",
    "warp": "Warp",
    "windsurf": "Windsurf",
}

AGENTS = {
    "claude": "claude_code",
    "codex": "codex",
    "copilot": "copilot",
    "copilot-swe-agent": "copilot",
    "cursor": "cursor",
    "devin-ai-integration": "devin",
    "factory-droid": "droid",
    "google-labs-jules": "jules",
    "kiro-agent": "kiro",
}
"""Accounts that write code by themselves, without `[bot]`."""

UNMISTAKABLE = frozenset({"copilot", "copilot-swe-agent", "devin-ai-integration", "kiro-agent"})
"""Agents' logins that count without `[bot]` too; people may be called Claude or Cursor."""

AGENT_IDS = {
    138933559: "droid",
    161369871: "jules",
    198982749: "copilot",
    223556219: "copilot",
    244629292: "kiro",
    267193182: "codex",
}
"""GitHub's account ids, for payloads that call the account a user."""

AI_REVIEWERS = frozenset(
    {
        "chatgpt-codex-connector",
        "coderabbitai",
        "copilot-pull-request-reviewer",
        "cursor",
        "ellipsis-dev",
        "gemini-code-assist",
        "greptile-apps",
        "qodo-merge-pro",
        "sourcery-ai",
    }
)

SERVICE_ACCOUNTS = frozenset(
    {"allcontributors", "k8s-ci-robot", "pyup-bot", "renovate-bot", "scala-steward", "snyk-bot"}
)
"""Machines that GitHub takes for people; all others are of kind bot."""

EMAILS = {
    "agent@warp.dev": "warp",
    "aider@aider.chat": "aider",
    "amp@ampcode.com": "amp",
    "cascade@windsurf.ai": "windsurf",
    "codex@openai.com": "codex",
    "copilot@github.com": "copilot",
    "crush@charm.land": "crush",
    "cursoragent@cursor.com": "cursor",
    "noreply@aider.chat": "aider",
    "noreply@anthropic.com": "claude_code",
    "noreply@opencode.ai": "opencode",
    "openhands@all-hands.dev": "openhands",
    "oz-agent@warp.dev": "warp",
    "qwen-coder@alibabacloud.com": "qwen",
    "roomote@roocode.com": "roo",
}
"""Whole addresses only: people work at these companies, and opencode@sst.dev makes releases."""

TRAILER_NAMES = (
    _credit("aider", r".+ \(aider\) <|aider \([^)]+\) <"),
    _credit("claude_code", r"Anthropic Claude\b|Claude (?:Code|Opus|Sonnet|Haiku|Fable)\b"),
    _credit("claude_code", r"Claude (?:[a-z]+ |claude-)?\d[\w. -]*(?: \([^)]*\))? <"),
    _credit("claude_code", r"Claude(?::[\w.-]+[^<]*)? <>"),
    _credit("codex", r"OpenAI Codex <|ChatGPT <|Codex <(?:noreply@openai\.com)?>"),
    _credit("copilot", r"(?:GitHub )?Copilot(?: Autofix powered by AI)? <"),
    _credit("cursor", r"Cursor Agent <|Cursor <>"),
    _credit("gemini", r"Gemini(?: CLI| \d[\w. -]*|:[\w.-]+[^<]*) <"),
)
"""Matched against `Name <address>` of a `…-by:` line; `<>` where it gives no address."""

LINES = (
    _line("amp", r"Amp-Thread-ID: https://ampcode\.com/threads/T-\S+"),
    _line("claude_code", r"Claude-Session: https://claude\.ai/code/session_\w+"),
    _line(
        "claude_code",
        r"(?:🤖 )?Generated with \[Claude Code\]\(https://claude\.(?:com/claude-code|ai/code)/?\)",
    ),
    _line("copilot", r"Agent-Logs-Url: \S+"),
    _line("copilot", r"Copilot-Session: \S+"),
    _line("copilot", r"Copilot Autofix powered by AI"),
    _line("copilot", r"<!-- START COPILOT CODING AGENT.*"),
    _line("cursor", r"<!-- CURSOR_AGENT_PR_BODY_BEGIN.*"),
    _line("cursor", r"<!-- CURSOR_SUMMARY -->"),
    _line("cursor", r"Made-with: Cursor"),
    _line("cursor", r"Made with \[Cursor\]\(https://cursor\.com/?\)"),
    _line("devin", r"[-*\[ ]*Link to Devin run[\]*]*(?:[:(].*)?"),
    _line("jules", r"PR created automatically by Jules for task \[.*"),
    _line("replit", r"Replit-Commit-Author: Agent"),
)

LINKS = (
    _link("codex", r"chatgpt\.com/codex/tasks/\w+"),
    _link("cursor", r"cursor\.com/agents(?:/|\?id=)\w+"),
    _link("devin", r"app\.devin\.ai/sessions/\w+"),
)
"""An agent's run, by its id: a mention of the product's page is not one."""

BRANCH_HEADS = frozenset({"claude", "codex", "copilot", "cursor", "devin"})
