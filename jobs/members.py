"""Brings a workspace's people in from Slack, page by page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot import log
from bot.errors import Permanent
from bot.ports import Database, Job, SlackClients
from bot.use_cases import installs, members
from bot.use_cases.installs import SYNC_MEMBERS
from jobs.engine import QueuedJob

_log = log.get("jobs.members")


@dataclass(frozen=True, slots=True)
class MemberSyncer:
    """The handlers of `members.sync` (one page, then the next) and `members.sync_all` jobs."""

    db: Database
    slacks: SlackClients
    now: Callable[[], datetime]

    async def sync(self, job: QueuedJob) -> None:
        """Keep one page of `users.list`; `ref` is its cursor. The next page is the next job."""
        try:
            slack = await self.slacks.for_workspace(job.workspace_id)
            page = await slack.list_users(job.ref)
        except Permanent as error:
            # It left or has to connect again: nothing that trying again would mend.
            _log.warning("members.not_synced", reason=error.reason)
            return
        async with self.db.transaction(job.workspace_id, name="sync_members") as tx:
            await members.keep_profiles(tx, page.users, now=self.now())
            if page.next_cursor:
                key = f"{SYNC_MEMBERS}:{job.workspace_id}:{page.next_cursor}"
                tx.enqueue(Job(SYNC_MEMBERS, job.workspace_id, page.next_cursor, key))
            else:
                await members.finish_sync(tx, now=self.now())

    async def sync_all(self, job: QueuedJob) -> None:
        """Queue the first page of every workspace."""
        for workspace_id in await installs.list_workspaces(self.db):
            async with self.db.transaction(workspace_id, name="sync_all") as tx:
                tx.enqueue(Job(SYNC_MEMBERS, workspace_id, "", f"{SYNC_MEMBERS}:{workspace_id}"))
