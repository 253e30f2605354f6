"""Do this machine's clock, PostgreSQL's and Slack's agree?"""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime

import aiohttp

from bot.app.doctor.findings import Found, ok, problem, warning
from bot.app.doctor.visits import AWAY, PATIENCE_S, Visit
from bot.app.times import utc_now
from storage.logins import time_there

_CHECK = "clock"
_FIX = "Let the machines take their time from the network (NTP)."
_WORTH_A_LOOK_S = 30.0
# Slack's signatures are good for five minutes.
_TOO_FAR_S = 240.0


async def check(visit: Visit) -> list[Found]:
    return [*await _database(visit), *await _slack(visit)]


def compare(whose: str, theirs: datetime, ours: datetime, *, fuzzy_s: float = 0.0) -> Found:
    """How far apart two clocks are that were read at the same moment."""
    apart_s = abs((ours - theirs).total_seconds())
    if apart_s > _TOO_FAR_S:
        return problem(_CHECK, f"{whose} clock is {apart_s:.0f} s away from ours", _FIX)
    if apart_s > _WORTH_A_LOOK_S + fuzzy_s:
        return warning(_CHECK, f"{whose} clock is {apart_s:.0f} s away from ours", _FIX)
    return ok(_CHECK, f"{whose} clock agrees with ours")


async def _database(visit: Visit) -> list[Found]:
    if visit.pool is None:
        return []
    try:
        async with visit.pool.acquire(timeout=PATIENCE_S) as connection:
            theirs = await time_there(connection)
    except AWAY:
        return []
    return [compare("PostgreSQL's", theirs, utc_now())]


async def _slack(visit: Visit) -> list[Found]:
    if visit.settings.playground_wanted:
        return []
    url = f"{visit.settings.slack_api_url}api.test"
    try:
        async with visit.session.post(url, timeout=aiohttp.ClientTimeout(PATIENCE_S)) as answer:
            theirs = parsedate_to_datetime(answer.headers.get("Date", ""))
    except (OSError, TimeoutError, ValueError, aiohttp.ClientError):
        return []
    return [compare("Slack's", theirs, utc_now(), fuzzy_s=1.0)]
