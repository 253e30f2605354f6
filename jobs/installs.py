"""Deletes what is left of workspaces that uninstalled Hunch, once their grace period is over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from bot import log
from bot.domain.ids import WorkspaceId
from bot.domain.installs import GRACE
from bot.ports import Database
from bot.use_cases import departures
from jobs.engine import QueuedJob

_log = log.get("jobs.installs")
Purge = Callable[[WorkspaceId, datetime], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class InstallPurger:
    """The handler of `installs.purge` jobs, which come nightly.

    `purge` deletes every row of a workspace that left before a time, in one transaction.
    """

    db: Database
    now: Callable[[], datetime]
    purge: Purge

    async def purge_left(self, job: QueuedJob) -> None:
        """Purge everybody whose time is over; whoever came back meanwhile is spared."""
        for workspace_id in await departures.due_for_purge(self.db, now=self.now()):
            if await self.purge(workspace_id, self.now() - GRACE):
                _log.info("workspace.purged", workspace_id=workspace_id)
