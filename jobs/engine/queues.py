"""Putting jobs into the queue, and seeing how long the queue is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import asyncpg

from bot.ports import Job, Transaction

_ENQUEUE = "SELECT pgqueuer.enqueue_jobs($1, $2, $3, $4, $5, $6)"


async def enqueue(connection: asyncpg.Connection, jobs: Sequence[Job]) -> None:
    """Queue `jobs` in `connection`'s transaction, in one round trip.

    A job whose key is already waiting or running is skipped; `run_at` is the earliest start. Call
    it last in a transaction: a key that another open transaction also queues is waited for.
    """
    if not jobs:
        return
    await connection.execute(
        _ENQUEUE,
        [job.entrypoint for job in jobs],
        [job.workspace_id for job in jobs],
        [job.ref for job in jobs],
        [job.key for job in jobs],
        [job.run_at for job in jobs],
        [job.priority for job in jobs],
    )


def enqueue_ahead(
    ahead: Callable[[], timedelta],
) -> Callable[[asyncpg.Connection, Sequence[Job]], Awaitable[None]]:
    """`enqueue` for a clock that is `ahead()` of PostgreSQL's, whose time decides what is due."""

    async def enqueue_real(connection: asyncpg.Connection, jobs: Sequence[Job]) -> None:
        late = ahead()
        real = [replace(job, run_at=job.run_at - late) if job.run_at else job for job in jobs]
        await enqueue(connection, real)

    return enqueue_real


_BRING_FORWARD = """
    UPDATE pgqueuer.pgqueuer SET execute_after = execute_after - $1::interval
     WHERE status = 'queued' AND execute_after > now()
"""


async def bring_forward(tx: Transaction, by: timedelta) -> None:
    """The clock has jumped ahead by `by`: deferred jobs wait that much less."""
    await tx.execute(_BRING_FORWARD, by)


@dataclass(frozen=True, slots=True)
class QueueSize:
    """One entrypoint's jobs now: due and waiting, deferred, running, given up (failed)."""

    entrypoint: str
    waiting: int
    deferred: int
    running: int
    failed: int
    oldest_waiting_s: float


_SIZES = """
    SELECT entrypoint,
           count(*) FILTER (WHERE status = 'queued' AND execute_after <= now()) AS waiting,
           count(*) FILTER (WHERE status = 'queued' AND execute_after > now()) AS deferred,
           count(*) FILTER (WHERE status = 'picked') AS running,
           count(*) FILTER (WHERE status = 'failed') AS failed,
           coalesce(extract(epoch FROM now() - min(execute_after)
               FILTER (WHERE status = 'queued' AND execute_after <= now())), 0)::float8
               AS oldest_waiting_s
      FROM pgqueuer.pgqueuer
  GROUP BY entrypoint
  ORDER BY entrypoint
"""


async def queue_sizes(connection: asyncpg.Connection) -> tuple[QueueSize, ...]:
    """What waits, runs and has failed, by entrypoint; the age is that of the longest wait."""
    return tuple(QueueSize(**row) for row in await connection.fetch(_SIZES))


_PRUNE_LOG = """
    DELETE FROM pgqueuer.pgqueuer_log
     WHERE id IN (SELECT id FROM pgqueuer.pgqueuer_log
                   WHERE created < now() - make_interval(days => $1) ORDER BY created LIMIT $2)
"""
_PRUNE_FAILED = """
    DELETE FROM pgqueuer.pgqueuer
     WHERE id IN (SELECT id FROM pgqueuer.pgqueuer
                   WHERE status = 'failed' AND updated < now() - make_interval(days => $1)
                   ORDER BY id LIMIT $2)
"""


async def prune(
    connection: asyncpg.Connection, *, log_days: int = 7, failed_days: int = 30, batch: int = 5000
) -> int:
    """Forget the engine's log and its failed jobs after that many days; return how many rows.

    Deletes in batches that commit one by one when `connection` is outside a transaction.
    """
    pruned = await _delete_in_batches(connection, _PRUNE_LOG, log_days, batch)
    return pruned + await _delete_in_batches(connection, _PRUNE_FAILED, failed_days, batch)


async def _delete_in_batches(
    connection: asyncpg.Connection, statement: str, days: int, batch: int
) -> int:
    total = 0
    while True:
        status: str = await connection.execute(statement, days, batch)
        deleted = int(status.rpartition(" ")[2])
        total += deleted
        if deleted < batch:
            return total
