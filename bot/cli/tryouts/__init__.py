"""The Slack to try that comes along with `hunch run`: opened, set up, alive."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from pydantic import SecretStr

from bot import log
from bot.app.journeys import ClockFollower
from bot.app.services import Services
from bot.app.times import Time
from bot.cli.tryouts.clones import bring_past, settle_around
from bot.cli.tryouts.githubs import settle_github
from bot.cli.tryouts.moving_in import move_in
from bot.cli.tryouts.setups import SetUps
from bot.domain.ids import WorkspaceId
from bot.errors import SettingsError
from bot.integrations.git import Clone
from bot.settings import Settings
from playground.companies import Company
from playground.companies.founding import company_of
from playground.companies.players import Pace
from playground.company import found_company
from playground.page import Page
from playground.records import Installation
from playground.server import Playground, PortTaken

_log = log.get("cli.tryouts")


class Tryout:
    """The playground that this process brings along, and whoever keeps it alive."""

    def __init__(
        self,
        slack: Playground,
        page: Page,
        settings: Settings,
        *,
        size: str | None,
        clone: Clone | None,
    ) -> None:
        self.slack = slack
        self.page = page
        self.pace = Pace()
        self.time = Time(lambda: timedelta(seconds=slack.clock.ahead_s))
        self._company: Company | None = None
        self._clone = clone
        self._home = self._move_to(size) if clone is None else settle_around(slack.state, clone)
        self.settings = self._over(settings)
        self._busy: set[asyncio.Task[None]] = set()

    def _move_to(self, size: str | None) -> Installation:
        """The workspace that Hunch's own token is for: a generated company's, or the small one."""
        if size is None:
            return found_company(self.slack.state)
        today = self.slack.clock.utc().date()
        try:
            self._company, there = company_of(self.slack.state, size, today=today)
        except ValueError as error:
            raise SettingsError(
                "HUNCH_COMPANY: say tiny, small, large, or a number of people from 5 to 5000."
            ) from error
        return there

    def _over(self, settings: Settings) -> Settings:
        """The same settings, with the playground for Slack: one workspace is there, more can come."""
        app = self.slack.state.apps[self._home.app_id]
        return settings.model_copy(
            update={
                "slack_bot_token": SecretStr(self._home.bot_token),
                "slack_app_token": SecretStr(app.app_token),
                "slack_client_id": app.client_id,
                "slack_client_secret": SecretStr(app.client_secret),
                "slack_api_url": self.slack.api_url,
                **self._github(settings),
            }
        )

    def _github(self, settings: Settings) -> dict[str, Any]:
        """The playground's GitHub; whoever brings a clone has the real one."""
        if self._clone is not None:
            return {}
        return settle_github(self.slack, settings, self._home, self._company)

    async def begin(self, services: Services) -> str:
        """Set everything up once Hunch answers, then keep it alive; returns the page's address."""
        self.slack.journeys.call_at(ClockFollower(services).stop_over)
        setups = SetUps(services, self.slack, self.page)
        self.page.install_url = services.settings.public_url + "/slack/install"
        if self._company is not None:
            self._keep_up(self._fill(services, setups, self._company))
            return self._address()
        await setups.set_up(WorkspaceId(self._home.team_id))
        self._keep_up(setups.watch())
        if self._clone is not None:
            self._keep_up(bring_past(services, WorkspaceId(self._home.team_id), self._clone))
        return self._address()

    def _address(self) -> str:
        """Where to look: the page begins in its first workspace, another one has its own place."""
        team_id, page = self._home.team_id, self.slack.page_url
        if next(iter(self.slack.state.workspaces)) == team_id:
            return page
        admin = next(user for user in self.slack.state.people(team_id) if user.is_admin)
        return f"{page}w/{team_id}/as/{admin.name}/home"

    async def _fill(self, services: Services, setups: SetUps, company: Company) -> None:
        """Many people and years of work: while the page is open already."""
        await setups.set_up(WorkspaceId(self._home.team_id))
        self._keep_up(setups.watch())
        await move_in(services, self.slack, self.page, company, self._home, pace=self.pace)

    def _keep_up(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._busy.add(task)
        task.add_done_callback(_say_how_it_ended)

    async def rest(self) -> None:
        """Let everybody stop what they are doing."""
        for task in self._busy:
            task.cancel()
        await asyncio.gather(*self._busy, return_exceptions=True)


def _say_how_it_ended(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("playground.stumbled", exc_info=error)


@asynccontextmanager
async def open_tryout(
    settings: Settings, size: str | None, clone: Clone | None = None
) -> AsyncIterator[Tryout]:
    """A playground for `settings`, kept in the data directory; `size` is that of a generated
    company, `clone` a repository whose people are there instead. Raises SettingsError."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    notebook, page = settings.data_dir / "playground.sqlite", Page()
    port = settings.playground_port
    try:
        async with Playground.start(port=port, path=notebook, attach=[page.attach]) as slack:
            yield Tryout(slack, page, settings, size=size, clone=clone)
    except PortTaken as error:
        raise SettingsError(
            f"HUNCH_PLAYGROUND_PORT: {error}. Stop what uses it (another Hunch?), or set "
            "HUNCH_PLAYGROUND_PORT to another port."
        ) from error
