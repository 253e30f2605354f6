"""Who started an agent, so that its pull request is credited to a person."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from bot.domain.attributions.accounts import (
    is_agent,
    is_person,
    tool_of_bare_login,
    tool_of_login,
)
from bot.domain.attributions.texts import CommitText, PullRequestTexts
from bot.domain.ids import GithubLogin
from bot.domain.pull_requests import Actor, ActorKind, PullRequest

_LOGIN = r"(?P<login>[a-z\d](?:[a-z\d-]{0,38}))"
_STARTED = re.compile(
    # Jules ends its pull requests so, Devin so.
    r"^[ \t*_]*(?:PR created automatically by Jules for task .{1,200} started by @"
    r"|Requested by:? (?:[^@\n]{0,80}\()?@)" + _LOGIN + r"\b",
    re.IGNORECASE | re.MULTILINE,
)
_CO_AUTHOR = re.compile(
    r"^[ \t]*Co-authored-by: [^<\n]{1,120}<(?:\d{1,12}\+)?"
    + _LOGIN
    + r"@users\.noreply\.github\.com>[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
"""Agents name the person they work for beside themselves."""


def initiator(pr: PullRequest) -> Actor | None:
    """Name the person an agent's pull request is credited to: its one human assignee.

    Where nobody is assigned it is whom the agent itself names; of them only the login is known.
    None for people's own pull requests, and where more than one person is assigned: crediting the
    wrong one is worse than crediting none.
    """
    people = _people(pr.assignees)
    if not is_agent(pr.author) or len(people) > 1:
        return None
    named = [Actor(pr.started_by, 0, ActorKind.USER)] if pr.started_by is not None else []
    return next(iter(people + named), None)


def credited_login(
    author: Actor, assignees: Iterable[Actor], started_by: Collection[str]
) -> GithubLogin | None:
    """The login an agent's pull request is credited to, also by what its texts say.

    As `initiator`; and where nobody is assigned, the one person whom the agent names as having
    started it. Two different ones are none.
    """
    if not is_agent(author):
        return None
    assigned: list[str] = [person.login for person in _people(assignees)]
    named = assigned or sorted(set(started_by))
    return GithubLogin(named[0]) if len(named) == 1 else None


def _people(assignees: Iterable[Actor]) -> list[Actor]:
    return list({a.github_id: a for a in assignees if is_person(a)}.values())


def starters(texts: PullRequestTexts) -> Iterator[str]:
    """The logins, in lower case, that an agent's texts name as having started it.

    Co-authors count in the agent's own commits only: elsewhere they may have suggested a line.
    """
    found = [m["login"] for m in _STARTED.finditer(texts.body or "")]
    for commit in texts.commits:
        if _is_agents(commit):
            found += [m["login"] for m in _CO_AUTHOR.finditer(commit.message)]
    for login in found:
        if tool_of_bare_login(login) is None:
            yield login.lower()


def _is_agents(commit: CommitText) -> bool:
    if commit.author_login is not None:
        return tool_of_login(commit.author_login) is not None
    login = commit.author_email.partition("+")[2].partition("@")[0]
    return tool_of_login(login) is not None
