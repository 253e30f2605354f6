"""A PostgreSQL that answers but cannot store: nothing is acknowledged, and somebody is told why."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from structlog.testing import capture_logs

from bot import __main__ as command_line
from bot.app import Roles, upgrade
from bot.errors import DatabaseAway, DatabaseFull, DatabaseReadOnly, SettingsError
from tests.databases import TestDatabase
from tests.disks import SmallDisk, small_disk
from tests.doors import click_of, interact, knock
from tests.house.tenants import connected
from tests.stage import Stage, set_stage

_CUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_REFUSE = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'could not extend file: No space left' USING ERRCODE = '53100'; END $$;
    CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON members EXECUTE FUNCTION refuse();
"""


async def as_superuser(database: TestDatabase, *statements: str) -> None:
    async with connected(database.superuser_url) as superuser:
        for statement in statements:
            await superuser.execute(statement)


@asynccontextmanager
async def read_only(database: TestDatabase) -> AsyncIterator[None]:
    """What a failover to a standby looks like from here."""
    async with connected(database.superuser_url) as superuser:
        name = await superuser.fetchval("SELECT current_database()")
        change = f'ALTER DATABASE "{name}" {{}} default_transaction_read_only'
        await superuser.execute(change.format("SET") + " = on")
        await superuser.execute(_CUT)
        try:
            yield
        finally:
            await superuser.execute("SET default_transaction_read_only = off")
            await superuser.execute(change.format("RESET"))
            await superuser.execute(_CUT)


async def readiness(stage: Stage) -> tuple[int, str]:
    answer = await knock(f"{stage.base_url}/health/ready", method="GET")
    return answer.status, " ".join(json.loads(answer.text).get("why", []))


async def until_ready(stage: Stage) -> None:
    """Ready as load balancers see it; the pool's cut connections are noticed one by one."""
    async with asyncio.timeout(30):
        while not await _is_well(stage):  # noqa: ASYNC110  (the server tells nobody)
            await asyncio.sleep(0.05)


async def until_unready(stage: Stage, why: str) -> None:
    """Not ready, for this reason."""
    async with asyncio.timeout(30):
        while await readiness(stage) != (503, f"database: {why}"):  # noqa: ASYNC110  (as above)
            await asyncio.sleep(0.05)


async def _is_well(stage: Stage) -> bool:
    return (await readiness(stage))[0] == 200 and await stage.deliver("ping", {}) == 202


async def test_a_read_only_database_is_told_and_nothing_is_acknowledged_until_it_writes_again(
    database: TestDatabase,
) -> None:
    async with set_stage(database, http=True) as stage:
        await stage.quiet()
        click = click_of(stage, "person2", "member.stop")
        async with read_only(database):
            await until_unready(stage, DatabaseReadOnly.advice)
            with capture_logs() as logs:
                assert (await interact(stage, click)).status == 503
                assert await stage.deliver("ping", {}) == 503
            advice = {line.get("advice") for line in logs if line["event"].endswith(".not_stored")}
            assert DatabaseReadOnly.advice in advice
        await until_ready(stage)
        assert (await interact(stage, click)).status == 200
        assert await stage.deliver("ping", {}) == 202


async def test_a_process_is_not_ready_from_the_first_look_at_a_read_only_database(
    database: TestDatabase,
) -> None:
    async with set_stage(database, http=True, roles=Roles.SERVE) as stage, read_only(database):
        await until_unready(stage, DatabaseReadOnly.advice)


async def test_a_connection_that_is_cut_in_mid_word_is_a_reason_not_to_be_ready(
    database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cut(*_: object, **__: object) -> None:
        raise asyncpg.InternalClientError("got result for unknown protocol state 3")

    async with set_stage(database, http=True, roles=Roles.SERVE) as stage:
        with monkeypatch.context() as patched:
            patched.setattr(asyncpg.Connection, "fetchval", cut)
            await until_unready(stage, DatabaseAway.advice)
        await until_ready(stage)


async def test_a_full_disk_is_told_and_nothing_is_acknowledged(database: TestDatabase) -> None:
    async with set_stage(database, http=True, roles=Roles.SERVE) as stage:
        await as_superuser(database, _REFUSE)
        click = click_of(stage, "person2", "member.stop")
        with capture_logs() as logs:
            assert (await interact(stage, click)).status == 503
        assert "DatabaseFull" in [line.get("error") for line in logs]
        assert await readiness(stage) == (503, f"database: {DatabaseFull.advice}")
        await as_superuser(database, "DROP TRIGGER refuse ON members")
        assert (await interact(stage, click)).status == 200


@pytest.mark.timeout(180)
async def test_on_a_disk_that_really_is_full_no_delivery_is_lost(database: TestDatabase) -> None:
    with small_disk(3) as disk:
        async with set_stage(database) as stage:
            try:
                await _fill_and_make_room(stage, database, disk)
            finally:
                await as_superuser(database, "ALTER TABLE deliveries SET TABLESPACE pg_default")
                await as_superuser(database, f"DROP TABLESPACE {disk.tablespace}")


async def _fill_and_make_room(stage: Stage, database: TestDatabase, disk: SmallDisk) -> None:
    await as_superuser(
        database,
        f"CREATE TABLESPACE {disk.tablespace} LOCATION '{disk.folder}'",
        f"ALTER TABLE deliveries SET TABLESPACE {disk.tablespace}",
    )
    answers = [await stage.deliver("ping", {"noise": os.urandom(100_000).hex()}) for _ in range(30)]
    assert set(answers) == {202, 503}
    assert (await readiness(stage))[1] == f"database: {DatabaseFull.advice}"
    disk.make_room(64)
    assert await stage.deliver("ping", {"noise": os.urandom(100_000).hex()}) == 202
    kept = "SELECT count(*) FROM deliveries"
    assert await stage.value(kept) == answers.count(202) + 1
    await stage.quiet()


async def test_a_start_on_a_read_only_database_is_one_line_that_says_what_to_do(
    database: TestDatabase,
) -> None:
    async with set_stage(database, roles=Roles(0)) as stage:
        settings = stage.services.settings
    async with read_only(database):
        with pytest.raises(SettingsError, match="read-only"):
            await upgrade(settings, with_post=False)


async def test_a_start_on_a_full_disk_is_one_line_that_says_what_to_do(
    database: TestDatabase, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async with set_stage(database, roles=Roles(0)) as stage:
        settings = stage.services.settings
        await as_superuser(database, _REFUSE.replace("ON members", "ON workspaces"))
        monkeypatch.setattr(command_line, "read_settings", lambda: settings)
        monkeypatch.setattr(command_line, "shed_environment", lambda: None)
        monkeypatch.setattr("bot.log.configure", lambda *_, **__: None)
        monkeypatch.setattr("bot.cli.run._stop_on_signal", asyncio.Event)
        assert await asyncio.to_thread(command_line.main, ["serve"]) == 1
    assert capsys.readouterr().err == f"hunch: {DatabaseFull.advice}\n"
