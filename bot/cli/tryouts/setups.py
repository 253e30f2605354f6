"""Sets Hunch up in every workspace of the playground where it is installed, also later ones."""

from __future__ import annotations

import asyncio

from bot import log
from bot.app import operators
from bot.app.services import Services
from bot.demo import Demo, set_up_demo
from bot.domain.ids import WorkspaceId
from bot.errors import Conflict, HunchError
from bot.use_cases.installs import list_workspaces
from playground.feed import Change
from playground.github import Hook
from playground.page import Page
from playground.records import Channel
from playground.server import Playground

_log = log.get("cli.tryouts")
_BOARD, _ELSEWHERE = "ai-detectives", "general"
_TRIES = 60
_BETWEEN_TRIES_S = 0.25


class SetUps:
    """Links a workspace's people, switches its game on and connects its GitHub, once each."""

    def __init__(self, services: Services, slack: Playground, page: Page) -> None:
        self._services = services
        self._slack = slack
        self._page = page
        self._ready: set[str] = set()
        self._changed = asyncio.Event()
        self._changed.set()
        slack.feed.listen(self._notice)

    def _notice(self, change: Change) -> None:
        if change.kind == "installation.changed":
            self._changed.set()

    async def watch(self) -> None:
        """Set up whatever is installed, now and from now on, as soon as Hunch knows of it."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            for _ in range(_TRIES):
                if await self._try_all():
                    break
                await asyncio.sleep(_BETWEEN_TRIES_S)

    async def _try_all(self) -> bool:
        """Whether all is done; what Hunch does not know yet is left for later."""
        try:
            known = await list_workspaces(self._services.store.database)
            for team_id in self._missing() & set(known):
                await self.set_up(WorkspaceId(team_id))
        except HunchError as error:
            _log.warning("playground.set_up_later", error=type(error).__name__)
        return not self._missing()

    def _missing(self) -> set[str]:
        state = self._slack.state
        installed = {one.team_id for one in state.installations.values() if one.active}
        for team_id in self._ready - installed:
            # What comes back may come back to a Hunch that has forgotten it.
            state.put_document("hook", team_id, {})
        self._ready &= installed
        return installed - self._ready

    async def set_up(self, workspace_id: WorkspaceId) -> None:
        """Once for a workspace; done already, it changes nothing."""
        for _ in range(_TRIES):
            try:
                await self._set_up(workspace_id)
            except Conflict:  # Hunch reads the same people in at the same time
                await asyncio.sleep(_BETWEEN_TRIES_S)
            else:
                return

    async def _set_up(self, workspace_id: WorkspaceId) -> None:
        state = self._slack.state
        people = [user for user in state.people(workspace_id) if not user.is_bot]
        admin = next((user for user in people if user.is_admin), None)
        if admin is not None:
            demo = Demo(
                users=[user.as_slack() for user in people],
                logins={user.id: user.github for user in people if user.github},
                admin=admin.id,
                channel=self._invite(workspace_id).id,
                timezone=admin.tz,
            )
            await set_up_demo(self._services, workspace_id, demo)
        await self._connect(workspace_id)
        self._ready.add(workspace_id)

    def _invite(self, workspace_id: WorkspaceId) -> Channel:
        """The channel for the leaderboard, with Hunch in it."""
        state = self._slack.state
        names = {one.name: one for (team, _), one in state.channels.items() if team == workspace_id}
        channel = names.get(_BOARD) or names[_ELSEWHERE]
        bot = self._slack.installation(workspace_id).bot_user
        if bot not in channel.members:
            channel.members.append(bot)
            state.put_channel(channel)
        return channel

    async def _connect(self, workspace_id: WorkspaceId) -> None:
        """Let the workspace's GitHub send its webhooks to Hunch, to the same place every time."""
        state = self._slack.state
        kept = state.documents.get(("hook", workspace_id))
        if not kept:
            hook = await operators.connect_webhook(self._services, workspace_id)
            kept = {"path": hook.path, "secret": hook.secret}
            state.put_document("hook", workspace_id, kept)
        url = self._services.settings.public_url + kept["path"]
        self._page.github_of(workspace_id).hook = Hook(url, kept["secret"])
