"""Connects GitHub to a workspace: webhooks with a secret of their own, App installations."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.connections import ConnectionStatus, Service
from bot.domain.ids import WorkspaceId
from bot.errors import SecretLocked, UserError
from bot.integrations.github.payloads import installation_of
from bot.ports import Database, Transaction, Vault
from storage import audits, connections, installs

# A purpose, not a secret.
_SECRET = "github.webhook_secret"  # nosec B105  # pragma: allowlist secret
_SLACKS = "slack."
# Enough to tell webhooks apart; the whole key is their address, and nobody else's business.
_SHOWN_OF_KEY = 6


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
    await _require_install(tx)
    if instead_of is not None:
        await _forget_webhook(tx, instead_of, vault=vault, now=now)
    hook = Hook(tx.workspace_id, secrets.token_urlsafe(18), secrets.token_urlsafe(32))
    await installs.add_hook(tx, hook.key)
    await vault.put(tx, _SECRET, hook.key, hook.secret)
    await audits.add(
        tx, "github.webhook_connected", actor="operator", subject=hook.key[:_SHOWN_OF_KEY], now=now
    )
    return hook


async def _forget_webhook(tx: Transaction, beginning: str, *, vault: Vault, now: datetime) -> None:
    found = await connections.hooks_like(tx, beginning)
    if len(found) != 1 or len(beginning) < _SHOWN_OF_KEY:
        raise UserError(
            f"--instead-of {beginning}: no webhook, or more than one, begins so. The admins' Home "
            "shows how yours begin."
        )
    await connections.remove_hook(tx, found[0])
    await vault.delete(tx, _SECRET, found[0])
    subject = found[0][:_SHOWN_OF_KEY]
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


async def connect_installation(tx: Transaction, installation_id: int, *, now: datetime) -> None:
    """Route a GitHub App installation here. Raises UserError when another workspace has it."""
    await _require_install(tx)
    if await installs.add_installation(tx, installation_id) != tx.workspace_id:
        raise UserError(
            f"Installation {installation_id} is connected to another workspace. Disconnect it "
            "there first."
        )
    await audits.add(
        tx, "github.app_connected", actor="operator", subject=str(installation_id), now=now
    )


async def list_connections(tx: Transaction, *, vault: Vault) -> tuple[ConnectionStatus, ...]:
    """All connections of the workspace, those that do not work first, Slack before others."""
    works: dict[tuple[Service, str], bool] = {}
    for held in await vault.held(tx):
        which = _which(held.purpose, held.name)
        works[which] = works.get(which, True) and held.opens
    for installation in await connections.installations(tx):
        works[Service.GITHUB_APP, str(installation)] = True
    found = [ConnectionStatus(*which, connected) for which, connected in works.items()]
    here = await installs.get(tx)
    if here is not None and here.trouble:
        slack = ConnectionStatus(Service.SLACK, "", connected=False, refused=here.trouble)
        found = [slack, *(one for one in found if one.service is not Service.SLACK)]
    return tuple(sorted(found, key=lambda one: (one.connected, one.service is not Service.SLACK)))


def describe(purpose: str, name: str) -> str:
    """The connection a secret belongs to, in people's words."""
    return ConnectionStatus(*_which(purpose, name), connected=False).title


def _which(purpose: str, name: str) -> tuple[Service, str]:
    if purpose.startswith(_SLACKS):
        return Service.SLACK, ""
    return Service.GITHUB_WEBHOOK, name[:_SHOWN_OF_KEY]


def claimed_installation(payload: bytes) -> int | None:
    """The GitHub App installation that a verified delivery says it comes from."""
    return installation_of(payload)


async def find_installation(db: Database, installation_id: int) -> WorkspaceId | None:
    """The workspace a GitHub App installation belongs to."""
    async with db.routing(name="route_installation") as routing:
        return await installs.by_installation(routing, installation_id)


async def _require_install(tx: Transaction) -> None:
    if await installs.find(tx) is None:
        raise UserError(
            f"Hunch is not installed in {tx.workspace_id}. Start it once with that workspace's "
            "SLACK_BOT_TOKEN, then try again."
        )
