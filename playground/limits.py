"""How many calls Slack takes: a token bucket per method and workspace, as its tiers say.

Source of the tiers: the method pages of docs.slack.dev and `rate_limit_tiers.json` of
slackapi/java-slack-sdk (MIT). Slack promises "at least" so many a minute and tolerates short
bursts without saying how long; the bursts here are our own choice, on the strict side.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from playground.clock import Clock


@dataclass(frozen=True, slots=True)
class Limit:
    """So many calls a minute in the long run, and `burst` at once after a quiet while."""

    per_minute: float
    burst: int


TIERS = {
    "Tier1": Limit(1, 5),
    "Tier2": Limit(20, 10),
    "Tier3": Limit(50, 20),
    "Tier4": Limit(100, 30),
}

METHOD_TIERS = {
    "apps.connections.open": "Tier1",
    "apps.uninstall": "Tier1",
    "auth.revoke": "Tier3",
    "auth.teams.list": "Tier2",
    "agents.sessions.setStatus": "Tier3",
    "assistant.threads.setSuggestedPrompts": "Tier3",
    "assistant.threads.setTitle": "Tier3",
    "chat.appendStream": "Tier4",
    "chat.delete": "Tier3",
    "chat.postEphemeral": "Tier4",
    "chat.startStream": "Tier2",
    "chat.stopStream": "Tier2",
    "chat.update": "Tier3",
    "conversations.history": "Tier3",
    "conversations.info": "Tier3",
    "conversations.list": "Tier2",
    "conversations.open": "Tier3",
    "conversations.replies": "Tier3",
    "files.completeUploadExternal": "Tier4",
    "files.getUploadURLExternal": "Tier4",
    "files.info": "Tier4",
    "oauth.v2.access": "Tier4",
    "oauth.v2.exchange": "Tier3",
    "reactions.add": "Tier3",
    "reactions.remove": "Tier2",
    "team.info": "Tier3",
    "users.info": "Tier4",
    "users.list": "Tier2",
    "views.open": "Tier4",
    "views.publish": "Tier4",
    "views.push": "Tier4",
    "views.update": "Tier4",
}

# "special" in the tier table: auth.test and an agent's status take hundreds a minute; messages
# have their own rule.
SPECIAL = {
    "assistant.threads.setStatus": Limit(600, 100),
    "auth.test": Limit(600, 100),
    "chat.postMessage": Limit(300, 60),
}
MESSAGES_PER_CHANNEL = Limit(60, 3)

# Apps that are distributed outside the Marketplace, since 2025-05-29.
DISTRIBUTED_HISTORY = Limit(1, 1)
_HISTORIES = ("conversations.history", "conversations.replies")
DISTRIBUTED_HISTORY_MESSAGES = 15


_ROUNDING_S = 1e-4


class Bucket:
    """One token bucket (as a virtual schedule): `wait_s` is 0 when a call may go now."""

    def __init__(self, limit: Limit) -> None:
        self._interval_s = 60 / limit.per_minute
        self._slack_s = self._interval_s * (limit.burst - 1)
        self._full_at = 0.0

    def wait_s(self, now: float) -> float:
        """Return how long to wait until a call fits."""
        wait_s = self._full_at - self._slack_s - now
        return wait_s if wait_s > _ROUNDING_S else 0.0

    def spend(self, now: float) -> None:
        """Count one call."""
        self._full_at = max(self._full_at, now) + self._interval_s


class Limits:
    """Says for each call whether it is too many; can be switched off."""

    def __init__(self, clock: Clock, *, enabled: bool = True) -> None:
        self.enabled = enabled
        self._clock = clock
        self._buckets: dict[tuple[str, ...], Bucket] = {}

    def retry_after_s(
        self, method: str, owner: str, *, channel: str = "", distributed: bool = False
    ) -> int | None:
        """Count one call of `owner` (workspace and app); whole seconds to wait if too many.

        A refused call is not counted.
        """
        if not self.enabled:
            return None
        now = self._clock.now()
        buckets = self._of(method, owner, channel, distributed)
        wait_s = max((bucket.wait_s(now) for bucket in buckets), default=0.0)
        if wait_s > 0:
            return max(1, math.ceil(wait_s))
        for bucket in buckets:
            bucket.spend(now)
        return None

    def forget(self) -> None:
        """Start afresh: everybody's burst is whole again."""
        self._buckets.clear()

    def _of(self, method: str, owner: str, channel: str, distributed: bool) -> list[Bucket]:
        if method in _HISTORIES and distributed:
            return [self._bucket(DISTRIBUTED_HISTORY, method, owner, "distributed")]
        limit = SPECIAL.get(method) or TIERS.get(METHOD_TIERS.get(method, ""))
        found = [self._bucket(limit, method, owner)] if limit else []
        if method == "chat.postMessage" and channel:
            found.append(self._bucket(MESSAGES_PER_CHANNEL, method, owner, channel))
        return found

    def _bucket(self, limit: Limit, *key: str) -> Bucket:
        if key not in self._buckets:
            self._buckets[key] = Bucket(limit)
        return self._buckets[key]
