"""Every table keeps workspaces apart by its very shape; the catalogue is asked, not a list."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.databases import TestDatabase
from tests.house.tenants import SHARED, columns, connected, tenant_tables

_POLICY = "(workspace_id = current_workspace())"
_UNPROTECTED = """
    SELECT c.relname FROM pg_class c
     WHERE c.relname = ANY ($1) AND c.relnamespace = 'hunch'::regnamespace
       AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
"""
_POLICIES = """
    SELECT tablename, permissive, roles::text[], cmd, qual, with_check
      FROM pg_policies WHERE schemaname = 'hunch'
"""
_KEYS_WITHOUT = """
    SELECT i.indexrelid::regclass::text FROM pg_index i
      JOIN pg_class c ON c.oid = i.indrelid AND c.relnamespace = 'hunch'::regnamespace
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id'
     WHERE c.relname = ANY ($1) AND i.indisunique AND NOT a.attnum = ANY (i.indkey)
"""
# A foreign key must lead to a row of the same workspace: its n-th column and theirs both are it.
_REFERENCES_WITHOUT = """
    SELECT k.conname FROM pg_constraint k
      JOIN pg_class c ON c.oid = k.conrelid AND c.relnamespace = 'hunch'::regnamespace
     WHERE c.relname = ANY ($1) AND k.contype = 'f' AND NOT EXISTS (
           SELECT FROM unnest(k.conkey, k.confkey) AS pair (ours, theirs)
             JOIN pg_attribute o ON o.attrelid = k.conrelid AND o.attnum = pair.ours
             JOIN pg_attribute t ON t.attrelid = k.confrelid AND t.attnum = pair.theirs
            WHERE o.attname = 'workspace_id' AND t.attname = 'workspace_id')
"""
_BACK_DOORS = """
    SELECT oid::regclass::text AS name FROM pg_class
     WHERE relnamespace IN ('hunch'::regnamespace, 'public'::regnamespace)
       AND relkind IN ('v', 'm', 'f')
    UNION ALL
    SELECT oid::regprocedure::text FROM pg_proc
     WHERE pronamespace IN ('hunch'::regnamespace, 'pgqueuer'::regnamespace) AND prosecdef
"""
OWNERS = {
    "forget_audits(timestamp with time zone,integer)": "the application cannot delete from the trail; "
    "this drops what is old of the workspace that the transaction names",
}
"""Functions that run with their owner's rights, and why they may."""
_SCHEMAS = """
    SELECT DISTINCT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p')
       AND n.nspname NOT IN ('pg_catalog', 'pg_toast', 'information_schema')
"""


@pytest.fixture
async def catalogue(database: TestDatabase) -> AsyncIterator[asyncpg.Connection]:
    async with connected(database.superuser_url) as connection:
        yield connection


async def test_every_table_carries_its_workspace(catalogue: asyncpg.Connection) -> None:
    tables = await columns(catalogue)
    lacking = {name for name, has in tables.items() if "workspace_id" not in has}
    assert lacking <= SHARED.keys()
    assert len(await tenant_tables(catalogue)) > 10


async def test_what_crosses_workspaces_is_on_the_list_column_by_column(
    catalogue: asyncpg.Connection,
) -> None:
    tables = await columns(catalogue)
    assert {name: tables.get(name) for name in SHARED} == SHARED


async def test_every_table_is_protected_from_its_owner_too(catalogue: asyncpg.Connection) -> None:
    tables = await tenant_tables(catalogue)
    assert await catalogue.fetch(_UNPROTECTED, tables) == []


async def test_every_table_has_the_one_policy(catalogue: asyncpg.Connection) -> None:
    found = {row["tablename"]: tuple(row)[1:] for row in await catalogue.fetch(_POLICIES)}
    expected = ("PERMISSIVE", ["public"], "ALL", _POLICY, _POLICY)
    assert found == dict.fromkeys(await tenant_tables(catalogue), expected)


async def test_every_key_includes_the_workspace(catalogue: asyncpg.Connection) -> None:
    tables = await tenant_tables(catalogue)
    assert await catalogue.fetch(_KEYS_WITHOUT, tables) == []
    assert await catalogue.fetch(_REFERENCES_WITHOUT, tables) == []


async def test_no_view_or_function_sees_more_than_its_caller(
    catalogue: asyncpg.Connection,
) -> None:
    assert {row["name"] for row in await catalogue.fetch(_BACK_DOORS)} == OWNERS.keys()


async def test_no_table_hides_in_another_schema(catalogue: asyncpg.Connection) -> None:
    assert {row["nspname"] for row in await catalogue.fetch(_SCHEMAS)} == {"hunch", "pgqueuer"}
