"""Who is behind an account: a person, an agent, a service, an AI reviewer."""

from __future__ import annotations

from bot.domain.attributions.tools import TOOLS
from bot.domain.pull_requests import Actor, ActorKind, PullRequest

_AGENTS = {login: marks.tool for marks in TOOLS for login in marks.logins}
_BARE = frozenset(login for marks in TOOLS for login in marks.bare_logins)
_IDS = {number: marks.tool for marks in TOOLS for number in marks.github_ids}

_AI_REVIEWERS = frozenset(
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

_SERVICES = frozenset(
    {"allcontributors", "k8s-ci-robot", "pyup-bot", "renovate-bot", "scala-steward", "snyk-bot"}
)
"""Machines that GitHub takes for people; all others are of kind bot."""

_BOT = "[bot]"


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


def is_agent(actor: Actor) -> bool:
    """Tell whether this account writes code by itself, started by a person."""
    return agent_tool(actor) is not None


def is_ai_reviewer(actor: Actor) -> bool:
    """Tell whether this account reviews by AI; reviewing says nothing about who wrote the code."""
    return _is_bot(actor) and _bare(actor.login) in _AI_REVIEWERS


def is_service_bot(actor: Actor) -> bool:
    """Tell whether this is a machine but no agent: dependency updates, releases, AI reviewers."""
    return (_is_bot(actor) or actor.login in _SERVICES) and not is_agent(actor)


def initiator(pr: PullRequest) -> Actor | None:
    """Name the person an agent's pull request is credited to: its one human assignee.

    None for people's own pull requests, and where nobody or more than one person is assigned:
    crediting the wrong one is worse than crediting none.
    """
    people = {a.github_id: a for a in pr.assignees if _is_person(a)}
    return next(iter(people.values())) if is_agent(pr.author) and len(people) == 1 else None


def _is_person(actor: Actor) -> bool:
    return actor.kind is ActorKind.USER and not is_agent(actor) and not is_service_bot(actor)


def _is_bot(actor: Actor) -> bool:
    return actor.kind is ActorKind.BOT or actor.login.endswith(_BOT)


def _bare(login: str) -> str:
    return login.removesuffix(_BOT)
