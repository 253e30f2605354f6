"""Hunch in a workspace: installed, in trouble or gone, with a token that may end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.ids import WorkspaceId

ROTATE_BEFORE = timedelta(hours=2)
"""A token that ends sooner than this is renewed: of Slack's 12 hours it is used for 10."""

GRACE = timedelta(days=30)
"""How long the data of a workspace is kept after it uninstalled Hunch."""

STATE_LIVES = timedelta(minutes=10)
"""How long somebody may take on Slack's page between asking for Hunch and allowing it."""


class InstallState(StrEnum):
    """How it stands with Hunch in a workspace."""

    INSTALLED = "installed"
    RECONNECT = "please reconnect"
    UNINSTALLED = "uninstalled"


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace as Slack names it, and who we are in it."""

    name: str
    bot_user_id: str
    bot_id: str
    enterprise_id: str


@dataclass(frozen=True, slots=True)
class Install:
    """Hunch in one workspace (`T…`) or in a whole organisation (`E…`). Times are aware UTC.

    `org_id`: reached through that organisation's installation, "" with a token of its own.
    `installer`: the Slack user who installed it by OAuth, "" where SLACK_BOT_TOKEN did. `trouble`:
    why Slack takes the token no longer. `token_expires_at` is None for a token that does not.
    """

    workspace_id: WorkspaceId
    name: str
    installed_at: datetime
    uninstalled_at: datetime | None = None
    org_id: str = ""
    app_id: str = ""
    installer: str = ""
    scopes: frozenset[str] = frozenset()
    token_expires_at: datetime | None = None
    trouble: str = ""

    @property
    def state(self) -> InstallState:
        if self.uninstalled_at is not None:
            return InstallState.UNINSTALLED
        return InstallState.RECONNECT if self.trouble else InstallState.INSTALLED

    @property
    def purged_after(self) -> datetime | None:
        """When its data is deleted; None while it is installed."""
        return None if self.uninstalled_at is None else self.uninstalled_at + GRACE


def rotates_at(expires_at: datetime | None) -> datetime | None:
    """From when on a token should be renewed before it is used; None: never."""
    return None if expires_at is None else expires_at - ROTATE_BEFORE


def is_org(workspace_id: str) -> bool:
    """Whether the id is that of a whole organisation, which has people but no game."""
    return workspace_id.startswith("E")
