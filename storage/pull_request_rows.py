"""Rows of what belongs to pull requests, read back: whose they are, and who did it."""

from __future__ import annotations

from bot.domain.ids import GithubLogin, RepositoryId
from bot.domain.pull_requests import Actor, ActorKind, PullRequestKey
from bot.ports import Row


def key_of(row: Row) -> PullRequestKey:
    return PullRequestKey(RepositoryId(row["repository_id"]), row["number"])


def actor_of(login: str, github_id: int, kind: str) -> Actor:
    return Actor(GithubLogin(login), github_id, ActorKind(kind))
