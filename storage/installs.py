"""Workspaces that installed Hunch, and the small tables that route to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import WorkspaceId
from bot.domain.installs import Install, Workspace
from bot.ports import Database, Row, TokenOwner, Transaction

_ROUTE = """
    INSERT INTO workspace_routes AS r (workspace_id, installed_at, org_id) VALUES ($1, $2, $3)
    ON CONFLICT (workspace_id) DO UPDATE
       SET org_id = EXCLUDED.org_id, uninstalled_at = NULL,
           installed_at = CASE WHEN r.uninstalled_at IS NULL THEN r.installed_at
                               ELSE EXCLUDED.installed_at END
"""
_REGISTER = """
    INSERT INTO workspaces (workspace_id, name, bot_user_id, bot_id, enterprise_id)
         VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (workspace_id)
      DO UPDATE SET name = EXCLUDED.name, bot_user_id = EXCLUDED.bot_user_id,
                    bot_id = EXCLUDED.bot_id, enterprise_id = EXCLUDED.enterprise_id
"""
_SIGN_IN = """
    UPDATE workspaces
       SET app_id = $2, installer = $3, scopes = $4, token_expires_at = $5, trouble = NULL
     WHERE workspace_id = $1
"""
_RENEW = """
    UPDATE workspaces SET token_expires_at = $2, trouble = NULL WHERE workspace_id = $1
"""
# That a token ended says less than why there is no next one.
_TROUBLE = """
    UPDATE workspaces SET trouble = $2
     WHERE workspace_id = $1 AND trouble IS DISTINCT FROM $2
       AND (trouble IS NULL OR $2 <> 'token_expired')
"""
_LEAVE = """
    UPDATE workspace_routes SET uninstalled_at = $2
     WHERE workspace_id = $1 AND uninstalled_at IS NULL
"""
_FIND = """
    SELECT name, bot_user_id, bot_id, enterprise_id
      FROM workspaces JOIN workspace_routes USING (workspace_id)
     WHERE workspace_id = $1 AND uninstalled_at IS NULL
"""
_GET = """
    SELECT workspace_id, name, installed_at, uninstalled_at, coalesce(org_id, '') AS org_id,
           app_id, installer, scopes, token_expires_at, coalesce(trouble, '') AS trouble
      FROM workspaces JOIN workspace_routes USING (workspace_id)
     WHERE workspace_id = $1
"""
# Who changes an installation and its tokens does so alone.
_LOCK = "SELECT true FROM workspace_routes WHERE workspace_id = $1 FOR NO KEY UPDATE"
_INSTALLED = """
    SELECT workspace_id FROM workspace_routes
     WHERE uninstalled_at IS NULL AND workspace_id LIKE 'T%' ORDER BY workspace_id
"""
_KNOWN = "SELECT workspace_id FROM workspace_routes ORDER BY workspace_id"
_THROUGH_ORG = """
    SELECT workspace_id FROM workspace_routes
     WHERE org_id = $1 AND uninstalled_at IS NULL ORDER BY workspace_id
"""
_LEFT_BEFORE = """
    SELECT workspace_id FROM workspace_routes WHERE uninstalled_at < $1 ORDER BY workspace_id
"""
_BY_HOOK = """
    SELECT workspace_id FROM hook_routes JOIN workspace_routes USING (workspace_id)
     WHERE hook_key = $1 AND uninstalled_at IS NULL
"""
_STILL_LEAD = """
    SELECT array_agg(w.workspace_id IS NOT NULL ORDER BY asked.place)
      FROM unnest($2::text[]) WITH ORDINALITY AS asked (hook_key, place)
      LEFT JOIN hook_routes r ON r.hook_key = asked.hook_key AND r.workspace_id = $1
      LEFT JOIN workspace_routes w ON w.workspace_id = r.workspace_id AND w.uninstalled_at IS NULL
"""
_OWNER_OF_INSTALLATION = "SELECT workspace_id FROM github_routes WHERE installation_id = $1"
_BY_INSTALLATION = """
    SELECT workspace_id FROM github_routes JOIN workspace_routes USING (workspace_id)
     WHERE installation_id = $1 AND uninstalled_at IS NULL
"""
_ADD_HOOK = "INSERT INTO hook_routes (hook_key, workspace_id) VALUES ($1, $2)"
_ADD_INSTALLATION = """
    INSERT INTO github_routes (installation_id, workspace_id) VALUES ($1, $2)
        ON CONFLICT (installation_id) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class SignIn:
    """How a workspace came to its token: which app, by whom, allowed what, good until when."""

    app_id: str = ""
    installer: str = ""
    scopes: frozenset[str] = frozenset()
    token_expires_at: datetime | None = None


async def register(
    tx: Transaction, owner: TokenOwner, *, org_id: str | None = None, now: datetime
) -> None:
    """Make the workspace known and installed, or bring its name up to date."""
    await tx.execute(_ROUTE, tx.workspace_id, now, org_id)
    await tx.execute(
        _REGISTER,
        tx.workspace_id,
        owner.workspace_name,
        owner.bot_user_id,
        owner.bot_id,
        owner.enterprise_id,
    )


async def sign_in(tx: Transaction, how: SignIn) -> None:
    """Note whose the token is that works from now on."""
    await tx.execute(
        _SIGN_IN,
        tx.workspace_id,
        how.app_id,
        how.installer,
        sorted(how.scopes),
        how.token_expires_at,
    )


async def renew(tx: Transaction, expires_at: datetime | None) -> None:
    """Note until when the renewed token is good."""
    await tx.execute(_RENEW, tx.workspace_id, expires_at)


async def note_trouble(tx: Transaction, trouble: str) -> bool:
    """Note why Slack takes the token no longer; False when that was known."""
    return await tx.execute(_TROUBLE, tx.workspace_id, trouble) == "UPDATE 1"


async def leave(tx: Transaction, *, now: datetime) -> bool:
    """The workspace uninstalled us; False when that was known."""
    return await tx.execute(_LEAVE, tx.workspace_id, now) == "UPDATE 1"


async def lock(tx: Transaction) -> None:
    """Wait until nobody else changes this installation."""
    await tx.fetchval(_LOCK, tx.workspace_id)


async def find(tx: Transaction) -> Workspace | None:
    """This transaction's workspace; None when Hunch is not installed there."""
    row = await tx.fetchrow(_FIND, tx.workspace_id)
    return None if row is None else Workspace(**row)


async def get(tx: Transaction) -> Install | None:
    """How it stands with Hunch in this workspace, uninstalled ones included."""
    row = await tx.fetchrow(_GET, tx.workspace_id)
    return None if row is None else Install(**{**row, "scopes": frozenset(row["scopes"])})


async def list_installed(tx: Transaction) -> Sequence[WorkspaceId]:
    """The workspaces Hunch is installed in; organisations are not among them."""
    return _ids(await tx.fetch(_INSTALLED))


async def list_known(tx: Transaction) -> Sequence[WorkspaceId]:
    """Everybody who has rows: also organisations, and those who left a while ago."""
    return _ids(await tx.fetch(_KNOWN))


async def list_through_org(tx: Transaction, org_id: WorkspaceId) -> Sequence[WorkspaceId]:
    """The workspaces that an organisation's installation opens to us, as far as we met them."""
    return _ids(await tx.fetch(_THROUGH_ORG, org_id))


async def list_left(tx: Transaction, *, before: datetime) -> Sequence[WorkspaceId]:
    """Those who uninstalled us before then."""
    return _ids(await tx.fetch(_LEFT_BEFORE, before))


def _ids(rows: Sequence[Row]) -> Sequence[WorkspaceId]:
    return [WorkspaceId(row["workspace_id"]) for row in rows]


async def by_hook(tx: Transaction, hook_key: str) -> WorkspaceId | None:
    found = await tx.fetchval(_BY_HOOK, hook_key)
    return None if found is None else WorkspaceId(found)


async def still_leads(db: Database, hook_key: str, workspace_id: WorkspaceId) -> bool:
    """Whether this key's webhook leads to the workspace; who asks at the same time asks together."""
    return bool(await db.call_together(_STILL_LEAD, workspace_id, (hook_key,), name="route_hook"))


async def by_installation(tx: Transaction, installation_id: int) -> WorkspaceId | None:
    found = await tx.fetchval(_BY_INSTALLATION, installation_id)
    return None if found is None else WorkspaceId(found)


async def add_hook(tx: Transaction, hook_key: str) -> None:
    await tx.execute(_ADD_HOOK, hook_key, tx.workspace_id)


async def add_installation(tx: Transaction, installation_id: int) -> WorkspaceId:
    """Connect a GitHub App installation; returns the workspace it now belongs to."""
    await tx.execute(_ADD_INSTALLATION, installation_id, tx.workspace_id)
    owner: str = await tx.fetchval(_OWNER_OF_INSTALLATION, installation_id)
    return WorkspaceId(owner)
