"""GitHub as use cases and jobs see it: one connection's view of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from bot.domain.connections import Finding
from bot.domain.ids import GithubLogin, WorkspaceId


class CredentialState(StrEnum):
    """What the look at a credential before a run has shown."""

    VALID = "valid"
    EXPIRES_SOON = "expires_soon"
    SCOPE_MISSING = "scope_missing"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class CredentialCheck:
    """Which credential a run is about to use, and whether it will do; `fix` says what to do if not.

    `name` tells it apart for people (`GitHub App on acme`) and is no secret.
    """

    name: str
    state: CredentialState
    fix: str = ""

    @property
    def will_do(self) -> bool:
        """Whether it is worth to begin: what lacks a permission still gives the rest."""
        return self.state in (
            CredentialState.VALID,
            CredentialState.EXPIRES_SOON,
            CredentialState.SCOPE_MISSING,
        )

    @property
    def explains_refusals(self) -> bool:
        """Whether a refusal that came nevertheless is best told by this look's `fix`."""
        return bool(self.fix) and self.state is not CredentialState.EXPIRES_SOON


@dataclass(frozen=True, slots=True)
class Budget:
    """What GitHub has let us spend: points of GraphQL, or requests of REST, until `resets_at`."""

    used: int
    remaining: int
    resets_at: datetime


@dataclass(frozen=True, slots=True)
class GraphAnswer:
    """What a GraphQL query brought; `errors` may come beside partial `data`.

    `cost` is in points, 0 where the query did not ask for `rateLimit`.
    """

    data: Mapping[str, Any]
    errors: Sequence[Mapping[str, Any]] = ()
    cost: int = 0
    budget: Budget | None = None


class GitHub(Protocol):
    """GitHub through one connection. Limits are kept: it waits for short ones itself.

    Every method raises Retryable (a limit, a server error, no answer: `after` says when), or
    Permanent (`reason`: `revoked`, `suspended`, `scope_missing`, `not_found`, `gone`, …).
    """

    async def graph(self, query: str, variables: Mapping[str, Any]) -> GraphAnswer:
        """One GraphQL query. Errors of single fields come back in the answer, beside the data.

        Raises TooMuch where GitHub could not answer in time or over its resource limits: ask for
        less.
        """
        ...

    async def get(self, path: str) -> Any:
        """One REST resource, as JSON; `path` begins without a slash."""
        ...

    async def pages(
        self,
        path: str,
        *,
        key: str = "",
        enough: Callable[[Sequence[Any]], bool] | None = None,
    ) -> Sequence[Any]:
        """All items of a REST list, page after page; `key` where the list is inside an object.

        No further page is asked for once `enough` says so of all the items so far.
        """
        ...

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Ask for something to be done."""
        ...

    @property
    def budget(self) -> Budget | None:
        """What is left of GraphQL's points, as last said."""
        ...


class GitHubClients(Protocol):
    """Where jobs get their connection to GitHub."""

    async def for_connection(self, workspace_id: WorkspaceId, connection_id: int) -> GitHub:
        """The client of one connection. Raises Permanent where it is gone or does not work."""
        ...

    def for_app(self) -> GitHub | None:
        """As the App itself, by its JWT; None where there is no App."""
        ...

    async def look_at_new_token(self, token: str, account: str) -> Finding:
        """How it stands with a token that is not kept yet; keeps nothing. Raises Retryable."""
        ...

    async def check(self, workspace_id: WorkspaceId, connection_id: int) -> CredentialCheck:
        """Look at the credential before a run, asking GitHub; stores what it finds."""
        ...


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on GitHub, as GitHub itself says after they have signed in; the login in lower case."""

    login: GithubLogin
    account_id: int


class GitHubPages(Protocol):
    """GitHub's pages that people are sent to, and what they come back with.

    What asks GitHub raises Retryable, or Permanent: `bad_code` where the way has to begin anew,
    otherwise GitHub's word for what whoever runs Hunch has to mend.
    """

    async def install_url(self, state: str) -> str:
        """Where our App is installed. Raises Permanent (`no_app`) where there is none."""
        ...

    def authorize_url(self, state: str, *, redirect_url: str) -> str:
        """Where somebody shows who they are; GitHub sends them back to `redirect_url`."""
        ...

    async def who(self, code: str, *, redirect_url: str) -> Person:
        """Who came back with this code, which is good once."""
        ...

    async def installed_by(
        self, code: str, installation_id: int, *, redirect_url: str
    ) -> tuple[Person, Finding]:
        """Who came back, and how it stands with the installation they say they made.

        Anybody can name any number. Raises Permanent: `not_theirs` where GitHub does not show them
        that installation, `not_owner` where the account it is on is not theirs to open.
        """
        ...
