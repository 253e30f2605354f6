"""Secrets go through the whole product, and lie nowhere in the open: no table, log, backup or error."""

from __future__ import annotations

import asyncio
import base64
import io
import logging
import subprocess
import sys
import traceback
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

import asyncpg
import pytest
import structlog
from pydantic import SecretStr

from bot import log
from bot.app import Roles
from bot.crypto import new_key
from bot.domain.ids import WorkspaceId
from bot.errors import SecretLocked
from bot.use_cases import connections, tokens
from bot.use_cases.installs import BOT_TOKEN
from playground.faults import FaultKind
from storage.embedded.binaries import find_programs
from tests.databases import TestDatabase
from tests.lives import PATIENCE
from tests.scenario.install_support import Town, plays, set_town
from tests.stage import Stage, set_stage
from tests.vaults import vault

pytestmark = pytest.mark.timeout(120)

_TABLES = """
    SELECT c.oid::regclass::text FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'm')
       AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
"""
_PLANT = "planted-" + "on-purpose-0123456789"


def disguises(secret: str) -> Iterator[bytes]:
    """The secret as it is, in hexadecimal (as PostgreSQL shows bytes), and in base64, wherever in
    the encoded bytes it begins."""
    raw = secret.encode()
    yield raw
    yield raw.hex().encode()
    for offset in range(3):
        # Three bytes are four characters; those at the edges depend on the neighbours.
        padded = b"\0" * offset + raw
        inner = slice(4 if offset else 0, -4)
        yield base64.b64encode(padded)[inner]
        yield base64.urlsafe_b64encode(padded)[inner]


def found_in(text: bytes, secrets: Iterable[str]) -> set[str]:
    """The secrets that are in `text`, in whatever disguise."""
    return {secret for secret in secrets if any(form in text for form in disguises(secret))}


async def everything_stored(database: TestDatabase) -> bytes:
    """Every row of every table, ours and the job engine's, as PostgreSQL shows it."""
    connection = await asyncpg.connect(database.superuser_url)
    try:
        tables = [row[0] for row in await connection.fetch(_TABLES)]
        assert {"hunch.secrets", "hunch.audits", "pgqueuer.pgqueuer"} <= set(tables)
        shown = [
            row[0]
            for table in tables
            for row in await connection.fetch(f"SELECT to_jsonb(t)::text || t::text FROM {table} t")
        ]
    finally:
        await connection.close()
    return "\n".join(shown).encode()


async def dumped(database: TestDatabase) -> bytes:
    """A plain backup, by PostgreSQL's own program."""
    program = find_programs().directory / "bin" / "pg_dump"
    words = [str(program), "--format=plain", database.superuser_url]
    done = await asyncio.to_thread(subprocess.run, words, capture_output=True, check=True)
    assert b"CREATE TABLE hunch.secrets" in done.stdout
    return done.stdout


async def places_of(
    secrets: Iterable[str], database: TestDatabase, logged: io.StringIO
) -> dict[str, set[str]]:
    """Where secrets can be found, and which."""
    places = {
        "tables": await everything_stored(database),
        "backup": await dumped(database),
        "logs": logged.getvalue().encode(),
    }
    return {place: found_in(text, secrets) for place, text in places.items()}


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """All that is logged at HUNCH_LOG_LEVEL=debug."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    log.configure("debug")
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


async def test_no_secret_is_in_any_table_backup_or_log(
    database: TestDatabase, logged: io.StringIO
) -> None:
    app_secret, key = "webhook-secret-of-the-app-4f3e", new_key()
    how: dict[str, Any] = {
        "github_webhook_secret": SecretStr(app_secret),
        "encryption_keys": (SecretStr(key),),
    }
    async with set_town(database, patience=PATIENCE, **how) as town:
        stage, team = town.stage, town.neighbour()
        assert (await town.browser.install(team)).status == 200
        there = await town.stage_in(team)
        await asyncio.gather(plays(stage), plays(there))
        await stumble(town)
    hooks = [one.github.hook for one in (stage, there)]
    given = [token.value for token in stage.slack.state.tokens.of(town.app.id, team)]
    secrets = {
        key,
        app_secret,
        stage.installation.bot_token,
        town.app.app_token,
        town.app.client_secret,
        *(hook.secret for hook in hooks if hook is not None),
        *given,
    }
    assert [secret[:7] for secret in sorted(given)] == ["xoxe-1-", "xoxe.xo"]
    assert len(secrets) == 9
    assert "outbox.not_sent" in logged.getvalue()
    found = await places_of(secrets, database, logged)
    assert found == {"tables": set(), "backup": set(), "logs": set()}


async def stumble(town: Town) -> None:
    """All kinds of trouble, because errors like to quote what they were given."""
    stage = town.stage
    for kind in (FaultKind.HTTP_500, FaultKind.RESET, FaultKind.TIMEOUT_AFTER):
        stage.slack.fail(kind, "views.publish", seconds=0.05)
    await stage.person("person1").open_home()
    assert await stage.deliver("ping", {"zen": 1}) == 202
    assert stage.github.hook is not None
    forged = type(stage.github.hook)(stage.github.hook.url, "another secret")
    assert await stage.deliver("ping", {}, hook=forged) == 401
    assert (await town.browser.get("/slack/oauth_redirect?state=x&code=y")).status == 400
    await stage.slack.until(lambda: stage.person("person1").home)


@pytest.fixture
async def stage(database: TestDatabase) -> AsyncIterator[Stage]:
    """A workspace in which nobody works."""
    async with set_stage(database, roles=Roles(0)) as stage:
        yield stage


async def test_a_secret_planted_on_purpose_is_found_in_every_disguise(
    stage: Stage, database: TestDatabase, logged: io.StringIO
) -> None:
    """Else the test above would prove nothing."""
    for form in disguises(_PLANT):
        async with stage.transaction() as tx:
            await tx.execute("UPDATE members SET name = $1", f"({form.decode()})")
        logged.truncate(0)
        log.get("test").debug("planted", name=form.decode())
        found = await places_of([_PLANT], database, logged)
        assert found == {"tables": {_PLANT}, "backup": {_PLANT}, "logs": {_PLANT}}


async def test_no_secret_is_in_what_errors_and_values_say_of_themselves(stage: Stage) -> None:
    services, db = stage.services, stage.services.store.database
    hook = stage.github.hook
    assert hook is not None
    found = await connections.find_hook(db, hook.url.rpartition("/")[2], vault=services.vault)
    token = await tokens.read(db, WorkspaceId(stage.workspace_id), vault=services.vault)
    assert found is not None
    said = [repr(one) for one in (services, services.settings, services.desk, found, token)]
    async with stage.transaction() as tx:
        with pytest.raises(SecretLocked) as caught:
            await vault(new_key()).get(tx, BOT_TOKEN, "", reader="operator")
    said += ["".join(traceback.format_exception(caught.value)), repr(caught.value)]
    key = services.settings.encryption_keys[0].get_secret_value()
    secrets = [hook.secret, stage.installation.bot_token, key]
    assert found_in("\n".join(said).encode(), secrets) == set()
