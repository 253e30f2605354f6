"""The faults one can switch on from the page, each with a sentence that says what happens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from playground.faults import SOCKET, Fault, FaultKind, Faults


@dataclass(frozen=True, slots=True)
class Switch:
    """One fault: `key` names it to the server, `label` and `sentence` to people."""

    key: str
    label: str
    sentence: str
    kind: FaultKind
    method: str = "*"
    seconds: float = 30.0
    retry_after_s: int = 5
    error: str = "internal_error"

    def plan(self) -> Fault:
        """Return the mishap that lasts until it is switched off."""
        return Fault(
            self.kind,
            self.method,
            times=None,
            seconds=self.seconds,
            retry_after_s=self.retry_after_s,
            error=self.error,
        )

    def is_planned_by(self, fault: Fault) -> bool:
        """Whether a planned mishap is this one, switched on."""
        known = (fault.kind, fault.method, fault.error, fault.times, fault.team_id)
        return known == (self.kind, self.method, self.error, None, None)


SWITCHES = (
    Switch(
        "ratelimited",
        "Rate limited",
        "Slack answers every call with “too many requests, try again in 5 seconds”.",
        FaultKind.RATELIMITED,
    ),
    Switch(
        "http_500",
        "Slack is down",
        "Slack answers every call with an error 500 and does nothing.",
        FaultKind.HTTP_500,
    ),
    Switch(
        "lost_answer",
        "Lost answers",
        "Slack does what it is asked, but the line breaks before it can say so.",
        FaultKind.RESET_AFTER,
    ),
    Switch(
        "lost_call",
        "Lost calls",
        "The line breaks before Slack has heard what was asked.",
        FaultKind.RESET,
    ),
    Switch(
        "slow",
        "Slow",
        "Slack takes 2 seconds longer for every answer.",
        FaultKind.SLOW,
        seconds=2.0,
    ),
    Switch(
        "expired",
        "Expired token",
        "Slack refuses every call: the app's token has expired.",
        FaultKind.ERROR,
        error="token_expired",
    ),
    Switch(
        "socket_drop",
        "Dropped connection",
        "The app's live connection breaks whenever Slack sends something over it.",
        FaultKind.RESET,
        SOCKET,
    ),
    Switch(
        "socket_slow",
        "Slow events",
        "Taps and events reach the app 2 seconds late.",
        FaultKind.SLOW,
        SOCKET,
        seconds=2.0,
    ),
)


def switches(faults: Faults) -> list[tuple[Switch, bool]]:
    """Return every switch and whether it is on."""
    return [(one, any(_planned(faults, one))) for one in SWITCHES]


def flip(faults: Faults, key: str) -> tuple[Switch, bool]:
    """Switch a fault on or off; returns which and whether it is on now. Raises LookupError."""
    found = next((one for one in SWITCHES if one.key == key), None)
    if found is None:
        raise LookupError("There is no such fault.")
    planned = list(_planned(faults, found))
    for fault in planned:
        faults.drop(fault)
    if not planned:
        faults.add(found.plan())
    return found, not planned


def _planned(faults: Faults, switch: Switch) -> Iterator[Fault]:
    return (fault for fault in faults if switch.is_planned_by(fault))
