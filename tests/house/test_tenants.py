"""With a game played in one workspace, another one, or none, sees nothing and changes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncpg
import pytest

from tests.databases import TestDatabase
from tests.house.rows import fill
from tests.house.tenants import OTHER, connected, mirror, tenant_tables
from tests.stage import Stage, set_stage

_PICTURE = (
    "SELECT md5(string_agg(r::text, ',' ORDER BY r::text)) FROM {table} r WHERE workspace_id = $1"
)
_INSERT = """
    INSERT INTO {table} OVERRIDING SYSTEM VALUE
    SELECT (jsonb_populate_record(NULL::{table}, $1::jsonb)).*
"""
_OVERWRITE = "ON CONFLICT ({key}) DO UPDATE SET workspace_id = EXCLUDED.workspace_id"
_KEY = """
    SELECT string_agg(a.attname, ', ') FROM pg_index i
      JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
     WHERE i.indrelid = $1::regclass AND i.indisprimary
"""
_ROW = "SELECT to_jsonb(r)::text FROM {table} r WHERE workspace_id = $1 LIMIT 1"


@dataclass(frozen=True, slots=True)
class Played:
    """A database in which `workspace_id` played, and OTHER has a copy of all its rows."""

    database: TestDatabase
    workspace_id: str
    tables: tuple[str, ...]
    superuser: asyncpg.Connection

    async def picture(self, workspace_id: str) -> dict[str, str]:
        """A digest of every row of the workspace, by table."""
        return {
            table: await self.superuser.fetchval(_PICTURE.format(table=table), workspace_id)
            for table in self.tables
        }

    def url(self, role: str) -> str:
        return self.database.app_url if role == "hunch_app" else self.database.admin_url


@pytest.fixture
async def played(database: TestDatabase) -> AsyncIterator[Played]:
    async with set_stage(database) as stage:
        await play(stage)
        workspace_id = str(stage.workspace_id)
    async with connected(database.superuser_url) as superuser:
        await mirror(superuser)
        tables = tuple(await tenant_tables(superuser))
        yield Played(database, workspace_id, tables, superuser)


async def play(stage: Stage) -> None:
    """Leave rows in every table: a survey, an account nobody knows, a leaderboard, GitHub's."""
    admin = stage.person("person1")
    await stage.merge("person1", "person2", "somebody-unknown")
    await stage.until_dm("person1", "Was this PR AI-assisted?")
    await admin.command("/copilot", "leaderboard post")
    await stage.until_row("SELECT count(*) FROM leaderboards")
    await stage.quiet()
    async with stage.transaction() as tx:
        await fill(tx)


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody who is not of the workspace that played; `whose` None: no workspace is named."""

    role: str
    whose: str | None
    connection: asyncpg.Connection


async def strangers(played: Played) -> AsyncIterator[Stranger]:
    """Both logins, the owner's too; from another workspace, and from none."""
    for role in ("hunch_app", "hunch_admin"):
        for whose in (OTHER, None):
            async with connected(played.url(role), whose) as connection:
                yield Stranger(role, whose, connection)


async def test_the_game_leaves_rows_in_every_table_and_its_own_people_see_them(
    played: Played,
) -> None:
    """Else the tests below would prove nothing about the table that has none."""
    async with connected(played.database.app_url, played.workspace_id) as member:
        for table in played.tables:
            assert await seen(member, table, played.workspace_id) > 0, f"play something for {table}"
            assert await seen(played.superuser, table, OTHER) > 0
            assert await seen(member, table, OTHER) == 0


async def test_strangers_see_nothing_change_nothing_and_remove_nothing(played: Played) -> None:
    before = await played.picture(played.workspace_id)
    async for stranger in strangers(played):
        for table in played.tables:
            assert await seen(stranger.connection, table, played.workspace_id) == 0, table
            assert await touched(stranger, f"UPDATE {table} SET workspace_id = workspace_id") == 0
            assert await touched(stranger, f"DELETE FROM {table}") == 0, table
    assert await played.picture(played.workspace_id) == before


async def seen(connection: asyncpg.Connection, table: str, workspace_id: str) -> int:
    count: int = await connection.fetchval(
        f"SELECT count(*) FROM {table} WHERE workspace_id = $1", workspace_id
    )
    return count


async def touched(stranger: Stranger, statement: str) -> int:
    """How many rows not their own the statement reaches."""
    statement += " WHERE workspace_id IS DISTINCT FROM $1"
    try:
        status = await stranger.connection.execute(statement, stranger.whose)
    except asyncpg.InsufficientPrivilegeError:
        return 0
    return int(status.rpartition(" ")[2])


async def test_strangers_can_put_no_row_into_it_and_overwrite_none(played: Played) -> None:
    before = await played.picture(played.workspace_id)
    async for stranger in strangers(played):
        for table in played.tables:
            row = await played.superuser.fetchval(_ROW.format(table=table), played.workspace_id)
            key = await played.superuser.fetchval(_KEY, f"hunch.{table}")
            for ending in ("", "ON CONFLICT DO NOTHING", _OVERWRITE.format(key=key)):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await stranger.connection.execute(_INSERT.format(table=table) + ending, row)
    assert await played.picture(played.workspace_id) == before


async def test_strangers_can_give_it_none_of_their_own_rows(played: Played) -> None:
    before = await played.picture(played.workspace_id)
    async for stranger in strangers(played):
        for table in played.tables if stranger.whose else ():
            give = f"UPDATE {table} SET workspace_id = $1"
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await stranger.connection.execute(give, played.workspace_id)
    assert await played.picture(played.workspace_id) == before
