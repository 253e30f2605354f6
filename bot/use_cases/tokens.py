"""Each workspace's bot token: where it lies, until when it is good, what takes its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.ids import WorkspaceId
from bot.domain.installs import Install, rotates_at
from bot.errors import SecretLocked
from bot.ports import Database, Grant, Transaction, Vault
from bot.use_cases.installs import BOT_TOKEN, REFRESH_TOKEN, expiry
from storage import audits, installs

# Slack says of a refresh token that it is used up or never was one: no use to ask again.
_NO_NEXT = frozenset({"invalid_grant", "invalid_refresh_token"})


@dataclass(frozen=True, slots=True)
class BotToken:
    """A token as it lies in the vault; `owner` is the organisation where it is the whole one's.

    `expires_at` (aware UTC) is None for a token that does not end. `renewable`: there may be a
    next one.
    """

    owner: WorkspaceId
    value: str = field(repr=False)
    expires_at: datetime | None = None
    renewable: bool = False

    @property
    def rotates_at(self) -> datetime | None:
        return rotates_at(self.expires_at) if self.renewable else None


@dataclass(frozen=True, slots=True)
class Left:
    """The workspace, or the organisation that opened it to us, has uninstalled Hunch."""


async def read(
    db: Database, workspace_id: WorkspaceId, *, vault: Vault, reader: str = "outbox"
) -> BotToken | Left | None:
    """The token that opens this workspace; None when there is none.

    Raises SecretLocked, once that is in the audit, when no key opens it.
    """
    async with db.transaction(workspace_id, name="read_token") as tx:
        here = await installs.get(tx)
        if here is None or here.uninstalled_at is not None:
            return None if here is None else Left()
        if not here.org_id:
            try:
                value = await vault.get(tx, BOT_TOKEN, "", reader=reader)
            except SecretLocked as error:
                locked = error
            else:
                return None if value is None else _token(here, value)
    if here.org_id:
        return await read(db, WorkspaceId(here.org_id), vault=vault, reader=reader)
    raise locked


async def is_locked(db: Database, workspace_id: WorkspaceId, *, vault: Vault) -> bool:
    """Whether no key opens the token that opens this workspace; the token itself stays unread."""
    async with db.transaction(workspace_id, name="read_token") as tx:
        here = await installs.get(tx)
        if here is None or not here.org_id:
            return await vault.is_locked(tx, BOT_TOKEN, "")
    return await is_locked(db, WorkspaceId(here.org_id), vault=vault)


def _token(here: Install, value: str) -> BotToken:
    ends, renewable = here.token_expires_at, here.trouble not in _NO_NEXT
    return BotToken(here.workspace_id, value, ends, renewable=ends is not None and renewable)


async def read_refresh_token(db: Database, owner: WorkspaceId, *, vault: Vault) -> str | None:
    """What gets the next token. Raises SecretLocked as `read` does."""
    async with db.transaction(owner, name="read_refresh") as tx:
        try:
            return await vault.get(tx, REFRESH_TOKEN, "", reader="rotation")
        except SecretLocked as error:
            locked = error
    raise locked


async def keep_renewed(
    tx: Transaction, used: str, grant: Grant, *, vault: Vault, now: datetime
) -> bool:
    """Store what came for the refresh token `used`.

    False, and nothing is stored, when that is no longer the workspace's: it was installed anew or
    uninstalled meanwhile.
    """
    if not await _is_still(tx, used, vault):
        return False
    await vault.put(tx, BOT_TOKEN, "", grant.bot_token, replace=True)
    await vault.put(tx, REFRESH_TOKEN, "", grant.refresh_token or used, replace=True)
    await installs.renew(tx, expiry(grant, now=now))
    await audits.add(tx, "token.rotated", actor="rotation", subject=tx.workspace_id, now=now)
    return True


async def note_unrenewable(
    tx: Transaction, used: str, trouble: str, *, vault: Vault, now: datetime
) -> None:
    """Slack gives nothing for the refresh token `used`, if that is still the workspace's."""
    if await _is_still(tx, used, vault):
        await note_trouble(tx, trouble, now=now)


async def note_refused(
    tx: Transaction, refused: str, trouble: str, *, vault: Vault, now: datetime
) -> None:
    """Slack takes the token `refused` no longer, if that is still the workspace's."""
    await installs.lock(tx)
    try:
        there = await vault.get(tx, BOT_TOKEN, "", reader="rotation")
    except SecretLocked:
        there = refused  # it was lent in place of one that no key opens
    if there == refused:
        await note_trouble(tx, trouble, now=now)


async def _is_still(tx: Transaction, used: str, vault: Vault) -> bool:
    await installs.lock(tx)
    return await vault.get(tx, REFRESH_TOKEN, "", reader="rotation") == used


async def note_trouble(tx: Transaction, trouble: str, *, now: datetime) -> None:
    """Slack takes the token no longer: the connection shows "please reconnect"."""
    if await installs.note_trouble(tx, trouble):
        details = {"trouble": trouble}
        await audits.add(
            tx, "token.refused", actor="slack", subject=tx.workspace_id, now=now, details=details
        )
