"""Are other Hunch processes of another version at work?"""

from __future__ import annotations

from importlib.metadata import version

from bot.app.doctor.findings import Found, ok, warning
from bot.app.doctor.visits import AWAY, PATIENCE_S, Visit
from storage.logins import running_versions

_CHECK = "versions"


async def check(visit: Visit) -> list[Found]:
    if visit.pool is None:
        return []
    try:
        async with visit.pool.acquire(timeout=PATIENCE_S) as connection:
            others = await running_versions(connection) - {version("hunch")}
    except AWAY:
        return []
    if others:
        fix = "Restart them with this version, or run this version's doctor elsewhere."
        return [warning(_CHECK, f"Hunch {', '.join(sorted(others))} runs as well", fix)]
    return [ok(_CHECK, f"Hunch {version('hunch')}, and no other")]
