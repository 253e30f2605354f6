"""Looks after the connections to GitHub: asks how they stand, and tells the admins of trouble."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot import log
from bot.domain.connections import ConnectionState, Finding
from bot.domain.ids import WorkspaceId
from bot.errors import Permanent, SecretLocked
from bot.ports import Database, Transaction, Vault
from bot.ports.github import GitHubClients
from bot.use_cases import connections, homes, installs, links
from bot.use_cases.connections import Offer, TokenOf
from jobs.engine import QueuedJob

_log = log.get("jobs.connections")


@dataclass(frozen=True, slots=True)
class ConnectionChecker:
    """The handlers of `connections.…` and `links.tell` jobs."""

    db: Database
    githubs: GitHubClients
    vault: Vault
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

    async def try_token(self, job: QueuedJob) -> None:
        """Look at a token that an admin has offered (`ref`: who, for which account)."""
        user, _, account = job.ref.partition(":")
        token = await self._offered(job.workspace_id, account)
        if token is None:
            return
        finding = await self._look(token, account)
        async with self.db.transaction(job.workspace_id, name="try_token") as tx:
            offer = Offer(user, account, TokenOf(token, finding))
            await connections.judge_offer(tx, offer, vault=self.vault, now=self.now())
            await homes.show_home(tx, user, vault=self.vault, now=self.now())

    async def _look(self, token: str, account: str) -> Finding:
        try:
            return await self.githubs.look_at_new_token(token, account)
        except Permanent as error:
            _log.warning("connection.token_not_understood", reason=error.reason)
            return Finding(ConnectionState.REVOKED)

    async def _offered(self, workspace_id: WorkspaceId, account: str) -> str | None:
        async with self.db.transaction(workspace_id, name="read_offer") as tx:
            try:
                return await connections.take_offer(tx, account, vault=self.vault)
            except SecretLocked:
                _log.warning("connection.offer_locked", workspace_id=workspace_id)
                return None

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

    async def tell_of_link(self, job: QueuedJob) -> None:
        """Tell somebody that an account is linked to them no longer (`ref`), if that is so."""
        async with self.db.transaction(job.workspace_id, name="tell_of_link") as tx:
            await links.tell(tx, job.ref, now=self.now())
