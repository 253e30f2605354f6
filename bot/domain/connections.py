"""What a workspace is connected to, and whether the connection works."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

SOON = timedelta(days=7)
"""A token that ends sooner than this is said to end soon."""

A_LOOK_TAKES = timedelta(minutes=2)
"""No look at a credential is under way for longer."""


class Service(StrEnum):
    """What can be connected."""

    SLACK = "Slack"
    GITHUB_WEBHOOK = "GitHub webhook"
    GITHUB_APP = "GitHub App"
    GITHUB_TOKEN = "GitHub token"  # nosec B105  (a name, not a token)


@dataclass(frozen=True, slots=True)
class ConnectionStatus:
    """One connection; `name` tells it from others of its kind, "" where there is only one.

    Not `connected`: no key opens its secret, so somebody has to bring the key back, or reconnect.
    `refused` is the other side's word for why it takes the secret no longer, "" if it does;
    `missing` are the permissions it lacks. `ends_at` (aware UTC): when it ends by itself.
    """

    service: Service
    name: str
    connected: bool
    refused: str = ""
    missing: tuple[str, ...] = ()
    ends_at: datetime | None = None

    @property
    def title(self) -> str:
        return f"{self.service} {self.name}".rstrip()


class ConnectionKind(StrEnum):
    """How we got in: as an App that was installed, or by somebody's token."""

    APP = "app"
    TOKEN = "token"  # nosec B105  (a kind, not a token)


class ConnectionState(StrEnum):
    """How it stands with a connection to GitHub."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REMOVED = "removed"
    REVOKED = "revoked"
    SCOPE_MISSING = "scope_missing"


@dataclass(frozen=True, slots=True)
class Connection:
    """A workspace's way into one account of GitHub (in lower case). Times are aware UTC.

    `scopes` are an App's permissions as `name:access`, `missing` those of ours that it lacks.
    `expires_at` is None for what does not end by itself. `state_since`: when the state became
    what it is.
    """

    connection_id: int
    kind: ConnectionKind
    account: str
    state: ConnectionState
    connected_at: datetime
    account_id: int | None = None
    installation_id: int | None = None
    scopes: frozenset[str] = frozenset()
    missing: tuple[str, ...] = ()
    expires_at: datetime | None = None
    checked_at: datetime | None = None
    state_since: datetime | None = None

    @property
    def name(self) -> str:
        """What tells it apart for people."""
        kind = Service.GITHUB_APP if self.kind is ConnectionKind.APP else Service.GITHUB_TOKEN
        return f"{kind} on {self.account}"

    @property
    def is_over(self) -> bool:
        """Whether it never comes back: who installs the App again gets a new installation."""
        return self.state is ConnectionState.REMOVED

    @property
    def way(self) -> tuple[ConnectionKind, int | None]:
        """How it is reached."""
        return self.kind, self.installation_id

    def ends_soon(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at - now < SOON

    def was_asked_after(self, moment: datetime) -> bool:
        """Whether GitHub was asked again since then; a check far ahead was a wrong clock's."""
        asked = self.checked_at
        return asked is not None and moment < asked <= moment + A_LOOK_TAKES

    @property
    def opens(self) -> bool:
        """Whether it is worth to call with it: what lacks a permission still gives the rest."""
        return self.state in (ConnectionState.ACTIVE, ConnectionState.SCOPE_MISSING)


@dataclass(frozen=True, slots=True)
class Finding:
    """What GitHub says about a credential when asked; fields as in `Connection`.

    `account` is "" and `account_id` None where GitHub does not show it any more.
    """

    state: ConnectionState
    account: str = ""
    account_id: int | None = None
    scopes: frozenset[str] = frozenset()
    missing: tuple[str, ...] = ()
    expires_at: datetime | None = None


class InstallationChange(StrEnum):
    """What GitHub's `installation` webhook tells of."""

    CREATED = "created"
    DELETED = "deleted"
    SUSPENDED = "suspend"
    UNSUSPENDED = "unsuspend"
    PERMISSIONS = "new_permissions_accepted"


@dataclass(frozen=True, slots=True)
class InstallationNews:
    """Something happened to an installation of our App."""

    installation_id: int
    change: InstallationChange


NEEDED: Mapping[str, str] = {
    "contents": "read",
    "members": "read",
    "metadata": "read",
    "pull_requests": "read",
}
"""What we ask of GitHub, by its names for permissions. `members` only organisations have."""

_ACCESSES = ("", "read", "write", "admin")


def lacking(permissions: Mapping[str, str], *, of_person: bool = False) -> tuple[str, ...]:
    """Which of the permissions we need are not granted, as `name:access`, in order.

    `of_person`: the account is somebody's own, which has no members to read.
    """
    wanted = {name: access for name, access in NEEDED.items() if name != "members" or not of_person}
    return tuple(
        f"{name}:{access}"
        for name, access in wanted.items()
        if _rank(permissions.get(name, "")) < _rank(access)
    )


def _rank(access: str) -> int:
    """Writing includes reading; a word we do not know counts for nothing."""
    return _ACCESSES.index(access) if access in _ACCESSES else 0
