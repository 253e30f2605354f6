"""Can GitHub reach us, and does it?"""

from __future__ import annotations

from datetime import datetime

import aiohttp
from yarl import URL

from bot.app.doctor.findings import Found, ok, problem, warning
from bot.app.doctor.visits import AWAY, PATIENCE_S, Visit
from bot.app.times import utc_now
from storage.hooks import Hooks, look_at_hooks

_CHECK = "webhooks"
_QUIET_DAYS = 7


async def check(visit: Visit) -> list[Found]:
    return [*await _address(visit), *await _deliveries(visit)]


async def _address(visit: Visit) -> list[Found]:
    base_url = visit.settings.base_url
    if base_url is None:
        return []
    if URL(base_url).scheme != "https" and not _is_local(base_url):
        fix = "Put Hunch behind a proxy that speaks https, and its address into HUNCH_BASE_URL."
        return [problem(_CHECK, "HUNCH_BASE_URL is not https; Slack and GitHub want that", fix)]
    return [await _reach(visit, f"{visit.settings.public_url}/health/live")]


def _is_local(url: str) -> bool:
    return URL(url).host in ("127.0.0.1", "localhost", "::1")


async def _reach(visit: Visit, url: str) -> Found:
    fix = "Start `hunch serve`, and let HUNCH_BASE_URL lead to its HUNCH_PORT."
    try:
        async with visit.session.get(url, timeout=aiohttp.ClientTimeout(PATIENCE_S)) as answer:
            if answer.status == 200 and (await answer.json()) == {"ok": True}:
                return ok(_CHECK, "HUNCH_BASE_URL leads to Hunch")
            return problem(
                _CHECK, f"HUNCH_BASE_URL answers {answer.status}, not as Hunch does", fix
            )
    except (OSError, TimeoutError, ValueError, aiohttp.ClientError) as error:
        return problem(_CHECK, f"HUNCH_BASE_URL cannot be reached ({type(error).__name__})", fix)


async def _deliveries(visit: Visit) -> list[Found]:
    if visit.pool is None:
        return []
    try:
        async with visit.pool.acquire(timeout=PATIENCE_S) as connection:
            hooks = await look_at_hooks(connection)
    except AWAY as error:
        return [problem(_CHECK, type(error).__name__, "See the lines about the database.")]
    return [_heard(hooks, utc_now())]


def _heard(hooks: Hooks, now: datetime) -> Found:
    if hooks.count == 0:
        fix = "Run `hunch connect github-webhook`; it prints what to enter in GitHub."
        return warning(_CHECK, "GitHub is not connected", fix)
    webhooks = f"{hooks.count} webhook{'' if hooks.count == 1 else 's'}"
    if hooks.last_heard_at is None:
        fix = "In GitHub, look at the webhook's Recent Deliveries."
        return warning(_CHECK, f"{webhooks} connected, nothing was delivered yet", fix)
    days = (now - hooks.last_heard_at).days
    if days >= _QUIET_DAYS:
        fix = "If there was work on GitHub, look at the webhook's Recent Deliveries."
        return warning(_CHECK, f"{webhooks} connected, silent for {days} days", fix)
    at = f"{hooks.last_heard_at:%Y-%m-%d %H:%M} UTC"
    return ok(_CHECK, f"{webhooks} connected, the last delivery came {at}")
