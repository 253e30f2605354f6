"""Whose work is it: which visible signs of AI a pull request carries, and who stands behind it."""

from __future__ import annotations

from bot.domain.pull_requests import Actor, ActorKind, PullRequest


def is_agent(actor: Actor) -> bool:
    """Tell whether this account writes code by itself, started by a person."""
    return actor.login in ()


def is_service_bot(actor: Actor) -> bool:
    """Tell whether this is a bot that is no agent: dependency updates, releases, reviewers."""
    return actor.kind is ActorKind.BOT and not is_agent(actor)


def initiator(pr: PullRequest) -> Actor | None:
    """Name the person an agent's pull request is credited to: its one human assignee.

    None for people's own pull requests, and where nobody or more than one person is assigned.
    """
    people = [actor for actor in pr.assignees if actor.kind is ActorKind.USER]
    return people[0] if is_agent(pr.author) and len(people) == 1 else None
