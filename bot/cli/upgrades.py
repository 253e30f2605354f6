"""`hunch upgrade-database`: our own PostgreSQL's new major version."""

from __future__ import annotations

import argparse

from bot.app import upgrades
from bot.cli.terminal import Commands, say, tell_progress
from bot.settings import Settings


def add(commands: Commands) -> None:
    purpose = "move our own PostgreSQL to the major version Hunch brings now"
    commands.add_parser("upgrade-database", help=purpose).set_defaults(command=_upgrade)


async def _upgrade(settings: Settings, words: argparse.Namespace) -> int:
    done = await upgrades.upgrade_database(settings, tell=tell_progress)
    if done is None:
        say("The database is of this version already.")
        return 0
    say(f"Upgraded from PostgreSQL {done.written_by}: {done.rows:,} rows, checked.")
    say(f"The old files are still in {done.kept}; remove them when you are content.")
    return 0
