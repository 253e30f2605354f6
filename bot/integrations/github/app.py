"""Our GitHub App: known by its key, it gets tokens for its installations, good for an hour each."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import aiohttp
from pydantic import AwareDatetime, BaseModel

from bot.errors import Permanent
from bot.integrations.github.calls import Api, github_call
from bot.integrations.github.limits import Limits
from bot.watch import Watch

_BEFORE_THE_END = timedelta(minutes=5)
# However wrong a clock is: a token is asked for once a minute at most.
_LEAST = timedelta(minutes=1)


class _Grant(BaseModel):
    token: str
    expires_at: AwareDatetime


@dataclass(frozen=True, slots=True)
class _Known:
    value: str = field(repr=False)
    until: datetime


class InstallationTokens:
    """The tokens of an App's installations, kept in memory, renewed five minutes before their end.

    `now` gives aware UTC. Of those who ask at once, one asks GitHub.
    """

    def __init__(
        self,
        app_id: int,
        private_key: str,
        *,
        api_url: str,
        session: aiohttp.ClientSession,
        now: Callable[[], datetime],
        watch: Watch | None = None,
    ) -> None:
        self._limits = Limits(now)
        self._api = Api(
            session,
            api_url=api_url,
            limits=self._limits,
            app_id=str(app_id),
            private_key=private_key,
        )
        self._now = now
        self._watch = watch
        self._known: dict[int, _Known] = {}
        self._turns: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def of(self, installation_id: int) -> str:
        """A token that is good for minutes at least.

        Raises Permanent: `gone` where the installation is no more, `suspended`, `revoked` where
        GitHub does not take the App's key; Retryable.
        """
        async with self._turns[installation_id]:
            known = self._known.get(installation_id)
            if known is None or self._now() >= known.until:
                known = self._known[installation_id] = await self._ask(installation_id)
            return known.value

    def forget(self, installation_id: int) -> None:
        """Ask GitHub for another token next time."""
        self._known.pop(installation_id, None)

    async def _ask(self, installation_id: int) -> _Known:
        try:
            with github_call("token", self._limits, self._watch):
                answer = await self._api.post(
                    f"app/installations/{installation_id}/access_tokens", data=b""
                )
                grant = _Grant.model_validate(answer)
        except Permanent as error:
            if error.reason == "not_found":
                raise Permanent("gone") from error
            raise
        until = max(grant.expires_at - _BEFORE_THE_END, self._now() + _LEAST)
        return _Known(grant.token, until)
