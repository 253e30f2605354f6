"""`hunch migrate`: brings the database up to date."""

from __future__ import annotations

import argparse

from bot.app import upgrade
from bot.cli.terminal import Commands, say
from bot.settings import Settings


def add(commands: Commands) -> None:
    parser = commands.add_parser("migrate", help="bring the database up to date")
    parser.add_argument("--pre", action="store_true", help="only what older versions can live with")
    parser.set_defaults(command=_migrate)


async def _migrate(settings: Settings, words: argparse.Namespace) -> int:
    applied = await upgrade(settings, with_post=not words.pre)
    say("\n".join(applied) or "The database is up to date.")
    return 0
