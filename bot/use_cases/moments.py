"""What somebody waits for, and when: where a clock that is moved forward must stop on its way."""

from __future__ import annotations

from datetime import datetime

from bot.domain.leaderboards import next_slot
from bot.ports import Database
from bot.use_cases.installs import list_workspaces
from storage import games, surveys


async def next_moment(db: Database, *, now: datetime) -> datetime | None:
    """The next question to send, survey to expire or leaderboard to post, in any workspace."""
    moments = await _leaderboards(db, now)
    for workspace_id in await list_workspaces(db):
        async with db.transaction(workspace_id, name="next_survey") as tx:
            moments.append(await surveys.next_moment(tx, now=now))
    return min((at for at in moments if at is not None), default=None)


async def _leaderboards(db: Database, now: datetime) -> list[datetime | None]:
    async with db.routing(name="next_leaderboard") as tx:
        return [
            next_slot(now, weekday=one.weekday, hour=one.hour, timezone=one.timezone)
            for one in await games.schedules(tx)
        ]
