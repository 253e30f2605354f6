"""What gives AI away on GitHub, tool by tool, as the tools really write it."""

from __future__ import annotations

from dataclasses import dataclass

from playground.pull_requests import Sign


@dataclass(frozen=True, slots=True)
class AiTool:
    """A tool people use: `key` as surveys name it; the rest is what shows where it left a sign."""

    key: str
    account: str = ""
    head: str = ""
    marker: str = ""
    trailer: str = ""


TOOLS = (
    AiTool(
        "copilot",
        account="copilot-swe-agent[bot]",
        head="copilot",
        trailer="Co-authored-by: Copilot <copilot@github.com>",
    ),
    AiTool(
        "claude_code",
        account="claude[bot]",
        head="claude",
        marker="🤖 Generated with [Claude Code](https://claude.com/claude-code)",
        trailer="Co-Authored-By: Claude <noreply@anthropic.com>",
    ),
    AiTool(
        "cursor",
        account="cursor[bot]",
        head="cursor",
        marker="Made with [Cursor](https://cursor.com)",
        trailer="Co-authored-by: Cursor Agent <cursoragent@cursor.com>",
    ),
    AiTool("codex", head="codex", trailer="Co-authored-by: Codex <codex@openai.com>"),
    AiTool("devin", account="devin-ai-integration[bot]", head="devin"),
    AiTool("jules", account="google-labs-jules[bot]"),
    AiTool("other", trailer="Co-authored-by: aider (gpt-5) <aider@aider.chat>"),
)
"""In the order of how common they are: the first is used most."""

AGENTS = tuple(tool for tool in TOOLS if tool.account)
SERVICES = ("dependabot[bot]", "renovate[bot]", "github-actions[bot]")
BY_KEY = {tool.key: tool for tool in TOOLS}

_BODY = "What changes for people: see the title. Covered by tests."


def body_of(tool: str, sign: Sign, number: int) -> str:
    """The description of a pull request, with what its sign leaves there."""
    known = BY_KEY.get(tool)
    if sign is not Sign.BODY_MARKER or known is None:
        return _BODY
    left = [line for line in (known.marker, known.trailer) if line]
    return f"{_BODY}\n\n{left[number % len(left)]}\n" if left else _BODY


def head_of(tool: str, sign: Sign, number: int) -> str:
    """The branch of a pull request; an agent's begins with its name."""
    if sign is Sign.SERVICE_BOT:
        return f"update/change-{number}"
    head = BY_KEY[tool].head if sign in (Sign.BRANCH_HEAD, Sign.AGENT_ACCOUNT) else ""
    return f"{head}/change-{number}" if head else f"change-{number}"


def possible_signs(tool: AiTool) -> tuple[Sign, ...]:
    """Which signs a person's work with this tool can leave."""
    signs = [Sign.BODY_MARKER] if tool.marker or tool.trailer else []
    return (*signs, *([Sign.BRANCH_HEAD] if tool.head else []))
