"""Follows merges that a look at GitHub has found: whom to ask about them, if anybody."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot import log
from bot.domain.ids import RepositoryId
from bot.domain.pull_requests import PullRequestKey
from bot.ports import Database
from bot.use_cases import pull_requests
from jobs.engine import QueuedJob

_log = log.get("jobs.pull_requests")


@dataclass(frozen=True, slots=True)
class MergeFollower:
    """The handler of `pull_requests.follow` jobs."""

    db: Database
    now: Callable[[], datetime]

    async def follow(self, job: QueuedJob) -> None:
        repository_id, _, number = job.ref.partition(":")
        key = PullRequestKey(RepositoryId(int(repository_id)), int(number))
        # What the draw needs is chance, not secrecy.
        coin = random.random()  # nosec B311
        async with self.db.transaction(job.workspace_id, name="follow_merge") as tx:
            unopened = await pull_requests.follow(tx, key, coin=coin, now=self.now())
        if unopened is not None:
            _log.info("survey.not_opened", reason=unopened.reason)
