"""Bringing a database up to date: once, together, in two phases, and never over a surprise."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import asyncpg
import pytest

from bot.errors import SettingsError, UserError
from jobs.engine import install
from storage.database import open_pool
from storage.migrations import Migration, migrate, migrations
from tests.databases import TestDatabase
from tests.house.tenants import connected

APP = "hunch_app"
TABLE = "CREATE TABLE {0} (workspace_id text PRIMARY KEY)"
_ENQUEUE = (
    "SELECT pgqueuer.enqueue_jobs(ARRAY['x'], ARRAY['T1'], ARRAY['1'], ARRAY['k'],"
    " ARRAY[NULL::timestamptz], ARRAY[0])"
)


def a_migration(name: str, statements: str) -> Migration:
    phase = name.split(".")[1]
    return Migration(name, phase, statements, checksum=f"checksum of {statements}")


OLD = migrations()
MORE = a_migration("0098_more.pre.sql", TABLE.format("more"))
LATER = a_migration("0099_later.post.sql", TABLE.format("later"))


async def bring_up(
    database: TestDatabase,
    *,
    role: str = APP,
    wanted: tuple[Migration, ...] = OLD,
    post: bool = True,
) -> tuple[str, ...]:
    installing = partial(install, role=role)
    return await migrate(
        database.admin_url, role, install_jobs=installing, wanted=wanted, with_post=post
    )


async def applied(database: TestDatabase) -> list[str]:
    async with connected(database.admin_url) as connection:
        rows = await connection.fetch("SELECT name FROM schema_migrations ORDER BY name")
    return [row["name"] for row in rows]


async def test_an_empty_database_is_brought_up_and_a_second_time_changes_nothing(
    empty_database: TestDatabase,
) -> None:
    names = tuple(migration.name for migration in OLD)
    assert await bring_up(empty_database) == names
    assert await bring_up(empty_database) == ()
    assert await applied(empty_database) == list(names)


async def test_two_at_once_apply_everything_once(empty_database: TestDatabase) -> None:
    both = await asyncio.gather(bring_up(empty_database), bring_up(empty_database))
    assert sorted(both) == [(), tuple(migration.name for migration in OLD)]


async def test_a_migration_changed_after_it_was_applied_is_refused(database: TestDatabase) -> None:
    changed = replace(OLD[0], checksum="other")
    with pytest.raises(
        UserError, match=r"0001_spine.pre.sql was changed after it had been applied"
    ):
        await bring_up(database, wanted=(changed, *OLD[1:]))


async def test_a_database_of_a_newer_hunch_is_refused(database: TestDatabase) -> None:
    await bring_up(database, wanted=(*OLD, MORE))
    with pytest.raises(UserError, match=r"has 0098_more.pre.sql, which this version .* newer one"):
        await bring_up(database)


async def test_what_the_old_version_could_not_live_with_waits_until_it_is_asked_for(
    database: TestDatabase,
) -> None:
    wanted = (*OLD, MORE, LATER)
    assert await bring_up(database, wanted=wanted, post=False) == (MORE.name,)
    assert await bring_up(database, wanted=wanted) == (LATER.name,)


async def test_a_migration_that_fails_leaves_nothing_half_done(database: TestDatabase) -> None:
    broken = a_migration("0098_broken.pre.sql", f"{TABLE.format('half')}; SELECT 1 / 0")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await bring_up(database, wanted=(*OLD, broken))
    assert broken.name not in await applied(database)
    async with connected(database.admin_url) as connection:
        assert await connection.fetchval("SELECT to_regclass('hunch.half')") is None


async def test_a_login_without_rights_is_told_what_it_lacks(empty_database: TestDatabase) -> None:
    powerless = replace(empty_database, admin_url=empty_database.app_url)
    with pytest.raises(
        SettingsError, match="DATABASE_ADMIN_URL: this login may not create"
    ) as told:
        await bring_up(powerless)
    assert "\n" not in str(told.value)


async def test_one_url_will_do_for_both_logins(empty_database: TestDatabase) -> None:
    await bring_up(empty_database, role="hunch_admin")
    pool = await open_pool(empty_database.admin_url)
    try:
        assert await pool.fetchval("SELECT count(*) FROM workspaces") == 0
    finally:
        await pool.close()


@pytest.fixture
async def other_login(empty_database: TestDatabase) -> AsyncIterator[str]:
    """An application's login with a name that needs quoting."""
    name = f"Another App {uuid.uuid4().hex[:8]}"
    async with connected(empty_database.superuser_url) as superuser:
        await superuser.execute(f'CREATE ROLE "{name}" LOGIN')
        yield name
        await superuser.execute(f'DROP OWNED BY "{name}"; DROP ROLE "{name}"')


async def test_an_application_login_of_any_name_gets_its_rights(
    empty_database: TestDatabase, other_login: str
) -> None:
    await bring_up(empty_database, role=other_login)
    url = re.sub("//hunch_app@", f"//{other_login.replace(' ', '%20')}@", empty_database.app_url)
    async with connected(url, "T1") as application:
        assert await application.fetch("SELECT workspace_id FROM parts") == []
        assert await application.fetchval(_ENQUEUE)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await application.execute("DELETE FROM audits")


def test_a_misnamed_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "spine.sql").write_text("SELECT 1")
    with pytest.raises(ValueError, match="not named"):
        migrations(tmp_path)


def test_a_number_used_twice_is_refused(tmp_path: Path) -> None:
    for name in ("0001_a.pre.sql", "0001_b.post.sql"):
        (tmp_path / name).write_text("SELECT 1")
    with pytest.raises(ValueError, match="share a number"):
        migrations(tmp_path)


async def test_an_old_server_is_refused_before_anything_is_written(
    empty_database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.database.OLDEST_POSTGRESQL", 990000)
    with pytest.raises(SettingsError, match="Hunch needs 15 or newer"):
        await bring_up(empty_database)
    async with connected(empty_database.superuser_url) as connection:
        schemas = "SELECT count(*) FROM pg_namespace WHERE nspname IN ('hunch', 'pgqueuer')"
        assert await connection.fetchval(schemas) == 0
