"""A workspace uninstalls Hunch: its tokens go at once, its data after a grace period."""

from __future__ import annotations

from datetime import datetime

from bot.domain.ids import WorkspaceId
from bot.domain.installs import GRACE
from bot.ports import Database, Transaction, Vault
from bot.use_cases import connections
from bot.use_cases.installs import BOT_TOKEN, REFRESH_TOKEN
from storage import audits, departures, installs, runs


async def leave(tx: Transaction, *, vault: Vault, now: datetime) -> None:
    """Forget the tokens, send nothing more, go on with no run; twice changes nothing."""
    await installs.lock(tx)
    await vault.delete(tx, BOT_TOKEN, "")
    await vault.delete(tx, REFRESH_TOKEN, "")
    await connections.forget_tokens(tx, vault=vault)
    if not await installs.leave(tx, now=now):
        return
    await departures.park_waiting(tx, now=now)
    await runs.ask_all_to_cancel(tx)
    await audits.add(tx, "workspace.uninstalled", actor="slack", subject=tx.workspace_id, now=now)


async def opened_by(db: Database, org_id: WorkspaceId) -> list[WorkspaceId]:
    """The workspaces that an organisation's installation opened to us."""
    async with db.routing(name="list_through_org") as tx:
        return list(await installs.list_through_org(tx, org_id))


async def due_for_purge(db: Database, *, now: datetime) -> list[WorkspaceId]:
    """Who left so long ago that nothing of theirs may be kept."""
    async with db.routing(name="list_left") as tx:
        return list(await installs.list_left(tx, before=now - GRACE))
