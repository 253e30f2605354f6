"""Makes a workspace known to Hunch, with its token in the vault."""

from __future__ import annotations

from datetime import datetime

from bot.domain.ids import WorkspaceId
from bot.errors import SecretLocked
from bot.ports import Database, Job, TokenOwner, Transaction, Vault
from storage import audits, installs

# A purpose, not a token.
BOT_TOKEN = "slack.bot_token"  # nosec B105
SYNC_MEMBERS = "members.sync"


async def register(
    tx: Transaction, owner: TokenOwner, bot_token: str, *, vault: Vault, now: datetime
) -> bool:
    """Register the workspace a token belongs to, keep the token, and ask for its members.

    False: the token was not kept, because it would have written over one that no key opens.
    """
    is_new = await installs.find(tx) is None
    await installs.register(tx, owner, now=now)
    try:
        changed, kept = await vault.put(tx, BOT_TOKEN, "", bot_token), True
    except SecretLocked:
        changed, kept = False, False
    if changed:
        action = "workspace.installed" if is_new else "workspace.token_changed"
        await audits.add(tx, action, actor="operator", subject=tx.workspace_id, now=now)
    key = f"{SYNC_MEMBERS}:{tx.workspace_id}"
    tx.enqueue(Job(SYNC_MEMBERS, tx.workspace_id, "", key))
    return kept


async def bot_token(db: Database, workspace_id: WorkspaceId, *, vault: Vault) -> str | None:
    """The workspace's bot token; None when it is not installed.

    Raises SecretLocked, once that is in the audit, when no key opens it.
    """
    async with db.transaction(workspace_id, name="read_token") as tx:
        try:
            return await vault.get(tx, BOT_TOKEN, "", reader="outbox")
        except SecretLocked as error:
            locked = error
    raise locked


async def find(db: Database, workspace_id: WorkspaceId) -> installs.Workspace | None:
    """The workspace, if Hunch is installed there."""
    async with db.transaction(workspace_id, name="read_workspace") as tx:
        return await installs.find(tx)


async def list_workspaces(db: Database) -> list[WorkspaceId]:
    """Every workspace Hunch is installed in."""
    async with db.routing(name="list_workspaces") as tx:
        return list(await installs.list_all(tx))
