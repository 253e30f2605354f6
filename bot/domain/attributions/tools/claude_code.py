"""Claude Code signs its commits and descriptions, and works as an app of its own."""

from __future__ import annotations

from bot.domain.attributions.marks import Marks, patterns

MARKS = Marks(
    tool="claude_code",
    label="Claude Code",
    logins=("claude",),
    emails=("noreply@anthropic.com",),
    credits=patterns(
        r"Anthropic Claude\b",
        r"Claude (?:Code|Opus|Sonnet|Haiku|Fable)\b",
        r"Claude (?:[a-z]+ |claude-)?\d[\w. -]*(?: \([^)]*\))? <",
        r"Claude(?::[\w.-]+(?: [^<]*)?)? <>",
    ),
    lines=patterns(
        r"Claude-Session: https://claude\.ai/code/session_\w+",
        r"(?:🤖 )?Generated with \[Claude Code\]\(https://claude\.(?:com/claude-code|ai/code)/?\)",
    ),
    branch_heads=("claude",),
)
