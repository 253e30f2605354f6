"""Bad days on demand: what a test tells the simulated Slack to do wrong, and how often."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

SOCKET = "socket"


class FaultKind(StrEnum):
    """The ways in which a call can go wrong."""

    HTTP_500 = "http_500"
    HTTP_503 = "http_503"
    RATELIMITED = "ratelimited"
    TIMEOUT_BEFORE = "timeout_before"
    TIMEOUT_AFTER = "timeout_after"
    RESET = "reset"
    RESET_AFTER = "reset_after"
    SLOW = "slow"
    ERROR = "error"

    @property
    def happens_after(self) -> bool:
        """Whether the call is carried out before it goes wrong."""
        return self in (FaultKind.TIMEOUT_AFTER, FaultKind.RESET_AFTER)


@dataclass(slots=True)
class Fault:
    """One planned mishap.

    `method` is a Web API method, `response_url`, `socket` (an envelope going out over a
    WebSocket: `reset` loses it, `reset_after` cuts the line once it is sent, `slow` holds it
    back), or `*` for every request; `team_id` None means every workspace.
    The first `skip` matching calls are spared, the next `times` suffer (None: all of them).
    `seconds` is how long a timeout hangs before the connection closes, or a slow answer takes;
    `retry_after_s` goes with `ratelimited`, `error` is the code an `error` answers.
    """

    kind: FaultKind
    method: str = "*"
    team_id: str | None = None
    times: int | None = 1
    skip: int = 0
    seconds: float = 30.0
    retry_after_s: int = 1
    error: str = "internal_error"

    def concerns(self, method: str, team_id: str | None) -> bool:
        """Whether this fault is meant for such a call."""
        known = self.method == method or (self.method == "*" and method != SOCKET)
        return known and self.team_id in (None, team_id)

    def strike(self) -> bool:
        """Count one matching call; says whether it suffers."""
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True


class Faults:
    """The mishaps still to come, oldest first."""

    def __init__(self) -> None:
        self._planned: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Plan one mishap."""
        self._planned.append(fault)

    def __iter__(self) -> Iterator[Fault]:
        return iter(list(self._planned))

    def drop(self, fault: Fault) -> None:
        """Take one mishap back, if it is still to come."""
        self._planned = [one for one in self._planned if one is not fault]

    def clear(self) -> None:
        """Forget all of them."""
        self._planned.clear()

    def take(self, method: str, team_id: str | None) -> Fault | None:
        """Return the fault this call suffers, counting it down."""
        for fault in list(self._planned):
            if fault.concerns(method, team_id) and fault.strike():
                self._drop_if_spent(fault)
                return fault
        return None

    def _drop_if_spent(self, fault: Fault) -> None:
        if fault.times is not None and fault.times <= 0:
            self._planned.remove(fault)
