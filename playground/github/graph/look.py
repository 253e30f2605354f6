"""One query's look at GitHub: who asks, what they may see, how much they have been shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from graphql import GraphQLError

from playground.github.identities import Caller
from playground.github.limits import Limits
from playground.github.pulls import Pulls
from playground.github.records import BOT, ORGANIZATION, USER, Account, Repository
from playground.github.world import World
from playground.pull_requests import PullRequest

_GHOST = "ghost"


class Problem(GraphQLError):
    """An error of one field; `kind` is what GitHub calls its `type`."""

    def __init__(self, message: str, kind: str) -> None:
        super().__init__(message)
        self.kind = kind


class Seen(NamedTuple):
    """A pull request as somebody looks at it."""

    repository: Repository
    pr: PullRequest


class Part(NamedTuple):
    """Something that belongs to a pull request: a commit, a review, a turn, a label."""

    kind: str
    seen: Seen
    it: Any
    place: int = 0


@dataclass(slots=True)
class Look:
    """Everything the fields of a query need."""

    world: World
    caller: Caller
    limits: Limits
    cost: int = 0
    nodes: int = 0
    shown: int = 0
    _pulls: dict[str, Pulls] = field(default_factory=dict)

    def show(self, count: int) -> None:
        """Count what was brought; raises Problem when it is too much."""
        self.shown += count
        if self.shown > self.limits.most_nodes:
            text = "Resource limits for this query exceeded."
            raise Problem(text, "RESOURCE_LIMITS_EXCEEDED")

    def pulls(self, repository: Repository) -> Pulls:
        """The repository's pull requests; raises Problem without the permission."""
        if repository.private and not self.caller.can("pull_requests"):
            raise self.forbidden()
        if repository.origin not in self._pulls:
            self._pulls[repository.origin] = Pulls(self.world, repository)
        return self._pulls[repository.origin]

    def forbidden(self) -> Problem:
        return Problem(f"Resource not accessible by {self.caller.kind}", "FORBIDDEN")

    def repository(self, full_name: str, *, follow: bool = True) -> Repository:
        """A repository by its name or a former one; raises Problem."""
        found, current = self.world.find_repository(full_name)
        if found is None or not (current or follow) or not self.caller.sees(found):
            text = f"Could not resolve to a Repository with the name '{full_name}'."
            raise Problem(text, "NOT_FOUND")
        return found

    def account(self, login: str) -> Account | None:
        """Somebody's account; None for accounts that were deleted, which show as a ghost."""
        if login in ("", _GHOST):
            return None
        kind = BOT if login.endswith("[bot]") else USER
        return self.world.accounts.find(login.lower()) or Account(login, kind)

    def organisation(self, login: str) -> Account:
        """An organisation; raises Problem."""
        found = self.world.accounts.find(login.lower())
        if found is None or found.kind != ORGANIZATION:
            text = f"Could not resolve to an Organization with the login of '{login}'."
            raise Problem(text, "NOT_FOUND")
        return found


@dataclass(frozen=True, slots=True)
class Info:
    """What a field is told beside its arguments."""

    context: Look
    field_name: str
