"""Which signs of AI anybody can see on a pull request, and how we tell people."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.domain.attributions.accounts import tool_of_bare_login, tool_of_login
from bot.domain.attributions.tools import TOOLS

_FENCED = re.compile(r"^[ \t]*(```|~~~).*?(?:^[ \t]*\1[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_SMALL = re.compile(r"</?su[bp]>", re.IGNORECASE)
_SHORTEST_LINE, _LONGEST_LINE = 12, 400
"""No tool signs outside these; they also bound what a hostile body can cost."""

_TRAILER = re.compile(
    r"(?!(?:acked|approved|reported|reviewed|tested)-)[\w-]+-by:(?P<name>[^<]*)(?:<(?P<email>[^>]*)>)?",
    re.IGNORECASE,
)
"""A line that credits somebody for the work; reviewing and testing it is not writing it."""

_GITHUB_EMAIL = re.compile(r"\d+\+(?P<login>[^@]+)@users\.noreply\.github\.com")
_EMAILS = {email: marks.tool for marks in TOOLS for email in marks.emails}
_HEADS = frozenset(head for marks in TOOLS for head in marks.branch_heads)
_LABELS = {marks.tool: marks.label for marks in TOOLS}


def signals_of(
    *,
    author_login: str,
    body: str | None,
    head_ref: str,
    title: str = "",
    author_email: str | None = None,
) -> frozenset[str]:
    """Name every visible sign of AI, weak ones included, as `kind:tool`; empty: none is visible.

    Kinds: `agent_account`, `trailer` (a line that credits the tool, or a commit address),
    `body_marker`, `link` (to an agent's run), `branch_head`. Lines count only whole and outside
    code blocks, so prose about a tool, headings and people of the vendors give no sign.
    """
    text = _FENCED.sub("", f"{title}\n{body or ''}".replace("\r\n", "\n"))
    found: dict[str, set[str | None]] = {
        "agent_account": {tool_of_login(author_login)},
        "trailer": {_tool_of_address(author_email or ""), *_credited(text)},
        "body_marker": {*_marked(text)},
        "link": {m.tool for m in TOOLS if any(link.search(text) for link in m.links)},
        "branch_head": {_head(head_ref)},
    }
    return frozenset(f"{kind}:{tool}" for kind, tools in found.items() for tool in tools if tool)


def _lines(text: str) -> Iterator[str]:
    """Yield each line that could be a mark, without indentation, italics and small print."""
    for line in text.split("\n"):
        if _SHORTEST_LINE <= len(line) <= _LONGEST_LINE:
            yield _SMALL.sub("", line).strip(" \t*_")


def _marked(text: str) -> Iterator[str]:
    for line in _lines(text):
        for marks in TOOLS:
            if any(pattern.fullmatch(line) for pattern in marks.lines):
                yield marks.tool


def _credited(text: str) -> Iterator[str | None]:
    for line in _lines(text):
        trailer = _TRAILER.fullmatch(line)
        if trailer is not None:
            yield from _tools_of_credit(trailer["name"].strip(), trailer["email"] or "")


def _tools_of_credit(name: str, email: str) -> Iterator[str | None]:
    yield tool_of_login(name)
    yield _tool_of_address(email)
    credit = f"{name} <{email.lower()}>"
    for marks in TOOLS:
        if any(pattern.match(credit) for pattern in marks.credits):
            yield marks.tool


def _tool_of_address(email: str) -> str | None:
    """The number before the plus is new whenever an account is; the login tells."""
    address = email.strip().lower()
    match = _GITHUB_EMAIL.fullmatch(address)
    return tool_of_bare_login(match["login"]) if match else _EMAILS.get(address)


def _head(head_ref: str) -> str | None:
    head, slash, _ = head_ref.lower().partition("/")
    return head if slash and head in _HEADS else None


_CLAUSES = {
    "agent_account": "the account is an agent's ({label})",
    "trailer": "a line in it credits {label}",
    "body_marker": "the description carries the mark of {label}",
    "link": "the description links to a run of {label}",
    "branch_head": "the branch name starts with {tool}/",
}
"""From the clearest kind of sign to the weakest."""


def why_shown(signals: frozenset[str]) -> str:
    """Say for people what gives it away, the clearest sign only; "" without signs.

    A clause to go after "because", such as "the branch name starts with copilot/".
    """
    for kind, clause in _CLAUSES.items():
        tools = sorted(s.partition(":")[2] for s in signals if s.startswith(f"{kind}:"))
        if tools:
            return clause.format(tool=tools[0], label=_LABELS.get(tools[0], tools[0]))
    return ""
