"""Webhooks of repositories and organisations, each with a secret of its own."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.ids import WorkspaceId
from bot.errors import SecretLocked, UserError
from bot.ports import Database, Transaction, Vault
from storage import audits, connections, installs

# A purpose, not a secret.
_SECRET = "github.webhook_secret"  # nosec B105  # pragma: allowlist secret
# Enough to tell webhooks apart; the whole key is their address, and nobody else's business.
SHOWN_OF_KEY = 6


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook's address, under our base URL, and the secret GitHub signs with."""

    workspace_id: WorkspaceId
    key: str
    secret: str = field(repr=False)

    @property
    def path(self) -> str:
        return f"/webhooks/github/{self.key}"


async def connect_webhook(
    tx: Transaction, *, vault: Vault, now: datetime, instead_of: str | None = None
) -> Hook:
    """Make a new webhook, and forget the one whose key begins with `instead_of`.

    Raises UserError when Hunch is not installed in the workspace or there is no such webhook.
    """
    await require_install(tx)
    if instead_of is not None:
        await _forget_webhook(tx, instead_of, vault=vault, now=now)
    # In hexadecimal: a key that begins with a dash would look like an option to `--instead-of`.
    hook = Hook(tx.workspace_id, secrets.token_hex(18), secrets.token_urlsafe(32))
    await installs.add_hook(tx, hook.key)
    await vault.put(tx, _SECRET, hook.key, hook.secret)
    await audits.add(
        tx, "github.webhook_connected", actor="operator", subject=hook.key[:SHOWN_OF_KEY], now=now
    )
    return hook


async def _forget_webhook(tx: Transaction, beginning: str, *, vault: Vault, now: datetime) -> None:
    found = await connections.hooks_like(tx, beginning)
    if len(found) != 1 or len(beginning) < SHOWN_OF_KEY:
        raise UserError(
            f"--instead-of {beginning}: no webhook, or more than one, begins so. The admins' Home "
            "shows how yours begin."
        )
    await connections.remove_hook(tx, found[0])
    await vault.delete(tx, _SECRET, found[0])
    subject = found[0][:SHOWN_OF_KEY]
    await audits.add(tx, "github.webhook_forgotten", actor="operator", subject=subject, now=now)


async def find_hook(db: Database, key: str, *, vault: Vault) -> Hook | None:
    """The webhook with this key; None when there is none.

    Raises SecretLocked, once that is in the audit, when no key opens its secret.
    """
    async with db.routing(name="route_hook") as routing:
        workspace_id = await installs.by_hook(routing, key)
    if workspace_id is None:
        return None
    async with db.transaction(workspace_id, name="read_hook") as tx:
        try:
            secret = await vault.get(tx, _SECRET, key, reader="webhook")
        except SecretLocked as error:
            locked = error
        else:
            return None if secret is None else Hook(workspace_id, key, secret)
    raise locked


async def still_leads(db: Database, hook: Hook) -> bool:
    """Whether the webhook leads to its workspace as before: neither has been removed since."""
    return await installs.still_leads(db, hook.key, hook.workspace_id)


async def require_install(tx: Transaction) -> None:
    if await installs.find(tx) is None:
        raise UserError(
            f"Hunch is not installed in {tx.workspace_id}. Start it once with that workspace's "
            "SLACK_BOT_TOKEN, then try again."
        )
