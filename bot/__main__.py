"""The command line: `hunch run`, `serve`, `work`, `migrate`, `connect`, `members`."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from bot import log
from bot.app import (
    Roles,
    open_services,
    open_store,
    operators,
    register_workspace,
    run_processes,
    upgrade,
)
from bot.app.services import Services
from bot.demo import set_up_demo
from bot.domain.ids import WorkspaceId
from bot.errors import SettingsError, UserError
from bot.settings import Settings, read_settings, shed_environment
from playground.company import found_company
from playground.github import Hook
from playground.page import Page
from playground.server import Playground, PortTaken

_Operation = Callable[[Services, argparse.Namespace], Awaitable[None]]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 when all went well, 1 after one line that says what to do."""
    words = _parser().parse_args(argv)
    try:
        settings = read_settings()
        shed_environment()
        log.configure(settings.log_level)
        code = int(asyncio.run(words.command(settings, words)))
    except* UserError as errors:
        print(f"hunch: {_first(errors)}", file=sys.stderr)
        code = 1
    return code


def _first(errors: BaseExceptionGroup[UserError]) -> UserError:
    """The parts of a process stop together, and one of them had the reason."""
    error = errors.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hunch", description="Is AI helping us? A Slack-first answer, with evidence."
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    run = commands.add_parser("run", help="everything in one process")
    run.set_defaults(command=_run)
    serve = commands.add_parser("serve", help="answer Slack and GitHub; any number at once")
    serve.set_defaults(command=_serve)
    work = commands.add_parser("work", help="work through jobs; any number at once")
    work.set_defaults(command=_work)
    migrate = commands.add_parser("migrate", help="bring the database up to date")
    migrate.add_argument(
        "--pre", action="store_true", help="only what older versions can live with"
    )
    migrate.set_defaults(command=_migrate)
    _add_connect(commands.add_parser("connect", help="connect an outside service"))
    _add_members(commands.add_parser("members", help="link people to GitHub accounts"))
    return parser


def _add_connect(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(required=True, metavar="service")
    hook = kinds.add_parser("github-webhook", help="a repository's or organisation's webhook")
    hook.add_argument("--workspace", metavar="T…")
    hook.add_argument("--json", action="store_true", help="print URL and secret as JSON")
    hook.set_defaults(command=_operate, operation=_connect_webhook)
    app = kinds.add_parser("github-app", help="an installation of your GitHub App")
    app.add_argument("--workspace", metavar="T…")
    app.add_argument("--installation", type=int, required=True, metavar="NUMBER")
    app.set_defaults(command=_operate, operation=_connect_app)


def _add_members(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(required=True, metavar="action")
    link = actions.add_parser("link", help="link a Slack user to a GitHub login, or many by CSV")
    link.add_argument("--workspace", metavar="T…")
    link.add_argument("--slack", metavar="U…")
    link.add_argument("--github", metavar="LOGIN")
    link.add_argument("--csv", type=Path, metavar="FILE", help="columns: slack,github")
    link.set_defaults(command=_operate, operation=_link)
    for name, operation, purpose in (
        ("unlink", _unlink, "end somebody's link to a GitHub login"),
        ("exclude", _exclude, "keep somebody out: not asked, no new survey about their work"),
        ("include", _include, "let somebody excluded take part again"),
    ):
        action = actions.add_parser(name, help=purpose)
        action.add_argument("--workspace", metavar="T…")
        action.add_argument("--slack", metavar="U…", required=True)
        action.set_defaults(command=_operate, operation=operation)
    missing = actions.add_parser("unlinked", help="GitHub accounts nobody is linked to")
    missing.add_argument("--workspace", metavar="T…")
    missing.set_defaults(command=_operate, operation=_unlinked)


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
    """The same settings, with the playground for Slack."""
    there = found_company(slack.state)
    app = slack.state.apps[there.app_id]
    return settings.model_copy(
        update={
            "slack_bot_token": SecretStr(there.bot_token),
            "slack_app_token": SecretStr(app.app_token),
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
    _say(f"\n  Hunch is running. Open {tryout.slack.page_url} (Ctrl-C stops it.)\n")


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


async def _migrate(settings: Settings, words: argparse.Namespace) -> int:
    applied = await upgrade(settings, with_post=not words.pre)
    _say("\n".join(applied) or "The database is up to date.")
    return 0


async def _operate(settings: Settings, words: argparse.Namespace) -> int:
    async with open_store(settings) as store, open_services(settings, store) as services:
        operation: _Operation = words.operation
        await operation(services, words)
    return 0


async def _connect_webhook(services: Services, words: argparse.Namespace) -> None:
    workspace_id = await operators.which_workspace(services, words.workspace)
    hook = await operators.connect_webhook(services, workspace_id)
    url = services.settings.public_url + hook.path
    if words.json:
        _say(json.dumps({"url": url, "secret": hook.secret}))
        return
    _say(
        f"Payload URL:  {url}\nSecret:       {hook.secret}\n"
        "Content type: application/json\nEvents:       Pull requests, Pull request reviews"
    )


async def _connect_app(services: Services, words: argparse.Namespace) -> None:
    workspace_id = await operators.which_workspace(services, words.workspace)
    await operators.connect_app(services, workspace_id, words.installation)
    _say(f"Installation {words.installation} is connected to {workspace_id}.")


async def _link(services: Services, words: argparse.Namespace) -> None:
    workspace_id = await operators.which_workspace(services, words.workspace)
    if words.csv is not None:
        pairs, source = operators.read_pairs(words.csv), "csv"
    elif words.slack and words.github:
        pairs, source = [(words.slack, words.github)], "admin"
    else:
        raise UserError("members link: give --slack U… and --github LOGIN, or --csv FILE.")
    count = await operators.link_members(services, workspace_id, pairs, source=source)
    _say(f"Linked {count}.")


async def _unlink(services: Services, words: argparse.Namespace) -> None:
    workspace_id = await operators.which_workspace(services, words.workspace)
    login = await operators.unlink_member(services, workspace_id, words.slack)
    was = "was not linked" if login is None else f"is no longer linked to {login}"
    _say(f"{words.slack} {was}.")


async def _exclude(services: Services, words: argparse.Namespace) -> None:
    workspace_id = await operators.which_workspace(services, words.workspace)
    await operators.exclude_member(services, workspace_id, words.slack, True)
    _say(f"{words.slack} is excluded: not asked, and no new survey is about their work.")


async def _include(services: Services, words: argparse.Namespace) -> None:
    workspace_id = await operators.which_workspace(services, words.workspace)
    await operators.exclude_member(services, workspace_id, words.slack, False)
    _say(f"{words.slack} is not excluded.")


async def _unlinked(services: Services, words: argparse.Namespace) -> None:
    workspace_id = await operators.which_workspace(services, words.workspace)
    logins = await operators.unlinked(services, workspace_id)
    _say("\n".join(logins) or "Everybody seen so far is linked.")


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
