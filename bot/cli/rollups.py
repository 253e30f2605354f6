"""`hunch rollups`: the weeks' numbers."""

from __future__ import annotations

import argparse

from bot.app import operators, rollups
from bot.app.services import Services
from bot.cli.terminal import Commands, add_workspace, operate, say
from bot.use_cases.runs import AlreadyActive


def add(commands: Commands) -> None:
    parser = commands.add_parser("rollups", help="the weeks' numbers")
    actions = parser.add_subparsers(required=True, metavar="action")
    rebuild = actions.add_parser("rebuild", help="make all weeks anew from the facts")
    add_workspace(rebuild)
    rebuild.add_argument("--facts", action="store_true", help="make all facts anew before")
    operate(rebuild, _rebuild)


async def _rebuild(services: Services, words: argparse.Namespace) -> None:
    workspace_id = await operators.which_workspace(services, words.workspace)
    found = await rollups.rebuild(services, workspace_id, with_facts=words.facts)
    if isinstance(found, AlreadyActive):
        say(f"Run {found.run_id} is at it already. Watch it: hunch runs show {found.run_id}")
    else:
        say(f"Run {found.run_id} is started. Watch it: hunch runs show {found.run_id}")
