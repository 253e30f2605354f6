"""What lies under which key."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.domain.ids import WorkspaceId
from bot.ports import Transaction

_GROUPS = "SELECT workspace_id, purpose, key_id, secrets FROM count_secrets()"


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
