"""What GitHub's webhooks tell us: one type for each kind of news."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.connections import InstallationNews
from bot.domain.ids import GithubLogin
from bot.domain.pull_requests import Actor, PullRequest, Snapshot, Trace
from bot.domain.repositories import Repository
from bot.domain.teams import Team


@dataclass(frozen=True, slots=True)
class PullRequestNews:
    """What one event says about a pull request, and about the repository it is in."""

    snapshot: Snapshot
    repository: Repository

    @property
    def pull_request(self) -> PullRequest:
        return self.snapshot.pull_request


@dataclass(frozen=True, slots=True)
class MergedPush:
    """A commit on the default branch that says which pull request it merges."""

    number: int
    sha: str
    traces: frozenset[Trace]


@dataclass(frozen=True, slots=True)
class PushNews:
    """What the commits of a push carry: `traces` of those on a branch beside the default one,
    `merged` on that. `pusher` is in lower case, "" where nobody is named."""

    repository: Repository
    branch: str
    pusher: GithubLogin
    traces: frozenset[Trace] = frozenset()
    merged: tuple[MergedPush, ...] = ()


@dataclass(frozen=True, slots=True)
class RepositoryNews:
    """How a repository is described now; `gone`: it was deleted."""

    repository: Repository
    gone: bool = False


@dataclass(frozen=True, slots=True)
class ShownNews:
    """An installation shows us more repositories, or fewer."""

    installation_id: int
    added: tuple[Repository, ...] = ()
    removed: tuple[Repository, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountNews:
    """Somebody was met; `in_org` says whether the organisation has them now, None: it says nothing."""

    account: Actor
    organisation: str = ""
    in_org: bool | None = None


@dataclass(frozen=True, slots=True)
class TeamMemberNews:
    """Somebody joined a team or left it."""

    team: Team
    account: Actor
    joined: bool


@dataclass(frozen=True, slots=True)
class TeamNews:
    """How a team is described now; `gone`: it was deleted."""

    team: Team
    gone: bool = False


@dataclass(frozen=True, slots=True)
class RenamedNews:
    """An organisation has another name; both in lower case."""

    old: str
    new: str


News = (
    PullRequestNews
    | PushNews
    | RepositoryNews
    | InstallationNews
    | ShownNews
    | AccountNews
    | TeamMemberNews
    | TeamNews
    | RenamedNews
)
