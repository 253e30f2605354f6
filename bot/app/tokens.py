"""The bot tokens in use: read from the vault, renewed before they end, shared by all processes."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot import log
from bot.app.databases import Store
from bot.domain.ids import WorkspaceId
from bot.domain.installs import InstallState
from bot.errors import Conflict, Permanent, Retryable, SecretLocked, Unclear
from bot.ports import Grant, SlackOAuth, Vault
from bot.use_cases import tokens
from bot.use_cases.tokens import BotToken, Left
from storage.attempts import insist
from storage.turns import turn

_log = log.get("app.tokens")
# So long, because each look leaves an audit event.
_FRESH_S = 60.0


@dataclass(frozen=True, slots=True)
class _Known:
    """A token, until when it is not read anew; `tried`: nor renewed, because that just failed."""

    token: BotToken
    until: float
    tried: bool


class SlackTokens:
    """Each workspace's bot token, remembered for a moment, renewed when two hours are left.

    Renewal is a business of one process at a time (`storage/turns.py`): a refresh token is good
    once. It is never broken off, because what Slack gave would be lost. `oauth` is None where
    SLACK_CLIENT_ID is not set; then tokens that end just end.
    """

    def __init__(
        self,
        store: Store,
        vault: Vault,
        oauth: SlackOAuth | None,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._vault = vault
        self._oauth = oauth
        self._now = now
        self._known: dict[WorkspaceId, _Known] = {}
        self._lent: dict[WorkspaceId, str] = {}
        self._turns: defaultdict[WorkspaceId, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._renewals: dict[WorkspaceId, asyncio.Task[None]] = {}

    def lend(self, workspace_id: WorkspaceId, token: str) -> None:
        """Use this token where the stored one cannot be opened, for as long as this process lives."""
        self._lent[workspace_id] = token

    def forget(self, workspace_id: WorkspaceId) -> None:
        """Read the workspace's token anew next time."""
        self._known.pop(workspace_id, None)

    async def close(self) -> None:
        """Let renewals that have begun come to their end."""
        await asyncio.gather(*self._renewals.values(), return_exceptions=True)

    async def of(self, workspace_id: WorkspaceId) -> str | None:
        """The token to call with; None where Hunch is not installed.

        Raises Permanent where it was uninstalled, and when no key opens the token.
        """
        known = self._remembered(workspace_id)
        if known is not None:
            return known.value
        async with self._turns[workspace_id]:
            known = self._remembered(workspace_id)
            return known.value if known is not None else await self._look_up(workspace_id)

    async def is_locked(self, workspace_id: WorkspaceId) -> bool:
        """Whether there is a token that no key opens, and nobody lent us another."""
        if workspace_id in self._lent or self._remembered(workspace_id) is not None:
            return False
        return await tokens.is_locked(self._store.database, workspace_id, vault=self._vault)

    async def renew(self, workspace_id: WorkspaceId, refused: str, reason: str) -> str | None:
        """Another token than the one Slack refused, or None when there is no better one."""
        async with self._turns[workspace_id]:
            self.forget(workspace_id)
            found = await self._read(workspace_id)
            if found is not None and found.value == refused and reason == "token_expired":
                found = await self._renewed(workspace_id, found)
            if found is None or found.value == refused:
                await self._note_trouble(found, reason)
                return None
            self._remember(workspace_id, found)
            return found.value

    def _remembered(self, workspace_id: WorkspaceId) -> BotToken | None:
        known = self._known.get(workspace_id)
        if known is None or time.monotonic() > known.until:
            return None
        return known.token if known.tried or not self._is_due(known.token) else None

    def _is_due(self, token: BotToken) -> bool:
        return token.rotates_at is not None and self._now() >= token.rotates_at

    def _remember(self, workspace_id: WorkspaceId, token: BotToken) -> None:
        until, tried = time.monotonic() + _FRESH_S, self._is_due(token)
        self._known[workspace_id] = _Known(token, until, tried)

    async def _look_up(self, workspace_id: WorkspaceId) -> str | None:
        found = await self._read(workspace_id)
        if found is not None and self._is_due(found):
            found = await self._renewed(workspace_id, found)
        if found is None:
            return None
        self._remember(workspace_id, found)
        return found.value

    async def _read(self, workspace_id: WorkspaceId) -> BotToken | None:
        try:
            found = await tokens.read(self._store.database, workspace_id, vault=self._vault)
        except SecretLocked as error:
            if workspace_id not in self._lent:
                raise Permanent("secret_locked") from error
            return BotToken(workspace_id, self._lent[workspace_id])
        if isinstance(found, Left):
            raise Permanent(InstallState.UNINSTALLED.value)
        return found

    async def _renewed(self, workspace_id: WorkspaceId, old: BotToken) -> BotToken | None:
        """The token after a renewal; the old one where that did not work, good while it lasts."""
        if self._oauth is None or not old.renewable:
            return old
        renewal = self._renewals.get(old.owner)
        if renewal is None:
            renewal = asyncio.create_task(self._renew(old, self._oauth))
            self._renewals[old.owner] = renewal
            renewal.add_done_callback(lambda _: self._renewals.pop(old.owner, None))
        try:
            await asyncio.shield(renewal)
        except (Retryable, Unclear, Conflict, SecretLocked) as error:
            _log.warning("token.not_renewed", owner=old.owner, error=str(error))
        return await self._read(workspace_id)

    async def _renew(self, old: BotToken, oauth: SlackOAuth) -> None:
        """Renew the owner's token unless another process just has."""
        db, vault, owner = self._store.database, self._vault, old.owner
        async with turn(self._store.connect, f"slack.token:{owner}"):
            now_there = await tokens.read(db, owner, vault=vault, reader="rotation")
            if now_there != old:
                return
            used = await tokens.read_refresh_token(db, owner, vault=vault)
            if used is None:
                return
            try:
                grant = await oauth.refresh(used)
            except Permanent as error:
                async with db.transaction(owner, name="renewal_refused") as tx:
                    await tokens.note_unrenewable(
                        tx, used, error.reason, vault=vault, now=self._now()
                    )
                return
            await self._keep(owner, used, grant)
        _log.info("token.renewed", owner=owner)

    async def _keep(self, owner: WorkspaceId, used: str, grant: Grant) -> None:
        """Store what Slack gave: there is no other."""

        async def store() -> None:
            async with self._store.database.transaction(owner, name="renew_token") as tx:
                await tokens.keep_renewed(tx, used, grant, vault=self._vault, now=self._now())

        await insist(store)

    async def _note_trouble(self, found: BotToken | None, reason: str) -> None:
        if found is None:
            return
        _log.warning("token.refused", owner=found.owner, reason=reason)
        async with self._store.database.transaction(found.owner, name="token_refused") as tx:
            await tokens.note_refused(tx, found.value, reason, vault=self._vault, now=self._now())
