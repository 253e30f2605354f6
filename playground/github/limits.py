"""GitHub's limits: points and requests an hour, points a minute, and what makes it go slow."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from playground.github.refusals import Refused

_HOUR_S, _MINUTE_S = 3600, 60


class Standing(NamedTuple):
    """How much of an hour's budget is left; `reset` is in seconds since 1970."""

    resource: str
    limit: int
    used: int
    reset: int

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)

    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset),
            "X-RateLimit-Used": str(self.used),
            "X-RateLimit-Resource": self.resource,
        }


@dataclass(slots=True)
class _Window:
    ends_at: float
    used: int = 0


@dataclass(slots=True)
class Limits:
    """What is allowed; change any number at any time.

    `possible_nodes` is what a query may ask for; one that could bring more than `slow_nodes` takes
    longer than ten seconds and is answered with 502; after `most_nodes` that it really brought the
    rest is refused (`RESOURCE_LIMITS_EXCEEDED`). `slow_pages` says for single repositories (by
    full name, `*` for all) how many pull requests a page GitHub can still answer. `secondary` is how many
    requests are refused from now on for coming too fast, each with `retry_after_s`.
    """

    now: Callable[[], float]
    points_an_hour: int = 5000
    requests_an_hour: int = 5000
    points_a_minute: int = 2000
    requests_a_minute: int = 900
    possible_nodes: int = 500_000
    slow_nodes: int = 9_000
    most_nodes: int = 50_000
    slow_pages: dict[str, int] = field(default_factory=dict)
    secondary: int = 0
    secondary_status: int = 403
    retry_after_s: int = 60
    _windows: dict[tuple[str, str], _Window] = field(default_factory=dict)
    _minutes: dict[tuple[str, str], deque[tuple[float, int]]] = field(default_factory=dict)

    def standing(self, bucket: str, resource: str) -> Standing:
        """Return what is left of an hour's points (`graphql`) or requests (`core`)."""
        window = self._window(bucket, resource)
        return Standing(resource, self._limit(resource), window.used, int(window.ends_at))

    def is_used_up(self, bucket: str, resource: str) -> bool:
        """Whether the hour's budget is gone."""
        return self.standing(bucket, resource).remaining <= 0

    def charge(self, bucket: str, resource: str, cost: int) -> Standing:
        """Take this much of the hour's budget."""
        self._window(bucket, resource).used += cost
        return self.standing(bucket, resource)

    def hold_back(self, bucket: str, resource: str, points: int) -> None:
        """Count points towards the minute; raises Refused (the secondary limit) over it."""
        if self.secondary > 0:
            self.secondary -= 1
            raise self._too_fast(self.retry_after_s)
        minute, now = self._minutes.setdefault((bucket, resource), deque()), self.now()
        while minute and minute[0][0] <= now - _MINUTE_S:
            minute.popleft()
        most = self.points_a_minute if resource == "graphql" else self.requests_a_minute
        if sum(spent for _, spent in minute) + points > most:
            raise self._too_fast(max(1, int(minute[0][0] + _MINUTE_S - now) + 1) if minute else 60)
        minute.append((now, points))

    def forget(self) -> None:
        """Begin all budgets anew."""
        self._windows.clear()
        self._minutes.clear()

    def _limit(self, resource: str) -> int:
        return self.points_an_hour if resource == "graphql" else self.requests_an_hour

    def _window(self, bucket: str, resource: str) -> _Window:
        now = self.now()
        window = self._windows.get((bucket, resource))
        if window is None or window.ends_at <= now:
            window = self._windows[bucket, resource] = _Window(int(now) + _HOUR_S)
        return window

    def _too_fast(self, retry_after_s: int) -> Refused:
        return Refused(
            self.secondary_status,
            "You have exceeded a secondary rate limit. Please wait a few minutes before you try "
            "again.",
            headers={"Retry-After": str(retry_after_s)},
        )
