"""A workspace that stays away: after thirty days nothing of it is left, in whatever table."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest_asyncio

from bot.domain.ids import WorkspaceId
from tests.databases import TestDatabase
from tests.house import rows
from tests.house.tenants import columns, connected
from tests.scenario.install_support import Town, plays, set_town
from tests.stage import Stage

_REQUIRED = """
    SELECT attname AS name,
           CASE WHEN t.typcategory = 'N' THEN '1' WHEN t.typname = 'bool' THEN 'true'
                WHEN t.typname = 'timestamptz' THEN 'now()' WHEN t.typname = 'jsonb' THEN '''{}'''
                ELSE quote_literal('x') END AS value
      FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
     WHERE attrelid = ('hunch.' || $1)::regclass AND attnum > 0 AND attnotnull
       AND NOT atthasdef AND attidentity = '' AND attname <> 'workspace_id'
"""


@pytest_asyncio.fixture
async def town(database: TestDatabase) -> AsyncIterator[Town]:
    # In the past, and from there on towards the present: jobs are due by the real time.
    async with set_town(database, ahead=-timedelta(days=40)) as town:
        yield town


@pytest_asyncio.fixture
async def there(town: Town) -> Stage:
    """A workspace in which the game is on."""
    team = WorkspaceId(town.neighbour())
    assert (await town.browser.install(team)).status == 200
    return await town.stage_in(team)


async def leaves(town: Town, there: Stage) -> None:
    town.stage.slack.uninstall(there.workspace_id)
    await there.until_row("SELECT count(*) = 1 FROM workspace_routes WHERE uninstalled_at < now()")
    await town.stage.quiet()


async def purged_after(town: Town, days: float) -> None:
    town.stage.wait(timedelta(days=days))
    await town.stage.run_job("installs.purge")


async def test_for_thirty_days_nothing_is_deleted(
    town: Town, there: Stage, database: TestDatabase
) -> None:
    await leaves(town, there)
    before = await rows_of(database, there.workspace_id)
    await purged_after(town, 29.9)
    assert await rows_of(database, there.workspace_id) == before


async def rows_of(database: TestDatabase, workspace_id: str) -> dict[str, int]:
    """How many rows of a workspace there are in each table that has some, by the catalogue."""
    async with connected(database.superuser_url) as superuser:
        found = {}
        for table, has in (await columns(superuser)).items():
            if "workspace_id" in has:
                counted = f"SELECT count(*) FROM {table} WHERE workspace_id = $1"
                found[table] = await superuser.fetchval(counted, workspace_id)
        jobs = "SELECT count(*) FROM pgqueuer.pgqueuer WHERE headers ->> 'workspace_id' = $1"
        found["jobs"] = await superuser.fetchval(jobs, workspace_id)
    return {table: count for table, count in found.items() if count}


async def fill(database: TestDatabase, workspace_id: str) -> set[str]:
    """Give the workspace a row in every table; the tables' names."""
    async with connected(database.superuser_url) as superuser:
        await superuser.execute("SET session_replication_role = replica")
        tables = {t for t, has in (await columns(superuser)).items() if "workspace_id" in has}
        for table in tables:
            have = await superuser.fetchval(
                f"SELECT count(*) FROM {table} WHERE workspace_id = $1", workspace_id
            )
            if not have:
                await superuser.execute(await _filling(superuser, table), workspace_id)
    return tables


async def _filling(superuser: asyncpg.Connection, table: str) -> str:
    """An INSERT of one row that says nothing, but for the columns that must say something."""
    required = await superuser.fetch(_REQUIRED, table)
    names = ", ".join(["workspace_id", *(row["name"] for row in required)])
    values = ", ".join(["$1", *(row["value"] for row in required)])
    return f"INSERT INTO {table} ({names}) VALUES ({values})"


async def test_after_thirty_days_nothing_of_it_is_left_in_any_table(
    town: Town, there: Stage, database: TestDatabase
) -> None:
    await plays(there)
    async with there.services.store.database.transaction(there.workspace_id, name="test") as tx:
        await rows.fill(tx)
    await leaves(town, there)
    tables = await fill(database, there.workspace_id)
    assert (await rows_of(database, there.workspace_id)).keys() - {"jobs"} == tables
    others = await rows_of(database, town.stage.workspace_id)

    await purged_after(town, 30.1)
    assert await rows_of(database, there.workspace_id) == {}
    left = await rows_of(database, town.stage.workspace_id)
    assert left.keys() >= others.keys()


async def test_who_comes_back_after_that_starts_afresh(town: Town, there: Stage) -> None:
    await leaves(town, there)
    await purged_after(town, 31)
    assert (await town.browser.install(there.workspace_id)).status == 200
    await town.stage.quiet()
    assert await there.value("SELECT count(*) FROM members") == 3
    assert await there.value("SELECT count(*) FROM github_links") == 0
    await plays(await town.stage_in(there.workspace_id))


async def test_who_came_back_meanwhile_is_not_purged(town: Town, there: Stage) -> None:
    await leaves(town, there)
    await town.browser.install(there.workspace_id)
    long_since = town.stage.clock.now() + timedelta(days=99)
    assert not await town.stage.services.store.purge(there.workspace_id, long_since)
    await plays(there)
