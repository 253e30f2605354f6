"""What people have on their plate: read and locked before anything more is put there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.domain.budgets import Load
from bot.domain.ids import MemberId, SurveyId
from bot.domain.members import Member
from bot.ports import Transaction
from storage import members, surveys

# Enough to reach back to the beginning of anybody's calendar week, in any timezone.
_WEEK = timedelta(days=8)


async def read_loads(
    tx: Transaction, people: Sequence[Member], *, now: datetime, but: SurveyId | None = None
) -> list[Load]:
    """Each person's load, in the order given, without the survey `but`.

    The people stay locked until the transaction ends, so that two merges cannot both take the
    last place of a day.
    """
    ids = [member.member_id for member in people]
    await members.lock(tx, ids)
    times: dict[MemberId, list[datetime]] = {member_id: [] for member_id in ids}
    for member_id, send_at in await surveys.send_times(tx, ids, since=now - _WEEK, but=but):
        times[member_id].append(send_at)
    return [
        Load(m.member_id, m.timezone, m.quiet, m.snoozed_until, tuple(times[m.member_id]))
        for m in people
    ]
