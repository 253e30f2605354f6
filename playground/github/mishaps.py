"""What goes wrong at GitHub when somebody wants it to: errors, slowness, broken lines."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from playground.github.refusals import Refused


@dataclass(slots=True)
class Mishap:
    """The next `times` requests (None: all until it is dropped) whose path contains `path`.

    They wait `seconds`, then are answered with `status`, unless that is 0.
    """

    path: str = ""
    status: int = 502
    times: int | None = 1
    seconds: float = 0.0
    retry_after_s: int | None = None
    message: str = "Server Error"


@dataclass(slots=True)
class Mishaps:
    """What is planned; the first that fits happens."""

    planned: list[Mishap] = field(default_factory=list)

    def plan(self, mishap: Mishap) -> Mishap:
        self.planned.append(mishap)
        return mishap

    def drop(self, mishap: Mishap) -> None:
        """No longer; done already, it changes nothing."""
        self.planned = [one for one in self.planned if one is not mishap]

    async def happen(self, path: str) -> None:
        """Let happen what is planned for a request; raises Refused."""
        found = next((one for one in self.planned if one.path in path), None)
        if found is None:
            return
        if found.times is not None:
            found.times -= 1
            if found.times <= 0:
                self.drop(found)
        await asyncio.sleep(found.seconds)
        if found.status:
            after = found.retry_after_s
            headers = {} if after is None else {"Retry-After": str(after)}
            raise Refused(found.status, found.message, headers=headers)
