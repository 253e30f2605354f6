"""`hunch doctor` on logins, schemas, what is stuck, and who else is at work."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from pydantic import SecretStr

from bot.app.doctor import CHECKS, Level, logins, run_check, visits
from bot.app.doctor.visits import open_visit
from bot.settings import Settings
from storage.logins import Login
from storage.migrations import Migration, migrations
from tests.databases import TestDatabase
from tests.house.tenants import connected
from tests.integration.app.doctor_support import (
    NOBODY,
    as_owner,
    but,
    found_by,
    the_one,
)
from tests.proxies import gated
from tests.stage import Stage


@pytest_asyncio.fixture
async def settings(stage: Stage, tmp_path: Path) -> Settings:
    """A house in which all is well."""
    return stage.services.settings.model_copy(update={"data_dir": tmp_path})


@pytest.mark.parametrize("which", ["database_url", "database_admin_url"])
async def test_a_login_that_gets_no_answer_is_named_without_its_password(
    settings: Settings, which: str
) -> None:
    found = await the_one("database", but(settings, **{which: SecretStr(NOBODY)}))
    assert found.text.startswith(f"{which.upper()}: PostgreSQL does not let us in")
    assert "hidden-word" not in found.text


async def test_a_url_that_makes_no_sense_is_not_quoted(settings: Settings) -> None:
    wrong = SecretStr("postgresql://u:pa/word@h/db")  # pragma: allowlist secret
    found = await the_one("database", but(settings, database_url=wrong))
    assert "the URL cannot be read" in found.text


async def test_one_login_for_both_is_worth_a_warning(
    settings: Settings, database: TestDatabase
) -> None:
    owner = SecretStr(database.admin_url)
    found = await the_one("database", but(settings, database_url=owner, database_admin_url=None))
    assert found.level is Level.WARNING
    assert "owns the tables" in found.text


async def test_a_login_that_sees_every_workspace_is_a_problem(
    settings: Settings, database: TestDatabase
) -> None:
    superuser = SecretStr(database.superuser_url)
    found = await the_one("database", but(settings, database_url=superuser))
    assert found.level is Level.PROBLEM
    assert "can bypass row-level security" in found.text
    found = await the_one("database", but(settings, database_admin_url=superuser))
    assert found.level is Level.WARNING


async def test_an_application_that_owns_tables_is_worth_a_warning(
    settings: Settings, database: TestDatabase
) -> None:
    await as_owner(database, "ALTER TABLE cron_slots OWNER TO hunch_app")
    found = await the_one("database", settings)
    assert found.text == "DATABASE_URL: the application's login owns 1 tables"


async def test_a_database_that_cannot_be_written_to_is_a_problem(
    settings: Settings, database: TestDatabase
) -> None:
    name = await _name(database)
    await as_owner(database, f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    found = await found_by("database", settings)
    assert {f.text for f in found} == {
        "DATABASE_URL: it cannot be written to",
        "DATABASE_ADMIN_URL: it cannot be written to",
    }


async def _name(database: TestDatabase) -> str:
    async with connected(database.app_url) as connection:
        name: str = await connection.fetchval("SELECT current_database()")
        return name


async def test_another_encoding_is_a_problem(settings: Settings, database: TestDatabase) -> None:
    name = f"ascii_{uuid.uuid4().hex[:8]}"
    how = "ENCODING 'SQL_ASCII' TEMPLATE template0 LOCALE_PROVIDER libc LOCALE 'C'"
    await as_owner(database, f"CREATE DATABASE {name} {how}")
    try:
        url = SecretStr(database.app_url.replace(await _name(database), name))
        first, *_ = await found_by("database", but(settings, database_url=url))
        assert first.text == "DATABASE_URL: the database's encoding is SQL_ASCII"
    finally:
        await as_owner(database, f"DROP DATABASE {name} WITH (FORCE)")


def test_a_server_that_is_too_old_is_a_problem() -> None:
    login = Login("app", "14.9", 140009, False, "UTF8", False, 0)
    [found] = logins._troubles("DATABASE_URL", login, is_owner=False)
    assert found.text == "DATABASE_URL: PostgreSQL 14.9 is too old"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ("DELETE FROM schema_migrations WHERE name LIKE '0002%'", "1 not applied, the first is"),
        ("INSERT INTO schema_migrations VALUES ('9999_x.pre.sql', '', now())", "the database has"),
        ("DROP TABLE schema_migrations", "this database has never been migrated"),
    ],
)
async def test_a_schema_of_another_version_is_a_problem(
    settings: Settings, database: TestDatabase, change: str, text: str
) -> None:
    await as_owner(database, change)
    found = await the_one("migrations", settings)
    assert found.level is Level.PROBLEM
    assert found.text.startswith(text)


async def test_what_is_stuck_is_counted(stage: Stage, settings: Settings) -> None:
    await stage.merge("person1", "person2")
    await stage.quiet()
    stage.stop.set()
    async with stage.transaction() as tx:
        await tx.execute("UPDATE outbox SET state = 'parked' WHERE target = $1", "nowhere")
        await tx.execute(_PARK)
        await tx.execute(_DELAY)
        await tx.execute("UPDATE deliveries SET processed_at = NULL, failure = 'unreadable: x'")
        await tx.execute(_STUCK_JOBS)
        await tx.execute("UPDATE cron_slots SET slot = slot - interval '1 hour'")
    texts = [found.text for found in await found_by("work", settings)]
    assert texts[0].startswith("the clock has not fired since")
    assert texts[1].startswith("a message has been due for ")
    assert texts[2:4] == ["1 messages were given up", "3 deliveries could not be understood"]
    assert texts[4] == "1 jobs test.stuck failed"
    assert texts[5].startswith("jobs test.stuck have waited for ")


_PARK = """
    UPDATE outbox SET state = 'parked' WHERE outbox_id = (SELECT min(outbox_id) FROM outbox)
"""


_DELAY = """
    UPDATE outbox SET state = 'pending', finished_at = NULL, due_at = now() - interval '20 minutes'
     WHERE outbox_id = (SELECT max(outbox_id) FROM outbox)
"""


_STUCK_JOBS = """
    INSERT INTO pgqueuer.pgqueuer (priority, entrypoint, execute_after, status)
    SELECT 0, 'test.stuck', now() - interval '10 minutes', status::pgqueuer.pgqueuer_status
      FROM unnest(ARRAY['failed', 'queued']) AS t (status)
"""


async def test_another_version_at_work_is_worth_a_warning(
    settings: Settings, database: TestDatabase
) -> None:
    older = {"application_name": "hunch 0.0.1"}
    connection = await asyncpg.connect(database.app_url, server_settings=older)
    try:
        assert (await the_one("versions", settings)).text == "Hunch 0.0.1 runs as well"
    finally:
        await connection.close()


async def test_it_waits_for_nobody(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that takes the call and says nothing."""
    monkeypatch.setattr(visits, "PATIENCE_S", 0.2)
    monkeypatch.setattr(logins, "PATIENCE_S", 0.2)
    hung = asyncio.Event()

    async def say_nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hung.wait()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    url = SecretStr(f"postgresql://hunch_app@127.0.0.1:{port}/hunch")
    found = await found_by("database", but(settings, database_url=url, database_admin_url=url))
    hung.set()
    server.close()
    assert "TimeoutError" in found[0].text


async def test_our_own_server_that_does_not_start_is_a_problem(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "postgres").write_text("not a directory")
    own = but(settings, database_url=None, database_admin_url=None)
    found = await the_one("database", own)
    assert found.level is Level.PROBLEM
    assert found.fix == "Mend this first: most other checks need it."


async def test_a_database_that_goes_away_during_the_visit_ends_it_well(
    settings: Settings, database: TestDatabase
) -> None:
    async with gated(database) as (gate, behind):
        url = SecretStr(behind.app_url)
        async with open_visit(but(settings, database_url=url)) as visit:
            await gate.shut()
            found = [one for check in CHECKS for one in await run_check(check, visit)]
        await gate.open()
    assert {one.check for one in found if one.level is Level.PROBLEM} >= {"database", "migrations"}


async def test_what_waits_for_the_end_of_an_upgrade_is_worth_a_warning(
    settings: Settings, database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = Migration("0000_later.post.sql", "post", "", "")
    known = (*migrations(), later)
    monkeypatch.setattr("bot.app.doctor.migrations.migrations", lambda: known)
    found = await the_one("migrations", settings)
    assert (found.level, found.text) == (Level.WARNING, "1 to be applied after an upgrade")
