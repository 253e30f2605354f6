"""Who is behind an account: a person, an agent, a service, an AI reviewer."""

from __future__ import annotations

import re

from bot.domain.attributions.tools import TOOLS
from bot.domain.pull_requests import Actor, ActorKind

_AGENTS = {login: marks.tool for marks in TOOLS for login in marks.logins}
_BARE = frozenset(login for marks in TOOLS for login in marks.bare_logins)
_IDS = {number: marks.tool for marks in TOOLS for number in marks.github_ids}

_AI_REVIEWERS = frozenset(
    {
        "chatgpt-codex-connector",
        "coderabbitai",
        "copilot-pull-request-reviewer",
        "codeant-ai",
        "cubic-dev-ai",
        "cursor",
        "devin-ai-integration",
        "ellipsis-dev",
        "gemini-code-assist",
        "graphite-app",
        "greptile-apps",
        "korbit-ai",
        "qodo-merge-pro",
        "qodo-code-review",
        "sourcery-ai",
    }
)

_SERVICES = frozenset(
    {"allcontributors", "k8s-ci-robot", "pyup-bot", "renovate-bot", "scala-steward", "snyk-bot"}
)
"""Machines that GitHub takes for people; all others are of kind bot."""

_BOT = "[bot]"
_NO_REPLY = re.compile(r"(?:(?P<id>\d{1,18})\+)?(?P<login>[^@+]+)@users\.noreply\.github\.com")


def tool_of_login(login: str) -> str | None:
    """Name the tool whose agent this login can only be; None for everybody else's."""
    name = login.lower()
    return _AGENTS.get(_bare(name)) if name.endswith(_BOT) or name in _BARE else None


def tool_of_bare_login(login: str) -> str | None:
    """Name the tool whose agent this login is, where it is known to be no person's."""
    return _AGENTS.get(_bare(login.lower()))


def agent_tool(actor: Actor) -> str | None:
    """Name the tool whose agent this account is (`copilot`, `claude_code`, …); None: no agent."""
    by_login = tool_of_bare_login(actor.login) if _is_bot(actor) else None
    return _IDS.get(actor.github_id) or by_login


def tool_of_account(login: str, github_id: int | None) -> str | None:
    """Name the tool whose agent this is where a source knows no kind of account, maybe no id."""
    by_id = _IDS.get(github_id) if github_id is not None else None
    return by_id or tool_of_login(login)


def account_of_address(address: str) -> tuple[str, int | None] | None:
    """Login and number behind one of GitHub's no-reply addresses (in lower case), else None.

    Old ones have no number.
    """
    found = _NO_REPLY.fullmatch(address)
    if found is None:
        return None
    return found["login"], int(found["id"]) if found["id"] else None


def is_agent(actor: Actor) -> bool:
    """Tell whether this account writes code by itself, started by a person."""
    return agent_tool(actor) is not None


def is_ai_reviewer(actor: Actor) -> bool:
    """Tell whether this account reviews by AI; reviewing says nothing about who wrote the code."""
    return _is_bot(actor) and _bare(actor.login) in _AI_REVIEWERS


def reviewer_tool(actor: Actor) -> str | None:
    """Name the AI reviewer behind an account; an agent's account reviews as its tool."""
    if agent_tool(actor) is not None:
        return agent_tool(actor)
    return _bare(actor.login) if is_ai_reviewer(actor) else None


def is_service_bot(actor: Actor) -> bool:
    """Tell whether this is a machine but no agent: dependency updates, releases, AI reviewers."""
    return (_is_bot(actor) or actor.login in _SERVICES) and not is_agent(actor)


def is_person(actor: Actor) -> bool:
    """Tell whether this is a human's account, as far as GitHub and the known machines say."""
    return actor.kind is ActorKind.USER and not is_agent(actor) and not is_service_bot(actor)


def _is_bot(actor: Actor) -> bool:
    return actor.kind is ActorKind.BOT or actor.login.endswith(_BOT)


def _bare(login: str) -> str:
    return login.removesuffix(_BOT)
