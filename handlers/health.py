"""Tells load balancers and people whether this process lives and can take work.

Some checks count and some are only told. A process that answers requests is taken away by its load
balancer when it is not ready, and then clicks and deliveries are lost: so for it count only what
keeps it from storing them. What merely waits to be sent is late, not lost.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web

_FRESH_S = 1.0
_PATIENCE_S = 2.0


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found: `why` says in words what is wrong, `facts` are numbers beside it."""

    ok: bool
    why: str = ""
    facts: Mapping[str, float] = field(default_factory=dict)

    def as_json(self, counts: bool) -> dict[str, object]:
        told = {"why": self.why} if self.why else {}
        return {"ok": self.ok, "counts": counts, **told, **self.facts}


Check = Callable[[], Awaitable[Finding]]


class Health:
    """The checks of one process; they run at most once a second, whoever asks how often."""

    def __init__(self, is_draining: Callable[[], bool]) -> None:
        self._checks: dict[str, tuple[Check, bool]] = {}
        self._lock = asyncio.Lock()
        # Until when it may be told again, and what was found.
        self._seen: tuple[float, dict[str, Finding]] | None = None
        self._is_draining = is_draining

    def add(self, name: str, check: Check, *, counts: bool) -> None:
        """Tell what `check` finds; if it `counts`, the process is not ready while it fails."""
        self._checks[name] = check, counts

    async def report(self) -> tuple[bool, dict[str, object]]:
        """Whether the process is ready, and everything that was found."""
        findings = await self._look()
        told = {name: found.as_json(self._checks[name][1]) for name, found in findings.items()}
        draining = self._is_draining()
        told["draining"] = {"ok": not draining, "counts": True}
        reasons = [
            f"{name}: {found.why}"
            for name, found in findings.items()
            if not found.ok and self._checks[name][1]
        ]
        reasons += ["draining: the process is stopping"] if draining else []
        why = {"why": reasons} if reasons else {}
        return not reasons, {"ok": not reasons, **why, "checks": told}

    async def _look(self) -> dict[str, Finding]:
        """Good news stays fresh for a second; bad news is for those only who asked meanwhile."""
        asked_at = time.monotonic()
        async with self._lock:
            if self._seen is None or asked_at > self._seen[0]:
                names = list(self._checks)
                found = await asyncio.gather(*(_run(self._checks[name][0]) for name in names))
                well = all(one.ok for one in found)
                until = time.monotonic() + (_FRESH_S if well else 0.0)
                self._seen = until, dict(zip(names, found, strict=True))
            return self._seen[1]


async def _run(check: Check) -> Finding:
    try:
        return await asyncio.wait_for(check(), _PATIENCE_S)
    except TimeoutError:
        return Finding(False, f"no answer within {_PATIENCE_S:.0f} s")


class HealthDoor:
    """`/health/live`: the process answers; `/health/ready`: it can take work, or why it cannot."""

    def __init__(self, health: Health) -> None:
        self._health = health

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/health/live", self.live)
        app.router.add_get("/health/ready", self.ready)

    async def live(self, _: web.Request) -> web.Response:
        """That this is answered at all shows that the event loop turns."""
        return web.json_response({"ok": True})

    async def ready(self, _: web.Request) -> web.Response:
        ok, told = await self._health.report()
        return web.json_response(told, status=200 if ok else 503)
