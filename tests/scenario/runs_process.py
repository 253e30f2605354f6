"""Processes that work on runs and are killed, one after the other.

`runs_process.py URL JOB PLACE …`: each is a fork of this one that does jobs of that name, armed at
one place; the last one is not, and works until all is done. Prints, a line each, what ended it.
"""

from __future__ import annotations

import asyncio
import os
import sys

import asyncpg

from bot import failpoints, log
from bot.app.times import utc_now
from bot.ports import Transaction
from jobs.engine import Worker, enqueue
from jobs.runs import FanOuter, StepWorker
from storage.database import PostgresDatabase, open_pool
from tests.integration.runs.errands import Errands, Wanted

# Whoever had them is dead: the lease is over sooner than it would be.
_LEASES_END = """
    UPDATE pgqueuer.pgqueuer SET heartbeat = now() - interval '1 hour' WHERE status = 'picked'
"""
_LEFT = """
    SELECT count(*) FROM pgqueuer.pgqueuer
     WHERE status IN ('queued', 'picked') AND entrypoint = $1
"""


async def wanted(tx: Transaction) -> Wanted:
    return Wanted(pages=2)


async def work(url: str, job: str) -> None:
    """Until there is nothing left to do."""
    async with await open_pool(url) as pool:
        await pool.execute(_LEASES_END)
        db = PostgresDatabase(pool, enqueue)
        pipeline = Errands().pipeline(with_credential=True)
        handlers = {
            "errands.nightly": FanOuter(db, pipeline, wanted, utc_now).dispatch,
            "runs.step": StepWorker(db, [pipeline], utc_now).step,
        }
        stop = asyncio.Event()
        mine = {job: handlers[job]}
        worker = Worker(lambda: asyncpg.connect(url), mine, lease_s=2.0, poll_s=0.05)
        working = asyncio.create_task(worker.run(stop))
        while await pool.fetchval(_LEFT, job):  # noqa: ASYNC110  (rows tell nobody)
            await asyncio.sleep(0.02)
        stop.set()
        await working


def main(url: str, job: str, places: list[str]) -> None:
    log.configure("error")
    for place in [*places, ""]:
        child = os.fork()
        if child == 0:
            failpoints.arm({place: "kill"} if place else {})
            asyncio.run(work(url, job))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(place, os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
