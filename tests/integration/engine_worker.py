"""A worker process for tests that kill or freeze it: `engine_worker.py URL LEASE_S`.

Each job writes a row `started`, waits for the row `go` with its ref, and writes `finished`.
"""

from __future__ import annotations

import asyncio
import sys

import asyncpg

from jobs.engine import QueuedJob, Worker
from tests.integration.engine_support import until

NOTES = """
    CREATE TABLE notes (
        ref text NOT NULL, what text NOT NULL, pid integer NOT NULL,
        at timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    GRANT SELECT, INSERT ON notes TO hunch_app;
"""
_GO = "SELECT EXISTS (SELECT FROM notes WHERE ref = $1 AND what = 'go')"


async def main(url: str, lease_s: float) -> None:
    async with asyncpg.create_pool(url, min_size=1, max_size=5) as pool:

        async def note(ref: str, what: str) -> None:
            await pool.execute(
                "INSERT INTO notes (ref, what, pid) VALUES ($1, $2, pg_backend_pid())", ref, what
            )

        async def look(job: QueuedJob) -> None:
            await note(job.ref, "started")
            await until(lambda: pool.fetchval(_GO, job.ref), timeout_s=60)
            await note(job.ref, "finished")

        async def probe(job: QueuedJob) -> None:
            await note(job.ref, "probed")

        worker = Worker(
            lambda: asyncpg.connect(url),
            {"surveys.look": look, "probe": probe},
            lease_s=lease_s,
            room=100,
            room_each=100,
        )
        await worker.run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2])))
