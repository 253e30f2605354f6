"""Reads which webhooks GitHub could not deliver to our App, and asks for them again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.errors import Permanent
from bot.integrations.github.payloads.shapes import Id, Payload, Text, Time
from bot.ports.github import GitHub

_LIST = "app/hook/deliveries"
# In numbers of attempts, newest first: at a hundred a request.
_MOST = 10_000


class _Attempt(Payload):
    id: Id
    guid: Text
    delivered_at: Time
    status_code: int = 0
    installation_id: Id | None = None

    @property
    def arrived(self) -> bool:
        return 200 <= self.status_code < 400


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A webhook that no attempt has brought to us; `attempt_id` is GitHub's of the latest one."""

    delivery_id: str
    attempt_id: int
    installation_id: int
    attempts: int


async def undelivered(github: GitHub, *, since: datetime) -> tuple[Undelivered, ...]:
    """What GitHub tried to deliver since then and never could, oldest first."""

    def enough(found: Sequence[Any]) -> bool:
        return len(found) >= _MOST or _Attempt.model_validate(found[-1]).delivered_at < since

    by_guid: defaultdict[str, list[_Attempt]] = defaultdict(list)
    for item in await github.pages(_LIST, enough=enough):
        attempt = _Attempt.model_validate(item)
        by_guid[attempt.guid].append(attempt)
    failed = [some for some in by_guid.values() if some[0].delivered_at >= since]
    return tuple(
        Undelivered(some[0].guid, some[0].id, some[0].installation_id, len(some))
        for some in reversed(failed)
        if some[0].installation_id is not None and not any(one.arrived for one in some)
    )


async def deliver_again(github: GitHub, one: Undelivered) -> bool:
    """Ask for another attempt; False where GitHub does not have it any more."""
    try:
        await github.post(f"{_LIST}/{one.attempt_id}/attempts", {})
    except Permanent as error:
        if error.reason != "not_found":
            raise
        return False
    return True
