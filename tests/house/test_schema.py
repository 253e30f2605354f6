"""`storage/schema.sql` is what the migrations add up to."""

from __future__ import annotations

import asyncio

import asyncpg

from tests.databases import TestDatabase
from tests.house.schema import SCHEMA, dump

_CATALOGUE = """
    SELECT 'column' AS what, c.relname || '.' || a.attname AS name,
           format('%s %s %s %s', format_type(a.atttypid, a.atttypmod), a.attnotnull,
                  a.attidentity, pg_get_expr(d.adbin, d.adrelid)) AS how
      FROM pg_class c
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
     WHERE c.relnamespace = 'hunch'::regnamespace
    UNION ALL
    SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
      FROM pg_constraint WHERE connamespace = 'hunch'::regnamespace
    UNION ALL
    SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'hunch'
    UNION ALL
    SELECT 'policy', tablename || '.' || policyname, format('%s %s %s %s', roles, cmd, qual, with_check)
      FROM pg_policies WHERE schemaname = 'hunch'
    UNION ALL
    SELECT 'security', relname, format('%s %s', relrowsecurity, relforcerowsecurity)
      FROM pg_class WHERE relnamespace = 'hunch'::regnamespace AND relkind = 'r'
    UNION ALL
    SELECT 'function', oid::regprocedure::text, pg_get_functiondef(oid)
      FROM pg_proc WHERE pronamespace = 'hunch'::regnamespace AND prokind <> 'a'
    UNION ALL
    SELECT 'aggregate', aggfnoid::regprocedure::text,
           format('%s %s %s', aggtransfn, aggtranstype::regtype, agginitval)
      FROM pg_aggregate JOIN pg_proc ON pg_proc.oid = aggfnoid
     WHERE pronamespace = 'hunch'::regnamespace
    UNION ALL
    SELECT 'grant', table_name || ' to ' || grantee, string_agg(privilege_type, ',' ORDER BY privilege_type)
      FROM information_schema.table_privileges
     WHERE table_schema = 'hunch' AND grantee = 'hunch_app' GROUP BY table_name, grantee
    ORDER BY 1, 2, 3
"""


async def catalogue(url: str) -> list[tuple[str, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(_CATALOGUE)]
    finally:
        await connection.close()


async def test_the_file_reads_as_the_migrated_database_does(database: TestDatabase) -> None:
    dumped = await asyncio.to_thread(dump, database.superuser_url)
    assert SCHEMA.read_text(encoding="utf-8") == dumped, "run `make schema` and look at the change"


async def test_a_database_made_from_the_file_equals_a_migrated_one(
    database: TestDatabase, empty_database: TestDatabase
) -> None:
    connection = await asyncpg.connect(empty_database.admin_url)
    try:
        await connection.execute(
            f"SET check_function_bodies = off; {SCHEMA.read_text(encoding='utf-8')}"
        )
    finally:
        await connection.close()
    migrated = await catalogue(database.superuser_url)
    assert len(migrated) > 200
    assert await catalogue(empty_database.superuser_url) == migrated
