"""Goes through all secrets, batch by batch: what lies under which key, and a newer key for all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.ids import WorkspaceId
from bot.key_files import Keyring
from bot.ports import Held, Row, Transaction
from storage.vault import note_read

BATCH = 500
Place = tuple[str, str]
START: Place = ("", "")

_GROUPS = "SELECT workspace_id, purpose, key_id, secrets FROM count_secrets()"
# Whoever is writing a secret just now is not waited for, so that nobody waits in a circle; the
# next pass finds it.
_OLDER = """
    SELECT purpose, name, ciphertext, key_id FROM secrets
     WHERE workspace_id = $1 AND key_id <> $2 AND (purpose, name) > ($3, $4)
  ORDER BY purpose, name LIMIT $5
       FOR NO KEY UPDATE SKIP LOCKED
"""
_COUNT_OLDER = "SELECT count(*) FROM secrets WHERE workspace_id = $1 AND key_id <> $2"
_SEAL_ANEW = """
    UPDATE secrets AS s SET ciphertext = n.ciphertext, key_id = $2
      FROM unnest($3::text[], $4::text[], $5::bytea[]) AS n (purpose, name, ciphertext)
     WHERE s.workspace_id = $1 AND s.purpose = n.purpose AND s.name = n.name
"""
_NEXT = """
    SELECT purpose, name, ciphertext, key_id FROM secrets
     WHERE workspace_id = $1 AND (purpose, name) > ($2, $3)
  ORDER BY purpose, name LIMIT $4
"""
_LABEL = """
    WITH found AS (
        SELECT s.purpose, s.name, n.key_id
          FROM unnest($2::text[], $3::text[], $4::bytea[], $5::text[])
               AS n (purpose, name, ciphertext, key_id)
          JOIN secrets s ON s.workspace_id = $1 AND s.purpose = n.purpose AND s.name = n.name
                        AND s.ciphertext = n.ciphertext
           FOR NO KEY UPDATE OF s SKIP LOCKED
    )
    UPDATE secrets AS s SET key_id = f.key_id
      FROM found f
     WHERE s.workspace_id = $1 AND s.purpose = f.purpose AND s.name = f.name
"""


@dataclass(frozen=True, slots=True)
class Group:
    """Secrets of one workspace and purpose under one key; `key_id` "": nobody has looked yet."""

    workspace_id: WorkspaceId
    purpose: str
    key_id: str
    secrets: int

    def is_locked(self, known: Collection[str]) -> bool:
        """Whether the key is none of the `known` ones."""
        return bool(self.key_id) and self.key_id not in known


async def groups(tx: Transaction) -> Sequence[Group]:
    """In every workspace, by workspace, purpose and key; for a transaction without a workspace."""
    return [Group(**row) for row in await tx.fetch(_GROUPS)]


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of some secrets; `last` is where the next batch goes on, None at the end."""

    last: Place | None
    opened: int = 0
    locked: tuple[Held, ...] = ()


@dataclass(frozen=True, slots=True)
class _Secret:
    """One row, opened if a key fits."""

    row: Row = field(repr=False)
    secret: str | None = field(repr=False)
    key_id: str


class KeyKeeper:
    """Opens the secrets of a workspace, seals them anew, and notes in its audit that it did.

    `now` gives aware UTC.
    """

    def __init__(self, keys: Keyring, *, now: Callable[[], datetime]) -> None:
        self._keys = keys
        self._now = now

    async def rotate_some(self, tx: Transaction, after: Place) -> Batch:
        """Seal the next older secrets under the newest key. A crash leaves all of them as they were."""
        newest = self._keys.cipher.newest
        rows = await tx.fetch(_OLDER, tx.workspace_id, newest, *after, BATCH)
        secrets = [self._open(tx, row) for row in rows]
        opened = [one for one in secrets if one.secret is not None]
        if opened:
            cipher = self._keys.cipher
            sealed = [
                cipher.seal(one.secret or "", context=_context(tx, one.row)) for one in opened
            ]
            places = _columns(opened, "purpose", "name")
            await tx.execute(_SEAL_ANEW, tx.workspace_id, cipher.newest, *places, sealed)
        return await self._done(tx, secrets, "rotation")

    async def count_older(self, tx: Transaction) -> int:
        """How many secrets do not lie under the newest key."""
        found: int = await tx.fetchval(_COUNT_OLDER, tx.workspace_id, self._keys.cipher.newest)
        return found

    async def verify_some(self, tx: Transaction, after: Place) -> Batch:
        """Open the next secrets, and write down which key each of them lies under."""
        rows = await tx.fetch(_NEXT, tx.workspace_id, *after, BATCH)
        secrets = [self._open(tx, row) for row in rows]
        wrong = [one for one in secrets if one.key_id and one.key_id != one.row["key_id"]]
        if wrong:
            places = _columns(wrong, "purpose", "name", "ciphertext")
            await tx.execute(_LABEL, tx.workspace_id, *places, [one.key_id for one in wrong])
        return await self._done(tx, secrets, "operator")

    def _open(self, tx: Transaction, row: Row) -> _Secret:
        """Opened, if need be with the keys that have come into the key file meanwhile."""
        found = self._try(tx, row)
        if found.secret is None and self._keys.refresh():
            return self._try(tx, row)
        return found

    def _try(self, tx: Transaction, row: Row) -> _Secret:
        cipher = self._keys.cipher
        key_id = cipher.key_of(row["ciphertext"], hint=row["key_id"])
        secret = cipher.open(row["ciphertext"], context=_context(tx, row), hint=key_id)
        return _Secret(row, secret, key_id)

    async def _done(self, tx: Transaction, secrets: Sequence[_Secret], reader: str) -> Batch:
        counted = Counter((one.row["purpose"], one.secret is not None) for one in secrets)
        for (purpose, opened), count in sorted(counted.items()):
            await note_read(tx, purpose, reader, opened=opened, now=self._now(), secrets=count)
        locked = [one.row for one in secrets if one.secret is None]
        last = (secrets[-1].row["purpose"], secrets[-1].row["name"]) if secrets else None
        return Batch(
            last=last,
            opened=len(secrets) - len(locked),
            locked=tuple(Held(row["purpose"], row["name"], opens=False) for row in locked),
        )


def _context(tx: Transaction, row: Row) -> tuple[str, str, str]:
    return tx.workspace_id, row["purpose"], row["name"]


def _columns(secrets: Sequence[_Secret], *names: str) -> list[list[object]]:
    return [[one.row[name] for one in secrets] for name in names]
