"""Whose work is it: the visible signs of AI on a pull request, and the person behind an agent's.

Everything here reads only what a webhook carries: accounts, title, body, branch. A sign keeps
reviewers from guessing what they can see; no sign means unknown, never human.
"""

from __future__ import annotations

import re

from bot.domain.attribution_rules import (
    AGENT_IDS,
    AGENTS,
    AI_REVIEWERS,
    BRANCH_HEADS,
    EMAILS,
    LINES,
    LINKS,
    SERVICE_ACCOUNTS,
    TOOL_NAMES,
    TRAILER_NAMES,
    UNMISTAKABLE,
)
from bot.domain.pull_requests import Actor, ActorKind, PullRequest

_FENCED = re.compile(r"^[ \t]*(```|~~~).*?(?:^[ \t]*\1[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_TRAILER = re.compile(
    r"^[ \t]*(?!(?:acked|approved|reported|reviewed|tested)-)[\w-]+-by:"
    r"[ \t]*(?P<name>[^<\n]*?)[ \t]*(?:<(?P<email>[^>\n]*)>)?[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)
"""A line that credits somebody for the work; reviewing and testing it is not writing it."""
_GITHUB_EMAIL = re.compile(r"\d+\+(?P<login>[^@]+)@users\.noreply\.github\.com")


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
    return frozenset(
        _account(author_login)
        | _address(author_email or "")
        | _trailers(text)
        | {f"body_marker:{rule.tool}" for rule in LINES if rule.pattern.search(text)}
        | {f"link:{rule.tool}" for rule in LINKS if rule.pattern.search(text)}
        | _branch(head_ref)
    )


def _account(login: str) -> set[str]:
    tool = _tool_of_login(login)
    return {f"agent_account:{tool}"} if tool else set()


def _tool_of_login(login: str) -> str | None:
    name = login.lower()
    is_agents = name.endswith("[bot]") or name in UNMISTAKABLE
    return AGENTS.get(_bare(name)) if is_agents else None


def _address(email: str) -> set[str]:
    """The id before the plus may change when an account is made anew; the login tells."""
    address = email.strip().lower()
    match = _GITHUB_EMAIL.fullmatch(address)
    tool = AGENTS.get(_bare(match["login"])) if match else EMAILS.get(address)
    return {f"trailer:{tool}"} if tool else set()


def _trailers(text: str) -> set[str]:
    found: set[str] = set()
    for trailer in _TRAILER.finditer(text):
        name, email = trailer["name"], (trailer["email"] or "").lower()
        found |= _address(email) | _credits(name, f"{name} <{email}>")
    return found


def _credits(name: str, credit: str) -> set[str]:
    named = {rule.tool for rule in TRAILER_NAMES if rule.pattern.match(credit)}
    return {f"trailer:{tool}" for tool in named | {_tool_of_login(name)} if tool}


def _branch(head_ref: str) -> set[str]:
    head, slash, _ = head_ref.lower().partition("/")
    return {f"branch_head:{head}"} if slash and head in BRANCH_HEADS else set()


def _bare(login: str) -> str:
    return login.removesuffix("[bot]")


def agent_tool(actor: Actor) -> str | None:
    """Name the tool whose agent this account is (`copilot`, `claude_code`, …); None: no agent."""
    by_id = AGENT_IDS.get(actor.github_id)
    is_bot = actor.kind is ActorKind.BOT or actor.login.endswith("[bot]")
    return by_id or (AGENTS.get(_bare(actor.login)) if is_bot else None)


def is_agent(actor: Actor) -> bool:
    """Tell whether this account writes code by itself, started by a person."""
    return agent_tool(actor) is not None


def is_ai_reviewer(actor: Actor) -> bool:
    """Tell whether this account reviews by AI; reviewing says nothing about who wrote the code."""
    is_bot = actor.kind is ActorKind.BOT or actor.login.endswith("[bot]")
    return is_bot and _bare(actor.login) in AI_REVIEWERS


def is_service_bot(actor: Actor) -> bool:
    """Tell whether this is a machine but no agent: dependency updates, releases, AI reviewers."""
    is_bot = actor.kind is ActorKind.BOT or actor.login.endswith("[bot]")
    return (is_bot or actor.login in SERVICE_ACCOUNTS) and not is_agent(actor)


def initiator(pr: PullRequest) -> Actor | None:
    """Name the person an agent's pull request is credited to: its one human assignee.

    None for people's own pull requests, and where nobody or more than one person is assigned:
    crediting the wrong one is worse than crediting none.
    """
    people = {a.github_id: a for a in pr.assignees if _is_person(a)}
    return next(iter(people.values())) if is_agent(pr.author) and len(people) == 1 else None


def _is_person(actor: Actor) -> bool:
    return actor.kind is ActorKind.USER and not is_agent(actor) and not is_service_bot(actor)


def why_shown(signals: frozenset[str]) -> str:
    """Say for people what gives it away, the clearest sign only; "" without signs.

    A clause to go after "because", such as "the branch name starts with copilot/".
    """
    for kind, clause in _CLAUSES.items():
        tools = sorted(s.partition(":")[2] for s in signals if s.startswith(f"{kind}:"))
        if tools:
            return clause.format(tool=TOOL_NAMES.get(tools[0], tools[0]), head=tools[0])
    return ""


_CLAUSES = {
    "agent_account": "the account is an agent's ({tool})",
    "trailer": "a line in it credits {tool}",
    "body_marker": "the description carries the mark of {tool}",
    "link": "the description links to a run of {tool}",
    "branch_head": "the branch name starts with {head}/",
}
