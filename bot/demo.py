"""Makes a fresh playground worth a first look: people linked, the game on, nobody asleep."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.app.services import Services
from bot.domain.budgets import QuietHours
from bot.domain.ids import WorkspaceId
from bot.ports import Slack
from bot.use_cases import games, members

_ALWAYS_OPEN = QuietHours(0, 0, weekends=False)
_PLENTY = 50


async def set_up_demo(
    services: Services,
    workspace_id: WorkspaceId,
    *,
    admin: str,
    channel: str,
    timezone: str,
    logins: Mapping[str, str],
) -> None:
    """Once for a workspace: link `logins` (Slack user → GitHub login) and switch the game on.

    A newcomer who tries it on a Sunday night, ten merges in a row, should see it work; so there
    are no quiet hours and the largest budgets. The leaderboard comes by the admin's `timezone`. What they
    change afterwards stays.
    """
    slack = await services.slacks.for_workspace(workspace_id)
    users = await _everybody(slack)
    now = services.now()
    async with services.store.database.transaction(workspace_id, name="demo") as tx:
        if (await games.read(tx)).leaderboard_channel is not None:
            return
        await members.keep_profiles(tx, users, now=now)
        for slack_user_id, login in logins.items():
            known = members.normalized_login(login)
            await members.link(tx, slack_user_id, known, actor="operator", source="admin", now=now)
            await members.set_quiet_hours(tx, slack_user_id, _ALWAYS_OPEN, now=now)
        await games.change(
            tx,
            admin,
            now=now,
            switched_on_at=now - timedelta(seconds=1),
            leaderboard_channel=channel,
            timezone=timezone,
            daily_budget=_PLENTY,
            weekly_budget=_PLENTY,
        )


async def _everybody(slack: Slack) -> list[Mapping[str, Any]]:
    page = await slack.list_users("")
    users = list(page.users)
    while page.next_cursor:
        page = await slack.list_users(page.next_cursor)
        users.extend(page.users)
    return users
