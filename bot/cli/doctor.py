"""`hunch doctor`: what is well, what is not, and how to fix it."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from bot.app.doctor import Found, Level, examine
from bot.cli.terminal import Commands, say
from bot.settings import Settings, WrongSettings
from bot.views.texts import one_line

_MARKS = {Level.OK: "ok     ", Level.WARNING: "warning", Level.PROBLEM: "PROBLEM"}


def add(commands: Commands) -> None:
    parser = commands.add_parser("doctor", help="look at everything and say what to fix")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.set_defaults(command=_doctor, without_settings=_without_settings)


async def _doctor(settings: Settings, words: argparse.Namespace) -> int:
    worst = 0
    async for found in examine(settings):
        _tell(found, words)
        worst = max(worst, found.level is Level.PROBLEM)
    return int(worst)


def _without_settings(error: WrongSettings, words: argparse.Namespace) -> int:
    """Nothing else can be looked at, but all that is wrong with them is said at once."""
    for text in error.lines:
        _tell(Found("settings", Level.PROBLEM, text, "Then run `hunch doctor` again."), words)
    return 1


def _tell(found: Found, words: argparse.Namespace) -> None:
    if words.json:
        say(json.dumps(asdict(found), ensure_ascii=False))
        return
    fix = f"\n{' ' * 20}{found.fix}" if found.fix else ""
    say(f"{_MARKS[found.level]}  {found.check:<10} {one_line(found.text)}{fix}")
