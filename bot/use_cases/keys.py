"""Looks after the keys that seal secrets: what lies under which, and a new key for all of it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.ports import Database
from storage import keys
from storage.keys import Group


async def list_groups(db: Database) -> Sequence[Group]:
    """How many secrets lie under which key, by workspace, purpose and key."""
    async with db.routing(name="count_secrets") as tx:
        return await keys.groups(tx)


async def any_secret(db: Database) -> bool:
    """Whether any workspace has a secret."""
    return bool(await list_groups(db))
