"""A worker of one sync in a process of its own, killed at each named place, until it has ended.

`python -m tests.scenario.syncs_process DATABASE_URL API_URL TOKEN TEAM RUN [PLACE …]`
"""

from __future__ import annotations

import asyncio
import os
import sys

import aiohttp

from bot import failpoints, log
from bot.app.times import utc_now
from bot.domain.ids import WorkspaceId
from bot.errors import DatabaseAway
from bot.integrations.github.client import GitHubClient, GivenToken
from jobs.engine import QueuedJob, enqueue
from jobs.runs import StepWorker
from jobs.syncs import Syncer
from storage.database import PostgresDatabase, open_pool
from tests.integration.syncs.support import ENDED, Connected, Watched

_CONNECTIONS = "SELECT connection_id FROM connections"
_TURN = "SELECT turn, state FROM runs WHERE run_id = $1"


async def work(url: str, api_url: str, token: str, team: str, run: str) -> None:
    """Step after step, as long as there are any."""
    async with await open_pool(url) as pool, aiohttp.ClientSession() as session:
        workspace_id, db = WorkspaceId(team), PostgresDatabase(pool, enqueue)
        client = Watched(
            GitHubClient(GivenToken(token), api_url=api_url, session=session, now=utc_now)
        )
        async with db.transaction(workspace_id, name="test") as tx:
            connections = [row["connection_id"] for row in await tx.fetch(_CONNECTIONS)]
        githubs = Connected(dict.fromkeys(connections, client))
        pipeline = Syncer(githubs, githubs.check).pipeline()
        worker = StepWorker(db, [pipeline], utc_now)
        while True:
            try:
                async with db.transaction(workspace_id, name="test") as tx:
                    row = await tx.fetchrow(_TURN, int(run))
                assert row is not None
                if row["state"] in ENDED:
                    return
                await worker.step(QueuedJob("runs.step", workspace_id, f"{run}:{row['turn']}", 1))
            except DatabaseAway:
                await asyncio.sleep(0.1)


def main(words: list[str]) -> None:
    log.configure("error")
    for place in [*words[5:], ""]:
        child = os.fork()
        if child == 0:
            failpoints.arm({place: "kill"} if place else {})
            asyncio.run(work(*words[:5]))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(place, os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
