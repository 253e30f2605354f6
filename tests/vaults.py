"""Vaults for tests: keys that come and go, secrets sealed under them, whoever looks after them."""

from __future__ import annotations

from collections.abc import Iterable

from bot.app.times import utc_now
from bot.crypto import Cipher
from bot.key_files import Keyring
from bot.ports import Transaction
from storage.keys import KeyKeeper
from storage.vault import PostgresVault
from tests.stage import Stage

PURPOSE = "github.webhook_secret"


def ring(*keys: str) -> Keyring:
    return Keyring(Cipher(keys))


def vault(*keys: str) -> PostgresVault:
    return PostgresVault(ring(*keys), now=utc_now)


def keeper(*keys: str) -> KeyKeeper:
    return KeyKeeper(ring(*keys), now=utc_now)


async def seal(stage: Stage, key: str, names: Iterable[str]) -> None:
    """Keep a secret under each name; it says its name."""
    async with stage.transaction() as tx:
        for name in names:
            await vault(key).put(tx, PURPOSE, name, f"secret of {name}", replace=True)


async def opened(tx: Transaction, names: Iterable[str], *keys: str) -> list[str | None]:
    """What the vault gives out for each name."""
    return [await vault(*keys).get(tx, PURPOSE, name, reader="operator") for name in names]


async def forget_others(stage: Stage) -> None:
    """Take away the secrets that the stage itself has put there."""
    async with stage.transaction() as tx:
        await tx.execute("DELETE FROM secrets")
