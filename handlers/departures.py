"""A workspace or a whole organisation takes Hunch out: its tokens go before we acknowledge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot import log
from bot.domain.ids import WorkspaceId
from bot.domain.installs import is_org
from bot.errors import Permanent
from bot.use_cases import departures, installs
from handlers.desk import Desk
from handlers.payloads import installation_of
from handlers.presences import Presences

_log = log.get("handlers.departures")


def register(app: AsyncApp, desk: Desk, presences: Presences) -> None:
    @app.event("app_uninstalled")
    async def uninstalled(ack: AsyncAck, body: Mapping[str, Any]) -> None:
        await _goodbye(installation_of(body), desk, presences)
        await ack()

    @app.event("tokens_revoked")
    async def revoked(ack: AsyncAck, body: Mapping[str, Any]) -> None:
        owner = installation_of(body)
        found = await installs.find(desk.db, owner) if owner else None
        # People's own tokens are none of ours.
        if found is not None and found.bot_user_id in body["event"]["bots"]:
            await _goodbye(owner, desk, presences)
        await ack()


async def _goodbye(owner: WorkspaceId, desk: Desk, presences: Presences) -> None:
    if not owner or await _is_back(owner, desk):
        desk.refusals.add("slack", "late_goodbye")
        return
    # The organisation comes last: if we are stopped on the way, Slack's next try finds it.
    opened = await departures.opened_by(desk.db, owner) if is_org(owner) else []
    for workspace_id in (*opened, owner):
        async with desk.db.transaction(workspace_id, name="leave") as tx:
            await departures.leave(tx, vault=desk.vault, now=desk.now())
        presences.forget(workspace_id)
        desk.slacks.forget(workspace_id)
    _log.info("workspace.uninstalled", owner=owner, workspaces=len(opened) + 1)


async def _is_back(owner: WorkspaceId, desk: Desk) -> bool:
    """Whether the token works: then this is late news of an installation before the present one.

    Raises Retryable or Unclear when Slack does not say; then it sends the event again.
    """
    try:
        slack = await desk.slacks.for_workspace(owner)
        await slack.test()
    except Permanent:
        return False
    return True
