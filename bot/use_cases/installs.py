"""Makes a workspace known to Hunch, with its token in the vault: by OAuth, or by the operator."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.ids import WorkspaceId
from bot.domain.installs import Install, InstallState, Workspace, is_org
from bot.errors import SecretLocked
from bot.ports import Database, Grant, Job, TokenOwner, Transaction, Vault
from bot.use_cases.surveys import look_later
from storage import audits, departures, installs, surveys
from storage.installs import SignIn

# Purposes, not tokens.
BOT_TOKEN = "slack.bot_token"  # nosec B105
REFRESH_TOKEN = "slack.refresh_token"  # nosec B105
SYNC_MEMBERS = "members.sync"


async def register(
    tx: Transaction,
    owner: TokenOwner,
    bot_token: str,
    *,
    vault: Vault,
    now: datetime,
    replace: bool = False,
) -> bool:
    """Register the workspace a token belongs to, keep the token, and ask for its members.

    Where somebody installed Hunch by OAuth, that installation stays. False: the token was not
    kept, because it would have written over one that no key opens. Both but for a person who
    connects anew (`replace`).
    """
    await installs.lock(tx)
    before = await installs.get(tx)
    stays = before is not None and before.installer and before.state is InstallState.INSTALLED
    if stays and not replace:
        return True
    await installs.register(tx, owner, now=now)
    try:
        changed = await vault.put(tx, BOT_TOKEN, "", bot_token, replace=replace)
    except SecretLocked:
        return False
    await vault.delete(tx, REFRESH_TOKEN, "")
    await installs.sign_in(tx, SignIn(scopes=owner.scopes))
    await _welcome(tx, before, changed=changed, actor="operator", now=now)
    return True


async def install(
    tx: Transaction, grant: Grant, owner: TokenOwner, *, vault: Vault, now: datetime
) -> Install:
    """Somebody installed Hunch by OAuth, for the first time or again: the newest token counts.

    A secret that no key opens is replaced, because a person wants that.
    """
    await installs.lock(tx)
    before = await installs.get(tx)
    await installs.register(tx, owner, now=now)
    changed = await vault.put(tx, BOT_TOKEN, "", grant.bot_token, replace=True)
    if grant.refresh_token is None:
        await vault.delete(tx, REFRESH_TOKEN, "")
    else:
        await vault.put(tx, REFRESH_TOKEN, "", grant.refresh_token, replace=True)
    expires_at = expiry(grant, now=now)
    await installs.sign_in(tx, SignIn(grant.app_id, grant.installer, grant.scopes, expires_at))
    await _welcome(tx, before, changed=changed, actor=grant.installer, now=now)
    after = await installs.get(tx)
    assert after is not None, "it was stored above"
    return after


def expiry(grant: Grant, *, now: datetime) -> datetime | None:
    """When the granted token ends; None for one that does not."""
    if grant.expires_in_s is None or grant.refresh_token is None:
        return None
    return now + timedelta(seconds=grant.expires_in_s)


async def _welcome(
    tx: Transaction, before: Install | None, *, changed: bool, actor: str, now: datetime
) -> None:
    """Note it, and go on where things stood when the workspace left."""
    if changed:
        action = "workspace.installed" if before is None else "workspace.token_changed"
        await audits.add(tx, action, actor=actor, subject=tx.workspace_id, now=now)
    if before is not None and before.uninstalled_at is not None:
        await _go_on(tx, now=now)
    if not is_org(tx.workspace_id):
        key = f"{SYNC_MEMBERS}:{tx.workspace_id}"
        tx.enqueue(Job(SYNC_MEMBERS, tx.workspace_id, "", key))


async def _go_on(tx: Transaction, *, now: datetime) -> None:
    await departures.forget_unsent(tx)
    for survey_id in await surveys.all_open(tx):
        look_later(tx, survey_id, now=now)


async def find(db: Database, workspace_id: WorkspaceId) -> Workspace | None:
    """The workspace, if Hunch is installed there."""
    async with db.transaction(workspace_id, name="read_workspace") as tx:
        return await installs.find(tx)


async def meet(
    db: Database, workspace_id: WorkspaceId, org_id: WorkspaceId, *, now: datetime
) -> Workspace | None:
    """The workspace, if Hunch is installed there by its own choice or its organisation's.

    One of the organisation's that we hear of for the first time becomes known by this.
    """
    here = await find(db, workspace_id)
    if here is not None or not is_org(org_id):
        return here
    org = await find(db, org_id)
    if org is None:
        return None
    # Slack tells its name with nothing; nobody is shown it either.
    owner = TokenOwner(
        workspace_id, workspace_id, org.bot_user_id, org.bot_id, enterprise_id=org_id
    )
    async with db.transaction(workspace_id, name="meet") as tx:
        await installs.lock(tx)
        before = await installs.get(tx)
        await installs.register(tx, owner, org_id=org_id, now=now)
        await _welcome(tx, before, changed=before is None, actor="slack", now=now)
        return await installs.find(tx)


async def list_workspaces(db: Database) -> list[WorkspaceId]:
    """Every workspace Hunch is installed in."""
    async with db.routing(name="list_workspaces") as tx:
        return list(await installs.list_installed(tx))


async def list_installs(db: Database) -> list[Install]:
    """How it stands in every workspace and organisation we know, also those that left."""
    async with db.routing(name="list_known") as routing:
        known = await installs.list_known(routing)
    found = []
    for workspace_id in known:
        async with db.transaction(workspace_id, name="read_install") as tx:
            found.append(await installs.get(tx))
    return [one for one in found if one is not None]
