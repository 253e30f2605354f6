"""What is read of a repository to see whether one may: its pull requests, its commits; who is who
in an organisation."""

from __future__ import annotations

from typing import Any

from playground.github.records import Repository
from playground.github.refusals import not_found
from playground.github.rest.asking import Ask
from playground.records import Json


def show_membership(ask: Ask) -> Json:
    """Whether somebody is a member or an owner."""
    organisation = ask.organisation()
    ask.caller.must("members")
    wanted = ask.word("user").lower()
    for login, role in organisation.members.items():
        if login.lower() == wanted:
            return {"state": "active", "role": role}
    raise not_found()


def list_pull_requests(ask: Ask) -> list[Json]:
    _may(ask, "pull_requests")
    return []


def list_commits(ask: Ask) -> list[Json]:
    _may(ask, "contents")
    return []


def _may(ask: Ask, permission: str) -> None:
    found: Repository = ask.repository(f"{ask.word('owner')}/{ask.word('name')}")
    if found.private:
        ask.caller.must(permission)


ROUTES: dict[tuple[str, str], Any] = {
    ("GET", "orgs/{org}/memberships/{user}"): show_membership,
    ("GET", "repos/{owner}/{name}/pulls"): list_pull_requests,
    ("GET", "repos/{owner}/{name}/commits"): list_commits,
}
