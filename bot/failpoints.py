"""Named places where a test may kill, freeze or break the process.

Nothing happens unless `HUNCH_FAILPOINTS` names the place: `answer.before_commit=kill`. Places are
named `<transaction>.before_commit`, `<transaction>.after_commit`, `slack.<method>.before` and
`slack.<method>.after`, and so for `github`.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping

_armed: dict[str, str] = {}


def arm(places: Mapping[str, str]) -> None:
    """Replace what is armed: place → `kill` (SIGKILL), `stop` (SIGSTOP) or `fail` (OSError)."""
    _armed.clear()
    _armed.update(places)


def hit(place: str) -> None:
    """Act at `place` once if it is armed."""
    if not _armed:
        return
    match _armed.pop(place, None):
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "stop":
            os.kill(os.getpid(), signal.SIGSTOP)
        case "fail":
            raise OSError(f"failpoint {place}")
        case _:
            return
