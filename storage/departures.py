"""What becomes of a workspace's messages and rows when it leaves, comes back, or stays away."""

from __future__ import annotations

from datetime import datetime

import asyncpg

from bot.domain.ids import WorkspaceId
from bot.domain.installs import InstallState
from bot.ports import Transaction

# One that is on its way right now is closed by whoever sends it.
_PARK = """
    UPDATE outbox SET state = 'parked', reason = $2, finished_at = $3
     WHERE workspace_id = $1 AND state = 'pending'
"""
# Forgets the content, not the place: whoever shows the message again finds that it differs.
_FORGET_UNSENT = """
    WITH unsent AS (
        DELETE FROM outbox
         WHERE workspace_id = $1 AND state = 'parked' AND reason = $2
     RETURNING effect_key
    )
    UPDATE messages SET digest = ''
     WHERE workspace_id = $1 AND message_key IN (SELECT effect_key FROM unsent)
"""
_PURGE = "SELECT purge_workspace($1, $2)"


async def purge(owner: asyncpg.Connection, workspace_id: WorkspaceId, *, before: datetime) -> bool:
    """Delete every row of a workspace that left before then; False when it did not, or came back.

    `owner` is a connection of the database's owner: the application may not delete the trail.
    """
    return bool(await owner.fetchval(_PURGE, workspace_id, before))


async def park_waiting(tx: Transaction, *, now: datetime) -> None:
    """Nothing that waits goes out any more."""
    await tx.execute(_PARK, tx.workspace_id, InstallState.UNINSTALLED, now)


async def forget_unsent(tx: Transaction) -> None:
    """Let what was parked because the workspace had left be shown again."""
    await tx.execute(_FORGET_UNSENT, tx.workspace_id, InstallState.UNINSTALLED)
