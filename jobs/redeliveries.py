"""Asks GitHub, once an hour, for the webhooks that it could not deliver: it tries each only once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot import log
from bot.errors import Permanent
from bot.integrations.github.redeliveries import Undelivered, deliver_again, undelivered
from bot.ports import Database
from bot.ports.github import GitHub, GitHubClients
from bot.use_cases import connections, deliveries
from jobs.engine import QueuedJob

_log = log.get("jobs.redeliveries")
# As long as GitHub keeps them.
LOOKING_BACK = timedelta(days=3)
MOST_ATTEMPTS = 6
"""Whatever does not arrive so often never will; the nightly sync brings what it said."""
MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Redeliverer:
    """The handler of `deliveries.ask_again` jobs."""

    db: Database
    githubs: GitHubClients
    now: Callable[[], datetime]

    async def ask_again(self, job: QueuedJob) -> None:
        """Ask for what never arrived and is not here by another way; twice does no harm.

        Under the same delivery id, so that what was processed is not processed again. No more than
        MOST_AT_ONCE, oldest first; the next hour asks for the others.
        """
        github = self.githubs.for_app()
        if github is None:
            return
        try:
            await self._ask(github)
        except Permanent as error:
            _log.warning("deliveries.not_asked_again", reason=error.reason)

    async def _ask(self, github: GitHub) -> None:
        failed = await undelivered(github, since=self.now() - LOOKING_BACK)
        worth_it = [one for one in failed if one.attempts < MOST_ATTEMPTS]
        missing = await self._missing(worth_it)
        asked = [await deliver_again(github, one) for one in missing[:MOST_AT_ONCE]]
        _log.info(
            "deliveries.asked_again",
            asked=asked.count(True),
            failed=len(failed),
            given_up=len(failed) - len(worth_it),
            left=max(0, len(missing) - MOST_AT_ONCE),
        )

    async def _missing(self, failed: Sequence[Undelivered]) -> list[Undelivered]:
        """Those that belong to a workspace of ours and are not there."""
        found = []
        for installation_id in sorted({one.installation_id for one in failed}):
            workspace_id = await connections.find_installation(self.db, installation_id)
            if workspace_id is None:
                continue
            mine = [one for one in failed if one.installation_id == installation_id]
            async with self.db.transaction(workspace_id, name="find_missing") as tx:
                ids = [one.delivery_id for one in mine]
                missing = await deliveries.not_here(tx, "github", ids)
            found += [one for one in mine if one.delivery_id in missing]
        return found
