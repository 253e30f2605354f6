"""Secrets at rest: only ciphertext reaches the database, bound to workspace, purpose and name."""

from __future__ import annotations

from bot.crypto import Cipher
from bot.ports import Transaction

_PUT = """
    INSERT INTO secrets (workspace_id, purpose, name, ciphertext) VALUES ($1, $2, $3, $4)
        ON CONFLICT (workspace_id, purpose, name)
        DO UPDATE SET ciphertext = EXCLUDED.ciphertext, stored_at = now()
"""
_GET = "SELECT ciphertext FROM secrets WHERE workspace_id = $1 AND purpose = $2 AND name = $3"


class PostgresVault:
    """See `bot.ports.Vault`."""

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher

    async def put(self, tx: Transaction, purpose: str, name: str, secret: str) -> None:
        context = (tx.workspace_id, purpose, name)
        await tx.execute(_PUT, *context, self._cipher.seal(secret, context=context))

    async def get(self, tx: Transaction, purpose: str, name: str) -> str | None:
        """The secret; None when there is none or no key opens it (reconnect, never a crash)."""
        context = (tx.workspace_id, purpose, name)
        ciphertext = await tx.fetchval(_GET, *context)
        return None if ciphertext is None else self._cipher.open(ciphertext, context=context)
