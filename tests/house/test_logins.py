"""What each login may do in the database, and which logins and servers Hunch refuses."""

from __future__ import annotations

import re
import uuid
from collections.abc import AsyncIterator

import asyncpg
import pytest

from bot.errors import SettingsError
from storage.database import check_version, open_pool
from tests.databases import TestDatabase
from tests.house.tenants import SHARED, columns, connected


@pytest.fixture
async def app(database: TestDatabase) -> AsyncIterator[asyncpg.Connection]:
    async with connected(database.app_url, "T0000MINE") as connection:
        yield connection


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE parts",
        "ALTER TABLE parts DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE parts NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY tenant ON parts",
        "CREATE POLICY mine ON parts USING (true)",
        "DROP TABLE parts",
        "CREATE TABLE hunch.more (id int)",
        "CREATE TABLE public.more (id int)",
        "CREATE TABLE pgqueuer.more (id int)",
        "CREATE SCHEMA more",
        "CREATE ROLE more",
        "CREATE OR REPLACE FUNCTION hunch.current_workspace() RETURNS text LANGUAGE sql RETURN 'T1'",
        "ALTER ROLE hunch_app BYPASSRLS",
        "SET ROLE hunch_admin",
        "SET SESSION AUTHORIZATION hunch_admin",
        "TRUNCATE pgqueuer.pgqueuer",
        "UPDATE audits SET actor = 'nobody'",
        "DELETE FROM audits",
        "INSERT INTO schema_migrations VALUES ('9999_x.pre.sql', '', now())",
        "UPDATE schema_migrations SET checksum = ''",
        "DELETE FROM schema_migrations",
    ],
)
async def test_the_application_cannot_change_the_house_or_its_trail(
    app: asyncpg.Connection, statement: str
) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await app.execute(statement)


async def test_the_application_owns_nothing(app: asyncpg.Connection) -> None:
    owned = "SELECT count(*) FROM pg_class WHERE relowner = 'hunch_app'::regrole"
    assert await app.fetchval(owned) == 0


async def test_the_application_reads_and_writes_every_table(app: asyncpg.Connection) -> None:
    for table in await columns(app):
        await app.fetch(f"SELECT FROM {table}")
        writes = f"has_table_privilege('hunch.{table}', 'INSERT')"
        expected = table != "schema_migrations"
        assert await app.fetchval(f"SELECT {writes}") is expected, table
    assert SHARED


async def test_a_superuser_is_refused_as_the_application(database: TestDatabase) -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL: this login can bypass row-level"):
        await open_pool(database.superuser_url)


async def test_a_login_that_bypasses_row_level_security_is_refused(database: TestDatabase) -> None:
    role = f"bypass_{uuid.uuid4().hex[:12]}"
    async with connected(database.superuser_url) as superuser:
        await superuser.execute(f"CREATE ROLE {role} LOGIN BYPASSRLS")
        try:
            with pytest.raises(SettingsError, match="can bypass row-level security"):
                await open_pool(re.sub("//hunch_app@", f"//{role}@", database.app_url))
        finally:
            await superuser.execute(f"DROP ROLE {role}")


@pytest.mark.parametrize("number", [90624, 140013])
def test_an_older_postgresql_is_refused_with_what_to_do(number: int) -> None:
    with pytest.raises(SettingsError, match="needs 15 or newer"):
        check_version(number)


@pytest.mark.parametrize("number", [150000, 180004])
def test_postgresql_15_and_newer_will_do(number: int) -> None:
    assert check_version(number) is None  # type: ignore[func-returns-value]
