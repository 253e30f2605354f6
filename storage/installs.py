"""Workspaces that installed Hunch, and the small tables that route to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import WorkspaceId
from bot.ports import TokenOwner, Transaction

_ROUTE = """
    INSERT INTO workspace_routes (workspace_id, installed_at) VALUES ($1, $2)
        ON CONFLICT (workspace_id) DO NOTHING
"""
_REGISTER = """
    INSERT INTO workspaces (workspace_id, name, bot_user_id, bot_id, enterprise_id)
         VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (workspace_id)
      DO UPDATE SET name = EXCLUDED.name, bot_user_id = EXCLUDED.bot_user_id,
                    bot_id = EXCLUDED.bot_id, enterprise_id = EXCLUDED.enterprise_id
"""
_FIND = "SELECT name, bot_user_id, bot_id, enterprise_id FROM workspaces WHERE workspace_id = $1"
_ALL = "SELECT workspace_id FROM workspace_routes ORDER BY workspace_id"
_BY_HOOK = "SELECT workspace_id FROM hook_routes WHERE hook_key = $1"
_BY_INSTALLATION = "SELECT workspace_id FROM github_routes WHERE installation_id = $1"
_ADD_HOOK = "INSERT INTO hook_routes (hook_key, workspace_id) VALUES ($1, $2)"
_ADD_INSTALLATION = """
    INSERT INTO github_routes (installation_id, workspace_id) VALUES ($1, $2)
        ON CONFLICT (installation_id) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace as Slack names it, and who we are in it."""

    name: str
    bot_user_id: str
    bot_id: str
    enterprise_id: str


async def register(tx: Transaction, owner: TokenOwner, *, now: datetime) -> None:
    """Make the workspace known, or bring its name up to date."""
    await tx.execute(_ROUTE, tx.workspace_id, now)
    await tx.execute(
        _REGISTER,
        tx.workspace_id,
        owner.workspace_name,
        owner.bot_user_id,
        owner.bot_id,
        owner.enterprise_id,
    )


async def find(tx: Transaction) -> Workspace | None:
    """This transaction's workspace; None when Hunch is not installed there."""
    row = await tx.fetchrow(_FIND, tx.workspace_id)
    return None if row is None else Workspace(**row)


async def list_all(tx: Transaction) -> Sequence[WorkspaceId]:
    return [WorkspaceId(row["workspace_id"]) for row in await tx.fetch(_ALL)]


async def by_hook(tx: Transaction, hook_key: str) -> WorkspaceId | None:
    found = await tx.fetchval(_BY_HOOK, hook_key)
    return None if found is None else WorkspaceId(found)


async def by_installation(tx: Transaction, installation_id: int) -> WorkspaceId | None:
    found = await tx.fetchval(_BY_INSTALLATION, installation_id)
    return None if found is None else WorkspaceId(found)


async def add_hook(tx: Transaction, hook_key: str) -> None:
    await tx.execute(_ADD_HOOK, hook_key, tx.workspace_id)


async def add_installation(tx: Transaction, installation_id: int) -> WorkspaceId:
    """Connect a GitHub App installation; returns the workspace it now belongs to."""
    await tx.execute(_ADD_INSTALLATION, installation_id, tx.workspace_id)
    owner: str = await tx.fetchval(_BY_INSTALLATION, installation_id)
    return WorkspaceId(owner)
