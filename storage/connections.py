"""What leads from GitHub to a workspace."""

from __future__ import annotations

from collections.abc import Sequence

from bot.ports import Transaction

_INSTALLATIONS = """
    SELECT installation_id FROM github_routes WHERE workspace_id = $1 ORDER BY installation_id
"""
_HOOKS_LIKE = """
    SELECT hook_key FROM hook_routes WHERE workspace_id = $1 AND starts_with(hook_key, $2) LIMIT 2
"""
_REMOVE_HOOK = "DELETE FROM hook_routes WHERE workspace_id = $1 AND hook_key = $2"


async def installations(tx: Transaction) -> Sequence[int]:
    """The GitHub App installations of this workspace."""
    return [row["installation_id"] for row in await tx.fetch(_INSTALLATIONS, tx.workspace_id)]


async def hooks_like(tx: Transaction, beginning: str) -> Sequence[str]:
    """At most two keys of this workspace's webhooks that begin so."""
    rows = await tx.fetch(_HOOKS_LIKE, tx.workspace_id, beginning)
    return [row["hook_key"] for row in rows]


async def remove_hook(tx: Transaction, hook_key: str) -> None:
    await tx.execute(_REMOVE_HOOK, tx.workspace_id, hook_key)
