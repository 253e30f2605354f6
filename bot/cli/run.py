"""`hunch run`, `serve`, `work`: the processes, and the Slack to try that comes along."""

from __future__ import annotations

import argparse
import asyncio
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bot import log
from bot.app import Roles, Time, open_services, open_store, register_workspace, run_processes
from bot.app.databases import has_database
from bot.cli.terminal import Commands, say
from bot.errors import UserError
from bot.integrations.git import open_clone
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.cli.tryouts import Tryout


def add(commands: Commands) -> None:
    run = commands.add_parser("run", help="everything in one process; without tokens, to try it")
    run.add_argument(
        "--company",
        metavar="SIZE",
        help="try it in a generated company: tiny, small, large, or a number of people",
    )
    run.add_argument(
        "--repo", metavar="PATH", type=Path, help="try it with a clone of yours and its people"
    )
    run.set_defaults(command=_run)
    for name, command, purpose in (
        ("serve", _serve, "answer Slack and GitHub; any number at once"),
        ("work", _work, "work through jobs; any number at once"),
    ):
        commands.add_parser(name, help=purpose).set_defaults(command=command)


async def _run(settings: Settings, words: argparse.Namespace) -> int:
    if not settings.playground_wanted:
        for word in ("company", "repo"):
            if getattr(words, word) is not None:
                raise UserError(
                    f"--{word}: brings a Slack to try Hunch in, but Slack's settings are there. "
                    f"Unset SLACK_BOT_TOKEN and SLACK_CLIENT_ID, or leave --{word} away."
                )
        return await _process(settings, Roles.ALL)
    if not has_database(settings):
        say("  Making a database, once …")
    # A process that talks to the real Slack is spared the playground's time and memory.
    from bot.cli.tryouts import open_tryout

    clone = open_clone(words.repo) if words.repo is not None else None
    size = words.company or (settings.company if clone is None else None)
    async with open_tryout(settings, size, clone) as tryout:
        return await _process(tryout.settings, Roles.ALL, tryout)


async def _serve(settings: Settings, words: argparse.Namespace) -> int:
    return await _process(settings, Roles.SERVE)


async def _work(settings: Settings, words: argparse.Namespace) -> int:
    return await _process(settings, Roles.WORK)


async def _process(settings: Settings, roles: Roles, tryout: Tryout | None = None) -> int:
    began, stop = time.monotonic(), _stop_on_signal()
    clock = tryout.time if tryout is not None else Time()
    async with (
        open_store(settings, time=clock) as store,
        open_services(settings, store) as services,
    ):
        await register_workspace(services)

        async def ready() -> None:
            log.get("main").info("ready", roles=[str(role.name).lower() for role in roles])
            if tryout is not None:
                page = await tryout.begin(services)
                took_s = time.monotonic() - began
                say(f"\n  Hunch is running, ready after {took_s:.1f} s.")
                say(f"  Open {page} (Ctrl-C stops it.)\n")

        try:
            await run_processes(services, roles, stop, ready=ready)
        finally:
            if tryout is not None:
                await tryout.rest()
    return 0


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
