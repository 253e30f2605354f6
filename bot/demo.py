"""Makes a fresh playground worth a first look: people linked, the game on, nobody asleep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from bot.app.services import Services
from bot.domain.budgets import QuietHours
from bot.domain.ids import WorkspaceId
from bot.ports import Transaction
from bot.use_cases import games, members

_ALWAYS_OPEN = QuietHours(0, 0, weekends=False)
_PLENTY = 50
_AT_ONCE = 250


@dataclass(frozen=True, slots=True)
class Demo:
    """Who is who in a workspace, as its playground knows it.

    `users` are Slack's user objects, `logins` says which GitHub login each of them has. `admin`
    chooses `channel` for the leaderboard, which comes by the clock of `timezone`.
    """

    users: Sequence[Mapping[str, Any]]
    logins: Mapping[str, str]
    admin: str
    channel: str
    timezone: str


async def set_up_demo(services: Services, workspace_id: WorkspaceId, demo: Demo) -> None:
    """Once for a workspace: link everybody and switch the game on.

    A newcomer who tries it on a Sunday night, ten merges in a row, should see it work; so there
    are no quiet hours and the largest budgets. What they change afterwards stays. Hundreds of
    people come in parts, the game last: cut off in the middle, the next start does the rest.
    """
    db, now, users = services.store.database, services.now(), iter(demo.users)
    async with db.transaction(workspace_id, name="demo") as tx:
        if (await games.read(tx)).leaderboard_channel is not None:
            return
    while some := list(islice(users, _AT_ONCE)):
        async with db.transaction(workspace_id, name="demo_people") as tx:
            await _link(tx, some, demo.logins, now=now)
    async with db.transaction(workspace_id, name="demo_game") as tx:
        await games.change(
            tx,
            demo.admin,
            now=now,
            switched_on_at=now - timedelta(seconds=1),
            leaderboard_channel=demo.channel,
            timezone=demo.timezone,
            daily_budget=_PLENTY,
            weekly_budget=_PLENTY,
        )


async def _link(
    tx: Transaction, users: Sequence[Mapping[str, Any]], logins: Mapping[str, str], *, now: datetime
) -> None:
    await members.keep_profiles(tx, users, now=now)
    for user in users:
        login = logins.get(user["id"])
        if login is not None:
            known = members.normalized_login(login)
            await members.link(tx, user["id"], known, actor="operator", source="admin", now=now)
            await members.set_quiet_hours(tx, user["id"], _ALWAYS_OPEN, now=now)
