"""The log of what apps asked the simulated Slack, for tests to look at and the page to show."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from playground.records import Json


@dataclass(frozen=True, slots=True)
class Logged:
    """One request: `method` is a Web API method or `response_url`; `status` the HTTP status.

    `answer` is the body; `fault` names the mishap that was planned for it. `status` 0 means
    that no answer was given.
    """

    method: str
    team_id: str
    args: Json
    status: int
    answer: Json
    at: float
    fault: str = ""

    @property
    def ok(self) -> bool:
        """Whether Slack did what was asked and said so."""
        return self.status == 200 and bool(self.answer.get("ok"))

    @property
    def error(self) -> str:
        """Slack's error code, if it refused."""
        return str(self.answer.get("error", ""))


class CallLog:
    """The latest requests, oldest first; older ones than `keep` are forgotten."""

    def __init__(self, keep: int = 50_000) -> None:
        self._logged: deque[Logged] = deque(maxlen=keep)
        self._listeners: list[Callable[[Logged], None]] = []

    def __iter__(self) -> Iterator[Logged]:
        return iter(list(self._logged))

    def add(self, logged: Logged) -> None:
        """Remember one request."""
        self._logged.append(logged)
        for listener in self._listeners:
            listener(logged)

    def listen(self, listener: Callable[[Logged], None]) -> None:
        """Call `listener` with every request from now on; it must be quick."""
        self._listeners.append(listener)

    def clear(self) -> None:
        """Forget all of them."""
        self._logged.clear()

    def of(self, method: str, **args: Any) -> list[Logged]:
        """Return the requests of a method whose arguments include these."""
        return [
            one
            for one in self._logged
            if one.method == method and all(one.args.get(k) == v for k, v in args.items())
        ]
