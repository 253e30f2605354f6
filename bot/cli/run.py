"""`hunch run`, `serve`, `work`: the processes, and the Slack to try that comes along."""

from __future__ import annotations

import argparse
import asyncio
import signal
from dataclasses import dataclass

from pydantic import SecretStr

from bot import log
from bot.app import Roles, open_services, open_store, operators, register_workspace, run_processes
from bot.app.services import Services
from bot.cli.terminal import Commands, say
from bot.demo import set_up_demo
from bot.domain.ids import WorkspaceId
from bot.errors import SettingsError
from bot.settings import Settings
from playground.company import found_company
from playground.github import Hook
from playground.page import Page
from playground.server import Playground, PortTaken


def add(commands: Commands) -> None:
    for name, command, purpose in (
        ("run", _run, "everything in one process"),
        ("serve", _serve, "answer Slack and GitHub; any number at once"),
        ("work", _work, "work through jobs; any number at once"),
    ):
        commands.add_parser(name, help=purpose).set_defaults(command=command)


async def _run(settings: Settings, words: argparse.Namespace) -> int:
    if not settings.playground_wanted:
        return await _process(settings, Roles.ALL)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    notebook = settings.data_dir / "playground.sqlite"
    page = Page()
    port = settings.playground_port
    try:
        async with Playground.start(port=port, path=notebook, attach=[page.attach]) as slack:
            ours = _with_playground(settings, slack)
            return await _process(ours, Roles.ALL, Tryout(slack, page))
    except PortTaken as error:
        raise SettingsError(
            f"HUNCH_PLAYGROUND_PORT: {error}. Stop what uses it (another Hunch?), or set "
            "HUNCH_PLAYGROUND_PORT to another port."
        ) from error


@dataclass(frozen=True, slots=True)
class Tryout:
    """The playground that this process brings along."""

    slack: Playground
    page: Page


def _with_playground(settings: Settings, slack: Playground) -> Settings:
    """The same settings, with the playground for Slack: one workspace is there, more can come."""
    there = found_company(slack.state)
    app = slack.state.apps[there.app_id]
    return settings.model_copy(
        update={
            "slack_bot_token": SecretStr(there.bot_token),
            "slack_app_token": SecretStr(app.app_token),
            "slack_client_id": app.client_id,
            "slack_client_secret": SecretStr(app.client_secret),
            "slack_api_url": slack.api_url,
        }
    )


async def _serve(settings: Settings, words: argparse.Namespace) -> int:
    return await _process(settings, Roles.SERVE)


async def _work(settings: Settings, words: argparse.Namespace) -> int:
    return await _process(settings, Roles.WORK)


async def _process(settings: Settings, roles: Roles, tryout: Tryout | None = None) -> int:
    stop = _stop_on_signal()
    async with open_store(settings) as store, open_services(settings, store) as services:
        workspace_id = await register_workspace(services)

        async def ready() -> None:
            if tryout is not None and workspace_id is not None:
                await _open_playground(services, workspace_id, tryout)
            log.get("main").info("ready", roles=[str(role.name).lower() for role in roles])

        await run_processes(services, roles, stop, ready=ready)
    return 0


async def _open_playground(services: Services, workspace_id: WorkspaceId, tryout: Tryout) -> None:
    """Connect the playground's GitHub, set its company up, and say where to look."""
    state = tryout.slack.state
    people = {user.id: user.github for user in state.people(workspace_id) if user.github}
    admin = next(user.id for user in state.people(workspace_id) if user.is_admin)
    channel = state.find_channel(workspace_id, "ai-detectives").id
    await set_up_demo(services, workspace_id, admin=admin, channel=channel, logins=people)
    kept = state.documents.get(("hook", workspace_id))
    if kept is None:
        hook = await operators.connect_webhook(services, workspace_id)
        kept = {"path": hook.path, "secret": hook.secret}
        state.put_document("hook", workspace_id, kept)
    tryout.page.github.hook = Hook(services.settings.public_url + kept["path"], kept["secret"])
    tryout.page.install_url = services.settings.public_url + "/slack/install"
    say(f"\n  Hunch is running. Open {tryout.slack.page_url} (Ctrl-C stops it.)\n")


def _stop_on_signal() -> asyncio.Event:
    """Set by Ctrl-C or a service manager's stop; a second Ctrl-C ends at once."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def ask(number: signal.Signals) -> None:
        stop.set()
        loop.remove_signal_handler(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ask, number)
    return stop
