"""The simulated Slack as a server: `async with Playground.start() as slack: …`.

It listens on 127.0.0.1 only. The page attaches its routes by passing a function as `attach`:
it gets the aiohttp application (before it starts) and the playground, whose `state`, `feed`,
`person(…)` and `join(…)` are all the page needs; `refuse_foreigners` guards its routes.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from aiohttp import web

from playground import control as control_routes
from playground import ids
from playground.alarms import Alarms
from playground.calls import CallLog, Logged
from playground.clock import Clock
from playground.deliveries import Deliveries
from playground.faults import Fault, FaultKind, Faults
from playground.feed import Change, Feed
from playground.files import File
from playground.github.server import GitHubServer
from playground.guards import refuse_foreigners
from playground.http_events import HttpEvents
from playground.installing import Installing
from playground.journeys import Journeys
from playground.limits import Limits
from playground.modals import Modals
from playground.oauth import OAuth
from playground.oauth_page import OAuthPage
from playground.payloads import message_changed_event, message_event
from playground.people import Person
from playground.persistence import Notebook
from playground.records import App, Installation, User
from playground.responses import Responses
from playground.sockets import Sockets
from playground.state import State
from playground.traffic import Traffic, time_calls
from playground.web_api.calls import Backstage, Triggers
from playground.web_api.door import Door
from playground.writers import Services

FLUSH_EVERY_S = 0.2

Attach = Callable[[web.Application, "Playground"], None]


class PortTaken(Exception):
    """Something else listens where the playground is to."""


class Playground:
    """A running simulated Slack; make one with `Playground.start`."""

    def __init__(self, clock: Clock, *, limits: bool, notebook: Notebook | None) -> None:
        self.clock = clock
        self.feed = Feed()
        self.calls = CallLog()
        self.faults = Faults()
        self.limits = Limits(clock, enabled=limits)
        self.state = State(clock=clock, feed=self.feed, keeper=notebook)
        self.github_server = GitHubServer(self.state)
        self.journeys = Journeys(self.state)
        self.sockets = Sockets(clock, self.faults)
        self.port = 0
        self.echo = True
        self._notebook = notebook
        self._http = HttpEvents(clock)
        self.deliveries = Deliveries(self.state, self.sockets, self._http)
        self.triggers = Triggers(self.state)
        self.installing = Installing(self.state, self.deliveries.emit)
        self.oauth = OAuth(self.state, self.installing)
        self._door = self._make_door()
        self.responses = Responses(self.state, faults=self.faults, log=self.calls, door=self._door)
        self.modals = Modals(self.state)
        self.traffic = Traffic(clock, self.feed)
        self.calls.listen(self.traffic.called)
        self.deliveries.listen(self.traffic.delivered)
        self.feed.listen(self._echo)
        self._alarms = Alarms(self.state)
        self.feed.listen(self._alarms.watch)

    def _make_door(self) -> Door:
        backstage = Backstage(self.triggers, self._socket_url, self.oauth, self.installing)
        return Door(
            self.state,
            faults=self.faults,
            limits=self.limits,
            log=self.calls,
            backstage=backstage,
        )

    @classmethod
    @asynccontextmanager
    async def start(
        cls,
        *,
        port: int = 0,
        path: Path | None = None,
        limits: bool = True,
        clock: Clock | None = None,
        attach: Sequence[Attach] = (),
        echo: bool = True,
        control: bool = False,
    ) -> AsyncIterator[Playground]:
        """Serve a simulated Slack on 127.0.0.1 until the `with` ends.

        `port` 0 picks a free one. With `path` the state is kept in that SQLite file and taken up
        again by the next start. `limits` switches Slack's rate limits. A frozen `clock` makes
        deadlines, limits and retries wait for `advance`. `echo` says whether apps hear of their
        own direct messages (`message.im` from the bot), as Slack has it. `control` lets every
        process on this machine drive the playground and read its tokens: see `control.py`.
        """
        notebook = Notebook(path) if path else None
        slack = cls(clock or Clock(), limits=limits, notebook=notebook)
        slack.echo = echo
        if notebook:
            notebook.load_into(slack.state)
            slack.github_server.world.load()
            slack.journeys.resume()
        routes = [*attach, control_routes.attach] if control else attach
        runner = web.AppRunner(slack._application(routes), shutdown_timeout=1.0)
        await runner.setup()
        writer = asyncio.ensure_future(slack._keep_writing())
        try:
            await slack._listen(runner, port)
            yield slack
        finally:
            await slack._stop(runner, writer)

    def _application(self, attach: Sequence[Attach]) -> web.Application:
        application = web.Application(
            middlewares=[refuse_foreigners, time_calls], client_max_size=4 * 1024 * 1024
        )
        application.router.add_route("*", "/api/{method}", self._door.serve)
        application.router.add_get("/socket", self.sockets.serve)
        application.router.add_post("/response/{team}/{opaque}", self.responses.serve)
        OAuthPage(self.state, self.oauth, self.calls).add_to(application)
        self.state.files.add_to(application, self._uploaded)
        self.github_server.add_to(application)
        for add_routes in attach:
            add_routes(application, self)
        return application

    async def _listen(self, runner: web.AppRunner, port: int) -> None:
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
        except OSError as error:
            raise PortTaken(
                f"cannot listen on 127.0.0.1:{port} ({os.strerror(error.errno or 0)})"
            ) from error
        self.port = runner.addresses[0][1]
        self.responses.base_url = f"{self.page_url}response/"
        self.state.files.base_url = self.page_url
        self.github_server.listen_at(self.page_url)

    async def _stop(self, runner: web.AppRunner, writer: asyncio.Task[None]) -> None:
        self._door.stopping.set()
        await self.deliveries.close()
        await self.github_server.close()
        await self._alarms.close()
        await self.sockets.close()
        await runner.cleanup()
        await self._http.close()
        writer.cancel()
        with suppress(asyncio.CancelledError):
            await writer
        if self._notebook:
            self._notebook.close()

    async def _keep_writing(self) -> None:
        while self._notebook:
            await asyncio.sleep(FLUSH_EVERY_S)
            self.flush()

    def flush(self) -> None:
        """Write down now what changed, if this playground is kept on disk."""
        if self._notebook:
            self._notebook.flush()

    @property
    def page_url(self) -> str:
        """The address to open in a browser; ends in a slash."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def api_url(self) -> str:
        """The Web API's address for `SLACK_API_URL`; ends in `/api/`."""
        return f"{self.page_url}api/"

    def _uploaded(self, file: File, status: int) -> None:
        args, answer = {"file": file.id, "name": file.name}, {"ok": status == 200}
        self.calls.add(Logged("upload", file.team_id, args, status, answer, self.clock.now()))

    def _socket_url(self, app: App) -> str:
        ticket = self.sockets.issue_ticket(app)
        return f"ws://127.0.0.1:{self.port}/socket?ticket={ticket}"

    async def move_clock(self, seconds: float) -> None:
        """Move the playground's clock forward; returns when what became due is done, or soon.

        Raises ValueError for a move back in time. The clock stays ahead over a restart.
        """
        await self.journeys.move(seconds)

    def add_company(self, name: str = "Acme", *, people: int = 3, **facts: Any) -> Installation:
        """Create a workspace with `people` persons, #general and an installed app, for tests.

        `facts` are arguments of `State.add_workspace`. The first person is admin and owner.
        """
        state = self.state
        workspace = state.add_workspace(name, **facts)
        users = [state.add_user(workspace.id, f"person{n}") for n in range(1, people + 1)]
        for first in users[:1]:
            first.is_admin = first.is_owner = True
            state.put_user(first)
        app = next(iter(state.apps.values()), None) or state.add_app("Hunch")
        installation = state.install(app, workspace.id)
        members = [*(user.id for user in users), installation.bot_user]
        state.add_channel(workspace.id, "general", members=members)
        return installation

    def installation(self, team_id: str = "", app_id: str = "") -> Installation:
        """Return the installation in a workspace; the only one when nothing is said."""
        found = [
            one
            for one in self.state.installations.values()
            if team_id in ("", one.team_id) and app_id in ("", one.app_id)
        ]
        if len(found) != 1:
            raise LookupError(f"{len(found)} installations in {team_id or 'all workspaces'}")
        return found[0]

    def person(self, who: str, *, team_id: str = "", app_id: str = "") -> Person:
        """Return a person by id or name, to act as them; raises LookupError."""
        installation = self.installation(team_id, app_id)
        user = self.state.find_user(installation.team_id, who)
        services = Services(self.state, self.deliveries, self.responses, self.triggers, self.modals)
        return Person(services, installation, user)

    def join(self, team_id: str, name: str, **facts: Any) -> User:
        """Somebody new comes to the workspace; the apps hear of it (`team_join`)."""
        user = self.state.add_user(team_id, name, **facts)
        self.deliveries.emit_everywhere(team_id, self._user_event("team_join", user))
        return user

    def change_user(self, team_id: str, who: str, **facts: Any) -> User:
        """Change a person (`deleted=True`: they left); the apps hear of it (`user_change`)."""
        user = self.state.find_user(team_id, who)
        for name, value in facts.items():
            setattr(user, name, value)
        self.state.put_user(user)
        self.deliveries.emit_everywhere(team_id, self._user_event("user_change", user))
        return user

    def _user_event(self, kind: str, user: User) -> dict[str, Any]:
        return {"type": kind, "user": user.as_slack(), "event_ts": self.state.next_ts()}

    def uninstall(self, team_id: str) -> None:
        """Take the app out of a workspace: the apps hear of it, then the token is dead."""
        self.installing.uninstall(self.installation(team_id))

    def reinstall(self, team_id: str) -> Installation:
        """Install the app again: the same bot user, a new token."""
        installation = self.installation(team_id)
        installation.active, installation.bot_token = True, ids.bot_token()
        return self.state.put_installation(installation)

    async def verify_request_url(self, app_id: str) -> bool:
        """Send `url_verification` to an app's request URL; says whether it passed."""
        return await self._http.verify_url(self.state.apps[app_id])

    def fail(self, kind: FaultKind | str, method: str = "*", **facts: Any) -> Fault:
        """Plan a mishap; `facts` are fields of `Fault`."""
        fault = Fault(FaultKind(kind), method, **facts)
        self.faults.add(fault)
        return fault

    def called(self, method: str, **args: Any) -> list[Logged]:
        """Return the logged calls of a method whose arguments include these."""
        return self.calls.of(method, **args)

    async def until(self, is_so: Callable[[], Any], *, timeout_s: float = 10.0) -> Any:
        """Wait until `is_so()` is true (or something) and return it; looks at every change.

        Raises TimeoutError after `timeout_s` of real time.
        """
        with self.feed.subscribe() as changes:
            async with asyncio.timeout(timeout_s):
                while not (found := is_so()):
                    await changes.get()
        return found

    def _echo(self, change: Change) -> None:
        """Tell an app of its bot's own direct messages and their updates, as Slack does."""
        make_event = _ECHOES.get(change.kind)
        channel = self.state.channels.get((change.team_id, change.data.get("channel", "")))
        if not self.echo or make_event is None or channel is None or not channel.is_im:
            return
        message = self.state.find_message(change.team_id, channel.id, change.data["ts"])
        if message is None or not message.bot_id:
            return
        installation = self.state.installations[change.team_id, message.app_id]
        if self.deliveries.reachable(self.state.apps[message.app_id]):
            event = make_event(message, channel)
            self.deliveries.emit(installation, event, subscription="message.im")


_ECHOES = {"message.posted": message_event, "message.updated": message_changed_event}
