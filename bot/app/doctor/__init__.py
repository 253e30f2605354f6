"""`hunch doctor`: looks at everything Hunch needs and says, one line each, what is to be fixed.

It changes nothing, waits for nobody longer than a few seconds, and works where everything is
broken: what cannot be looked at is left out or said.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from bot.app.doctor import (
    backlogs,
    clocks,
    disks,
    github_apps,
    key_files,
    logins,
    migrations,
    settings,
    slack_apps,
    versions,
    webhooks,
)
from bot.app.doctor.findings import Found, Level, problem
from bot.app.doctor.visits import AWAY, Visit, open_visit
from bot.errors import HunchError
from bot.settings import Settings

__all__ = ["CHECKS", "Found", "Level", "examine", "run_check"]

Check = Callable[[Visit], Awaitable[list[Found]]]

_PATIENCE_S = 20.0
CHECKS = tuple(
    one.check
    for one in (
        settings,
        disks,
        logins,
        migrations,
        key_files,
        slack_apps,
        github_apps,
        webhooks,
        clocks,
        backlogs,
        versions,
    )
)


async def examine(wanted: Settings) -> AsyncIterator[Found]:
    """Look at everything in order; what is found comes as it is found."""
    async with open_visit(wanted) as visit:
        for check in CHECKS:
            for found in await run_check(check, visit):
                yield found


async def run_check(check: Check, visit: Visit) -> list[Found]:
    """What one check finds; that it could not look is something found as well."""
    name = check.__module__.rpartition(".")[2]
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return await check(visit)
    except TimeoutError:
        return [problem(name, "no answer in time", "Try again; look into the logs.")]
    except (*AWAY, HunchError) as error:
        return [problem(name, type(error).__name__, "See the lines before this one.")]
