"""What the catalogue says about workspaces' tables, and a second workspace beside the first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

# The tables that cross workspaces, with all their columns: neither secrets nor content.
SHARED = {
    "cron_slots": {"name", "slot"},
    "fan_outs": {"kind", "slot", "began_at", "finished_at", "dispatched", "skipped"},
    "github_routes": {"installation_id", "workspace_id"},
    "hook_routes": {"hook_key", "workspace_id"},
    "schedules": {"workspace_id", "name", "weekday", "hour", "timezone", "effective_from"},
    "schema_migrations": {"name", "checksum", "applied_at"},
    "oauth_states": {
        "state_digest",
        "browser_digest",
        "wanted_id",
        "expires_at",
        "purpose",
        "slack_user_id",
        "installation_id",
    },
    "workspace_routes": {"workspace_id", "installed_at", "org_id", "uninstalled_at"},
}
OTHER = "T0000OTHER"

_COLUMNS = """
    SELECT c.relname AS table_name, array_agg(a.attname::text) AS columns
      FROM pg_class c
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relnamespace = 'hunch'::regnamespace AND c.relkind IN ('r', 'p')
  GROUP BY c.relname
"""
_MIRROR = """
    INSERT INTO {table} OVERRIDING SYSTEM VALUE
    SELECT (jsonb_populate_record(r, jsonb_build_object('workspace_id', $1::text))).*
      FROM {table} r
"""


async def columns(connection: asyncpg.Connection) -> dict[str, set[str]]:
    """All tables of our schema, with their columns."""
    return {row["table_name"]: set(row["columns"]) for row in await connection.fetch(_COLUMNS)}


async def tenant_tables(connection: asyncpg.Connection) -> list[str]:
    return sorted((await columns(connection)).keys() - SHARED.keys())


@asynccontextmanager
async def connected(url: str, workspace_id: str | None = None) -> AsyncIterator[asyncpg.Connection]:
    """A connection whose transactions belong to `workspace_id`."""
    settings = {"search_path": "hunch"}
    if workspace_id is not None:
        settings["hunch.workspace_id"] = workspace_id
    connection = await asyncpg.connect(url, server_settings=settings)
    try:
        yield connection
    finally:
        await connection.close()


async def mirror(superuser: asyncpg.Connection) -> None:
    """Give another workspace a copy of every row there is."""
    await superuser.execute("SET session_replication_role = replica")
    routed = "INSERT INTO workspace_routes (workspace_id, installed_at) VALUES ($1, now())"
    await superuser.execute(routed, OTHER)
    for table in await tenant_tables(superuser):
        await superuser.execute(_MIRROR.format(table=table), OTHER)
