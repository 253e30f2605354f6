"""Looks after the connections to GitHub: asks how they stand, and tells the admins of trouble."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot import log
from bot.errors import Permanent
from bot.ports import Database, Transaction
from bot.ports.github import GitHubClients
from bot.use_cases import connections, installs
from jobs.engine import QueuedJob

_log = log.get("jobs.connections")


@dataclass(frozen=True, slots=True)
class ConnectionChecker:
    """The handlers of `connections.check`, `connections.check_all` and `connections.tell` jobs."""

    db: Database
    githubs: GitHubClients
    now: Callable[[], datetime]

    async def check(self, job: QueuedJob) -> None:
        """Ask GitHub about one connection (`ref`), and keep what it says."""
        try:
            found = await self.githubs.check(job.workspace_id, int(job.ref))
        except Permanent as error:
            # It is gone, or nothing here can ask: no App, no key for its token.
            _log.warning("connection.not_checked", connection_id=job.ref, reason=error.reason)
            return
        _log.info("connection.checked", connection_id=job.ref, state=found.state.value)

    async def check_all(self, job: QueuedJob) -> None:
        """Queue a check of every connection that may work, once an hour."""
        for workspace_id in await installs.list_workspaces(self.db):
            async with self.db.transaction(workspace_id, name="check_connections") as tx:
                await self._queue(tx)

    async def _queue(self, tx: Transaction) -> None:
        for one in await connections.list_githubs(tx):
            if not one.is_over:
                await connections.look_again(tx, one.connection_id)

    async def tell(self, job: QueuedJob) -> None:
        """Tell one admin of one trouble (`ref`), if it still is one."""
        async with self.db.transaction(job.workspace_id, name="tell_trouble") as tx:
            await connections.tell(tx, job.ref, now=self.now())
