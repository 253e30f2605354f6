"""What the engine keeps in PostgreSQL: pgqueuer's tables and the one function that queues jobs.

Everything lives in the schema `pgqueuer`. Statements and plpgsql functions elsewhere may call
`pgqueuer.enqueue_jobs(entrypoints, workspace_ids, refs, keys, run_ats, priorities)`, which returns
how many were new; its name, arguments and promise are stable.
"""

from __future__ import annotations

from typing import Any

import asyncpg
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.qb import (
    QueryBuilderEnvironment,
    QueryQueueBuilder,
    QuerySchedulerBuilder,
)
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.domain.types import Channel
from pgqueuer.ports.driver import Driver
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

CHANNEL = Channel("hunch_jobs")


class _Names(DBSettings):
    """pgqueuer's settings with its reading of the environment taken away."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def names() -> DBSettings:
    """How our objects are called, whatever QUEUE_TABLE, CHANNEL or PGQUEUER_* may say."""
    chosen: dict[str, Any] = {
        "prefix": "",
        "db_schema": "pgqueuer",
        "channel": CHANNEL,
        "function": "fn_pgqueuer_changed",
        "statistics_table": "pgqueuer_statistics",
        "queue_status_type": "pgqueuer_status",
        "queue_table": "pgqueuer",
        "queue_table_log": "pgqueuer_log",
        "trigger": "tg_pgqueuer_changed",
        "schedules_table": "pgqueuer_schedules",
        "durability": Durability.durable,
        "widen_id": True,
    }
    return _Names(**chosen)


def builders() -> tuple[QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder]:
    settings = names()
    return (
        QueryBuilderEnvironment(settings),
        QueryQueueBuilder(settings),
        QuerySchedulerBuilder(settings),
    )


def queries(driver: Driver) -> Queries:
    return Queries(driver, *builders())


# How far behind a new job stands is read from the newest of its workspace's jobs that wait for about
# the same moment; this index finds them, and a long queue costs no more than a short one.
_INDEX = """
    CREATE INDEX IF NOT EXISTS hunch_waiting_idx
        ON pgqueuer.pgqueuer ((headers ->> 'workspace_id'), execute_after)
     WHERE status = 'queued'
"""

# How many jobs of a workspace wait for about the same moment. A long queue is not counted to its
# end: the newest few say how long it was when they came.
_CROWD_OF = """
    CREATE OR REPLACE FUNCTION pgqueuer.crowd_of(workspace_id text, due timestamptz)
    RETURNS integer LANGUAGE plpgsql STABLE
      SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off
    AS $body$
    BEGIN
        RETURN (
            SELECT CASE WHEN count(*) < 10 THEN count(*)
                        ELSE greatest(10, max(((-priority) % 1000000 + 1000000) % 1000000) + 1)
                   END
              FROM (
                SELECT q.priority FROM pgqueuer.pgqueuer q
                 WHERE q.status = 'queued'
                   AND q.headers ->> 'workspace_id' = crowd_of.workspace_id
                   AND q.execute_after <= crowd_of.due
                   AND q.execute_after > CASE WHEN crowd_of.due > now()
                       THEN crowd_of.due - interval '1 minute' ELSE '-infinity' END
              ORDER BY q.execute_after DESC
                 LIMIT 10
            ) AS newest);
    END
    $body$
"""

# Rows go in sorted by key: two transactions with the same keys then wait for each other in the same
# order and cannot deadlock. The priority falls by one for each job of the workspace already waiting
# (a deferred job counts those due in the minute before it), so a burst stands behind the others.
# A priority over 0 is for what a person waits for: it is not held against the workspace.
# A transaction that is traced says so in a setting, and its jobs carry the trace on.
_ENQUEUE_JOBS = """
    CREATE OR REPLACE FUNCTION pgqueuer.enqueue_jobs(
        entrypoints text[], workspace_ids text[], refs text[], keys text[],
        run_ats timestamptz[], priorities integer[]
    ) RETURNS integer LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan
    AS $body$
    #variable_conflict use_column
    DECLARE
        stored integer;
    BEGIN
        WITH wanted AS MATERIALIZED (
            SELECT entrypoint, workspace_id, ref, key, coalesce(priority, 0) AS priority,
                   greatest(run_at, now()) AS due,
                   row_number() OVER (PARTITION BY workspace_id ORDER BY ord) - 1 AS before_it
              FROM unnest(entrypoints, workspace_ids, refs, keys, run_ats, priorities)
                   WITH ORDINALITY
                   AS w(entrypoint, workspace_id, ref, key, run_at, priority, ord)
        ), crowd AS MATERIALIZED (
            SELECT d.workspace_id, d.due, pgqueuer.crowd_of(d.workspace_id, d.due) AS size
              FROM (SELECT DISTINCT workspace_id, due FROM wanted) AS d
        ), inserted AS (
            INSERT INTO pgqueuer.pgqueuer
                   (priority, entrypoint, payload, execute_after, dedupe_key, headers, status)
            SELECT least(greatest(w.priority, -1000), 1000) * 1000000
                       - CASE WHEN w.priority > 0 THEN 0
                              ELSE least(c.size + w.before_it, 999999) END,
                   w.entrypoint, convert_to(w.ref, 'UTF8'), w.due, w.key,
                   jsonb_strip_nulls(jsonb_build_object(
                       'workspace_id', w.workspace_id,
                       'traceparent', nullif(current_setting('hunch.traceparent', true), ''))),
                   'queued'
              FROM wanted w JOIN crowd c USING (workspace_id, due)
             ORDER BY w.key COLLATE "C"
            ON CONFLICT (dedupe_key)
                WHERE status IN ('queued', 'picked') AND dedupe_key IS NOT NULL
                DO NOTHING
            RETURNING id, entrypoint, priority
        ), logged AS (
            INSERT INTO pgqueuer.pgqueuer_log (job_id, status, entrypoint, priority)
            SELECT id, 'queued', entrypoint, priority FROM inserted
        )
        SELECT count(*) INTO stored FROM inserted;
        RETURN stored;
    END
    $body$
"""

_TUNED = """
    SELECT reloptions IS NOT NULL FROM pg_class WHERE oid = 'pgqueuer.pgqueuer'::regclass
"""
_GRANTS = """
    GRANT USAGE ON SCHEMA pgqueuer TO {role};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA pgqueuer TO {role};
    GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA pgqueuer TO {role};
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pgqueuer TO {role};
"""
_ROLE = "SELECT quote_ident(rolname) FROM pg_roles WHERE rolname = $1"


async def install(connection: asyncpg.Connection, *, role: str = "hunch_app") -> None:
    """Create or upgrade the engine's objects; done already, it changes nothing.

    `connection` is the owner's and must be outside a transaction: pgqueuer adds enum values that
    cannot be used in the transaction that adds them. `role`, if it exists, may read and write
    jobs afterwards but own nothing. Two processes at once do it one after the other.
    """
    if connection.is_in_transaction():
        raise ValueError("the job engine is installed outside a transaction")
    engine = queries(AsyncpgDriver(connection))
    async with engine.schema_lock():
        await engine.apply_upgrade()
        if not await connection.fetchval(_TUNED):
            await engine.optimize_autovacuum()
        for statement in (_INDEX, _CROWD_OF, _ENQUEUE_JOBS):
            await connection.execute(statement)
        quoted = await connection.fetchval(_ROLE, role)
        if quoted is not None:
            await connection.execute(_GRANTS.format(role=quoted))
