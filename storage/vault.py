"""Secrets at rest: only ciphertext reaches the database, bound to workspace, purpose and name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.crypto import Cipher
from bot.errors import SecretLocked
from bot.key_files import Keyring
from bot.ports import Held, Row, Transaction
from storage import audits

_GET = """
    SELECT ciphertext, key_id FROM secrets WHERE workspace_id = $1 AND purpose = $2 AND name = $3
"""
# Whoever else writes this secret, or seals it under another key, waits until we are done.
_GET_TO_CHANGE = f"{_GET} FOR NO KEY UPDATE"
_PUT = """
    INSERT INTO secrets (workspace_id, purpose, name, ciphertext, key_id)
         VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (workspace_id, purpose, name)
      DO UPDATE SET ciphertext = EXCLUDED.ciphertext, key_id = EXCLUDED.key_id, stored_at = now()
"""
_DELETE = "DELETE FROM secrets WHERE workspace_id = $1 AND purpose = $2 AND name = $3"
_ALL = """
    SELECT purpose, name, ciphertext, key_id FROM secrets WHERE workspace_id = $1
  ORDER BY purpose, name
"""


class PostgresVault:
    """See `bot.ports.Vault`. `now` gives aware UTC, for the audits."""

    def __init__(self, keys: Keyring, *, now: Callable[[], datetime]) -> None:
        self._keys = keys
        self._now = now

    def can_keep(self) -> bool:
        self._keys.refresh()
        return bool(self._cipher.newest)

    async def put(
        self, tx: Transaction, purpose: str, name: str, secret: str, *, replace: bool = False
    ) -> bool:
        context = (tx.workspace_id, purpose, name)
        # Seal by the newest key there is, so that an older one can be dropped one day.
        self._keys.refresh()
        row = await tx.fetchrow(_GET_TO_CHANGE, *context)
        kept = None if row is None else self._open(row, context)
        if row is not None and kept is None and not replace:
            raise SecretLocked(purpose, name)
        if kept == secret:
            return False
        cipher = self._cipher
        await tx.execute(_PUT, *context, cipher.seal(secret, context=context), cipher.newest)
        return True

    async def get(self, tx: Transaction, purpose: str, name: str, *, reader: str) -> str | None:
        context = (tx.workspace_id, purpose, name)
        row = await tx.fetchrow(_GET, *context)
        if row is None:
            return None
        secret = self._open(row, context)
        await note_read(tx, purpose, reader, opened=secret is not None, now=self._now())
        if secret is None:
            raise SecretLocked(purpose, name)
        return secret

    async def is_locked(self, tx: Transaction, purpose: str, name: str) -> bool:
        context = (tx.workspace_id, purpose, name)
        row = await tx.fetchrow(_GET, *context)
        return row is not None and self._open(row, context) is None

    async def delete(self, tx: Transaction, purpose: str, name: str) -> None:
        await tx.execute(_DELETE, tx.workspace_id, purpose, name)

    async def held(self, tx: Transaction) -> Sequence[Held]:
        rows = await tx.fetch(_ALL, tx.workspace_id)
        return [
            Held(
                row["purpose"],
                row["name"],
                self._open(row, (tx.workspace_id, row["purpose"], row["name"])) is not None,
            )
            for row in rows
        ]

    @property
    def _cipher(self) -> Cipher:
        return self._keys.cipher

    def _open(self, row: Row, context: Sequence[str]) -> str | None:
        """The secret; where no key opens it, the key file may have changed meanwhile."""
        secret = self._try(row, context)
        if secret is None and self._keys.refresh():
            return self._try(row, context)
        return secret

    def _try(self, row: Row, context: Sequence[str]) -> str | None:
        return self._cipher.open(row["ciphertext"], context=context, hint=row["key_id"])


async def note_read(
    tx: Transaction, purpose: str, reader: str, *, opened: bool, now: datetime, secrets: int = 1
) -> None:
    """Leave a trace of secrets that were opened, or that could not be."""
    details = {"purpose": purpose, "reader": reader, "opened": opened}
    if secrets > 1:
        details["secrets"] = secrets
    await audits.add(tx, "secret.read", actor=reader, subject=purpose, now=now, details=details)
