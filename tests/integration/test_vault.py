"""The vault: only ciphertext is stored, and it opens nowhere but where it was put."""

from __future__ import annotations

from cryptography.fernet import Fernet

from bot.crypto import Cipher
from storage.vault import PostgresVault
from tests.stage import Stage


def a_vault() -> PostgresVault:
    return PostgresVault(Cipher([Fernet.generate_key().decode()]))


async def test_a_secret_comes_back_and_is_replaced(stage: Stage) -> None:
    vault = a_vault()
    async with stage.transaction() as tx:
        assert await vault.get(tx, "jira.token", "main") is None
        await vault.put(tx, "jira.token", "main", "first")
        await vault.put(tx, "jira.token", "main", "second")
        assert await vault.get(tx, "jira.token", "main") == "second"


async def test_the_database_holds_no_secret_that_anybody_can_read(stage: Stage) -> None:
    tokens = [stage.installation.bot_token, stage.github.hook.secret if stage.github.hook else ""]
    for row in await stage.rows("SELECT ciphertext FROM secrets"):
        assert not any(token.encode() in row["ciphertext"] for token in tokens)


async def test_a_ciphertext_moved_to_another_purpose_does_not_open(stage: Stage) -> None:
    vault = a_vault()
    async with stage.transaction() as tx:
        await vault.put(tx, "jira.token", "main", "secret")
        await tx.execute("UPDATE secrets SET purpose = 'other' WHERE purpose = 'jira.token'")
        assert await vault.get(tx, "other", "main") is None


async def test_a_lost_key_means_no_secret_and_no_crash(stage: Stage) -> None:
    async with stage.transaction() as tx:
        await a_vault().put(tx, "jira.token", "main", "secret")
        assert await a_vault().get(tx, "jira.token", "main") is None
