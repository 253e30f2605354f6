"""Connections that need no secret of their own."""

from __future__ import annotations

from collections.abc import Sequence

from bot.ports import Transaction

_INSTALLATIONS = """
    SELECT installation_id FROM github_routes WHERE workspace_id = $1 ORDER BY installation_id
"""


async def installations(tx: Transaction) -> Sequence[int]:
    """The GitHub App installations of this workspace."""
    return [row["installation_id"] for row in await tx.fetch(_INSTALLATIONS, tx.workspace_id)]
