"""Claude Code signs its commits and descriptions, and works as an app of its own."""

from __future__ import annotations

from bot.domain.attributions.marks import Marks, lines, links, patterns

MARKS = Marks(
    tool="claude_code",
    label="Claude Code",
    logins=("claude",),
    github_ids=(209825114,),
    emails=("noreply@anthropic.com",),
    credits=patterns(
        r"Anthropic Claude\b",
        r"Claude (?:Code|Opus|Sonnet|Haiku|Fable)\b",
        r"Claude (?:[a-z]+ |claude-)?\d[\w. -]*(?: \([^)]*\))? <",
        r"Claude(?:Code)?(?::[\w.-]+(?: [^<]*)?)? <>",
    ),
    lines=lines(
        session=r"Claude-Session: https://claude\.ai/code/session_\w+",
        generated=r"(?:🤖 )?Generated with \[Claude Code\]"
        r"\(https://claude\.(?:com/claude-code|ai/code)/?\)",
    ),
    links=links(r"claude\.ai/code/session_\w+"),
    branch_heads=("claude",),
    note_names=("claude", "claude-code", "claude code", "claude_code"),
)
