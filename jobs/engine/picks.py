"""Taking jobs from the queue and giving them back: pgqueuer's statements with our guards.

What differs from pgqueuer's own: a worker takes no more than it has room for, in all and for each
workspace; and an outcome counts only for the pick that produced it, so that a worker that was
frozen, and whose job another one has taken meanwhile, can neither finish nor prolong it.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta

from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.domain import models, types
from pgqueuer.ports.repository import EntrypointExecutionParameter

from jobs.engine.lines import Line
from jobs.engine.schema import CHANNEL, builders

# `updated` is the moment of the pick and stays as it is until the outcome, so (id, queue_manager_id,
# updated) names one pick. What this worker holds it never takes again before it is settled, even if
# others had it meanwhile: one pick at a time. A job found stale has cost a worker its life or its line: that is a fault.
_PICK = """
    WITH load AS (
        SELECT unnest($5::text[]) AS workspace_id, unnest($6::int[]) AS running
    ), queued AS (
        SELECT job.id, job.priority, job.workspace_id
          FROM unnest($1::text[]) AS wanted (entrypoint)
         CROSS JOIN LATERAL (
               SELECT q.id, q.priority, q.headers ->> 'workspace_id' AS workspace_id
                 FROM pgqueuer.pgqueuer q
                WHERE q.entrypoint = wanted.entrypoint
                  AND q.status = 'queued'
                  AND q.execute_after < now()
                  AND q.id <> ALL ($8::bigint[])
                  AND (cardinality($7::text[]) = 0
                       OR (q.headers ->> 'workspace_id') IS NULL
                       OR q.headers ->> 'workspace_id' <> ALL ($7))
             ORDER BY q.priority DESC, q.id
                LIMIT $2
                  FOR UPDATE SKIP LOCKED
         ) AS job
    ), stale AS (
        SELECT q.id, q.priority, q.headers ->> 'workspace_id' AS workspace_id
          FROM pgqueuer.pgqueuer q
         WHERE q.status = 'picked'
           AND q.entrypoint = ANY ($1)
           AND q.heartbeat < now() - $4::interval
           AND q.id <> ALL ($8::bigint[])
      ORDER BY q.priority DESC, q.id
         LIMIT $2
           FOR UPDATE SKIP LOCKED
    ), ranked AS (
        SELECT found.*, row_number() OVER (
                   PARTITION BY workspace_id ORDER BY priority DESC, id) AS nth
          FROM (SELECT *, false AS again FROM queued
                 UNION ALL
                SELECT *, true FROM stale) AS found
    ), chosen AS (
        SELECT ranked.id, ranked.again
          FROM ranked LEFT JOIN load USING (workspace_id)
         WHERE nth + coalesce(running, 0) <= $9
      ORDER BY priority DESC, id
         LIMIT $2
    ), claimed AS (
        UPDATE pgqueuer.pgqueuer q
           SET status = 'picked', updated = now(), heartbeat = now(), queue_manager_id = $3,
               headers = CASE WHEN again THEN coalesce(q.headers, '{}') || jsonb_build_object(
                   'faults', coalesce((q.headers ->> 'faults')::int, 0) + 1)
                   ELSE q.headers END
          FROM chosen
         WHERE q.id = chosen.id
     RETURNING q.*
    ), logged AS (
        INSERT INTO pgqueuer.pgqueuer_log (job_id, status, entrypoint, priority)
        SELECT id, status, entrypoint, priority FROM claimed
    )
    SELECT id, priority, created, updated, heartbeat, execute_after, status, entrypoint, payload,
           attempts, queue_manager_id, slot, headers::text AS headers
      FROM claimed
  ORDER BY priority DESC, id
"""

_SETTLE = """
    WITH outcome AS (
        SELECT * FROM unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::text[])
                   AS o (id, picked, status, traceback)
    ), finished AS (
        DELETE FROM pgqueuer.pgqueuer q USING outcome o
         WHERE q.id = o.id AND q.updated = o.picked AND q.queue_manager_id = $5
           AND q.status = 'picked' AND o.status NOT IN ('failed', 'canceled')
     RETURNING q.id, q.entrypoint, q.priority, o.status, o.traceback
    ), kept AS (
        UPDATE pgqueuer.pgqueuer q
           SET status = CASE o.status WHEN 'failed' THEN 'failed' ELSE 'queued' END
                            ::pgqueuer.pgqueuer_status,
               updated = now(), queue_manager_id = NULL
          FROM outcome o
         WHERE q.id = o.id AND q.updated = o.picked AND q.queue_manager_id = $5
           AND q.status = 'picked' AND o.status IN ('failed', 'canceled')
     RETURNING q.id, q.entrypoint, q.priority, q.status::text, o.traceback
    )
    INSERT INTO pgqueuer.pgqueuer_log (job_id, entrypoint, priority, status, traceback)
    SELECT id, entrypoint, priority, status::pgqueuer.pgqueuer_status, traceback::jsonb
      FROM (SELECT * FROM finished UNION ALL SELECT * FROM kept) AS settled
"""

# The trigger stays silent on updates, so a retry says itself that there is work.
_RETRY = """
    WITH retried AS (
        UPDATE pgqueuer.pgqueuer
           SET status = 'queued', execute_after = now() + $4::interval, attempts = attempts + 1,
               updated = now(), queue_manager_id = NULL, headers = $5::text::jsonb
         WHERE id = $1 AND updated = $2 AND queue_manager_id = $3 AND status = 'picked'
     RETURNING id, entrypoint, priority
    ), logged AS (
        INSERT INTO pgqueuer.pgqueuer_log (job_id, status, entrypoint, priority, traceback)
        SELECT id, 'queued', entrypoint, priority, $6::text::jsonb FROM retried
    )
    SELECT pg_notify($7, json_build_object(
               'channel', $7::text, 'operation', 'update', 'sent_at', now(),
               'table', 'pgqueuer', 'type', 'table_changed_event')::text)
      FROM retried
"""

_BEAT = """
    UPDATE pgqueuer.pgqueuer SET heartbeat = now()
     WHERE id = ANY ($1::bigint[]) AND queue_manager_id = $2 AND status = 'picked'
"""


def workspace_of(job: models.Job) -> str:
    return str((job.headers or {}).get("workspace_id", ""))


class Picks(Queries):
    """pgqueuer's repository for one worker.

    At most `room` of its jobs run at once, and at most `room_each` of one workspace.
    """

    def __init__(self, line: Line, *, room: int, room_each: int) -> None:
        super().__init__(line, *builders())
        self._line = line
        self._room = room
        self._room_each = room_each
        self._inside: dict[types.JobId, str] = {}
        self._held: set[types.JobId] = set()
        self._me: types.QueueManagerId | None = None
        self._cramped = False

    async def dequeue(
        self,
        batch_size: int,
        entrypoints: dict[types.QueueEntrypoint, EntrypointExecutionParameter],
        queue_manager_id: types.QueueManagerId,
        global_concurrency_limit: int | None,
        heartbeat_timeout: timedelta,
    ) -> list[models.Job]:
        self._line.looking()
        self._me = queue_manager_id
        running = Counter(self._inside.values())
        full = [workspace for workspace, count in running.items() if count >= self._room_each]
        limit = min(batch_size, self._room - running.total())
        self._cramped = bool(full) or limit < batch_size
        if limit < 1:
            return []
        rows = await self.driver.fetch(
            _PICK,
            list(entrypoints),
            limit,
            queue_manager_id,
            heartbeat_timeout,
            list(running.keys()),
            list(running.values()),
            full,
            list(self._held),
            self._room_each,
        )
        picked = [models.Job.model_validate(row) for row in rows]
        for job in picked:
            self._held.add(job.id)
            self._inside[job.id] = workspace_of(job)
        return picked

    def leave(self, job: models.Job) -> None:
        """`job`'s handler has ended: there is room for another, perhaps one left behind."""
        self._inside.pop(job.id, None)
        if self._cramped:
            self._line.wake()

    async def log_jobs(
        self,
        job_status: list[tuple[models.Job, types.JOB_STATUS, models.TracebackRecord | None]],
    ) -> None:
        """Settle jobs: done ones go, failed ones stay visible, canceled ones are free again."""
        await self.driver.execute(
            _SETTLE,
            [job.id for job, _, _ in job_status],
            [job.updated for job, _, _ in job_status],
            [status for _, status, _ in job_status],
            [trace.model_dump_json() if trace else None for _, _, trace in job_status],
            self._me,
        )
        for job, _, _ in job_status:
            self._held.discard(job.id)

    async def retry_job(
        self,
        job: models.Job,
        delay: timedelta,
        traceback_record: models.TracebackRecord | None,
    ) -> None:
        await self.driver.execute(
            _RETRY,
            job.id,
            job.updated,
            self._me,
            delay,
            json.dumps(job.headers),
            traceback_record.model_dump_json() if traceback_record else None,
            CHANNEL,
        )
        self._held.discard(job.id)

    async def update_heartbeat(self, job_ids: list[types.JobId]) -> None:
        held = [job_id for job_id in set(job_ids) if job_id in self._held]
        await self.driver.execute(_BEAT, held, self._me)
