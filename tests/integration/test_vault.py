"""The vault: only ciphertext is stored, it opens nowhere but where it was put, and who looks is noted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.app import Roles
from bot.app.times import utc_now
from bot.crypto import Cipher, key_id, new_key
from bot.errors import SecretLocked, UserError
from bot.key_files import KeyFile, Keyring
from bot.ports import Held
from storage.vault import PostgresVault
from tests.databases import TestDatabase
from tests.stage import Stage, set_stage

OLD, NEW = new_key(), new_key()
HERE = ("jira.token", "main")


@pytest.fixture
async def stage(database: TestDatabase) -> AsyncIterator[Stage]:
    """A workspace in which nobody works."""
    async with set_stage(database, roles=Roles(0)) as stage:
        yield stage


def a_vault(*keys: str) -> PostgresVault:
    return PostgresVault(Keyring(Cipher(keys or [new_key()])), now=utc_now)


async def put(stage: Stage, vault: PostgresVault, secret: str, **how: Any) -> bool:
    async with stage.transaction() as tx:
        return await vault.put(tx, *HERE, secret, **how)


async def get(stage: Stage, vault: PostgresVault) -> str | None:
    async with stage.transaction() as tx:
        return await vault.get(tx, *HERE, reader="operator")


async def sealed_under(stage: Stage) -> str:
    found = "SELECT key_id FROM secrets WHERE purpose = 'jira.token'"
    return str(await stage.value(found))


async def test_a_secret_comes_back_is_replaced_and_forgotten(stage: Stage) -> None:
    vault = a_vault()
    assert await get(stage, vault) is None
    assert await put(stage, vault, "first")
    assert await put(stage, vault, "second")
    assert await get(stage, vault) == "second"
    for _ in range(2):
        async with stage.transaction() as tx:
            await vault.delete(tx, *HERE)
        assert await get(stage, vault) is None


async def test_the_same_secret_again_changes_nothing(stage: Stage) -> None:
    vault = a_vault()
    assert await put(stage, vault, "secret")
    rows = "SELECT ciphertext, key_id, stored_at FROM secrets WHERE purpose = 'jira.token'"
    before = await stage.rows(rows)
    assert not await put(stage, vault, "secret")
    assert await stage.rows(rows) == before


async def test_the_database_holds_no_secret_that_anybody_can_read(stage: Stage) -> None:
    tokens = [stage.installation.bot_token, stage.github.hook.secret if stage.github.hook else ""]
    for row in await stage.rows("SELECT ciphertext FROM secrets"):
        assert not any(token.encode() in row["ciphertext"] for token in tokens)


async def test_a_ciphertext_moved_to_another_purpose_is_locked_there(stage: Stage) -> None:
    vault = a_vault()
    await put(stage, vault, "secret")
    async with stage.transaction() as tx:
        await tx.execute("UPDATE secrets SET purpose = 'other' WHERE purpose = 'jira.token'")
        with pytest.raises(SecretLocked):
            await vault.get(tx, "other", "main", reader="operator")


async def test_a_lost_key_locks_the_secret_and_keeps_it(stage: Stage) -> None:
    await put(stage, a_vault(OLD), "secret")
    with pytest.raises(SecretLocked) as caught:
        await get(stage, a_vault(NEW))
    assert (caught.value.purpose, caught.value.name) == HERE
    with pytest.raises(SecretLocked):
        await put(stage, a_vault(NEW), "another")
    assert await get(stage, a_vault(NEW, OLD)) == "secret"


async def test_a_person_who_connects_anew_replaces_what_is_locked(stage: Stage) -> None:
    await put(stage, a_vault(OLD), "secret")
    assert await put(stage, a_vault(NEW), "another", replace=True)
    assert await get(stage, a_vault(NEW)) == "another"
    assert await sealed_under(stage) == key_id(NEW)


async def test_without_any_key_nothing_is_written(stage: Stage) -> None:
    keyless = PostgresVault(Keyring(Cipher([])), now=utc_now)
    with pytest.raises(UserError, match="no key to keep secrets with"):
        await put(stage, keyless, "secret")
    assert await get(stage, a_vault()) is None


async def test_what_is_held_is_told_without_handing_it_out(stage: Stage) -> None:
    await put(stage, a_vault(OLD), "secret")
    async with stage.transaction() as tx:
        held = await a_vault(OLD).held(tx)
    assert [one.opens for one in held if one.purpose != "jira.token"] == [False, False]
    assert Held(*HERE, opens=True) in held
    read = "SELECT count(*) FROM audits WHERE action = 'secret.read' AND subject = 'jira.token'"
    assert await stage.value(read) == 0


async def test_every_look_at_a_secret_is_in_the_audit_and_the_secret_is_not(stage: Stage) -> None:
    await put(stage, a_vault(OLD), "distinctive")
    await get(stage, a_vault(OLD))
    async with stage.transaction() as tx:
        with pytest.raises(SecretLocked):
            await a_vault(NEW).get(tx, *HERE, reader="webhook")
    rows = await stage.rows(
        "SELECT actor, subject, details FROM audits"
        " WHERE action = 'secret.read' AND subject = 'jira.token' ORDER BY audit_id"
    )
    assert [tuple(row.values()) for row in rows] == [
        (
            reader,
            "jira.token",
            {"purpose": "jira.token", "reader": reader, "opened": opened},
        )
        for reader, opened in (("operator", True), ("webhook", False))
    ]


async def test_a_running_process_sees_a_changed_key_file(stage: Stage, tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "encryption.key")
    file.change(lambda _: [OLD])
    running = PostgresVault(Keyring(file.cipher(), file=file), now=utc_now)
    file.change(lambda keys: [NEW, *keys])
    await put(stage, a_vault(NEW), "by another process")
    assert await get(stage, running) == "by another process"


async def test_a_running_process_seals_under_the_newest_key_of_the_file(
    stage: Stage, tmp_path: Path
) -> None:
    file = KeyFile(tmp_path / "encryption.key")
    file.change(lambda _: [OLD])
    running = PostgresVault(Keyring(file.cipher(), file=file), now=utc_now)
    file.change(lambda keys: [NEW, *keys])
    await put(stage, running, "secret")
    assert await sealed_under(stage) == key_id(NEW)


async def test_a_row_written_by_the_version_before_opens_whatever_key_it_names(
    stage: Stage,
) -> None:
    await put(stage, a_vault(OLD), "secret")
    for stale in ("", key_id(NEW), "unknown"):
        async with stage.transaction() as tx:
            await tx.execute("UPDATE secrets SET key_id = $1", stale)
        assert await get(stage, a_vault(NEW, OLD)) == "secret"
