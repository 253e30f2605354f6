"""What all commands share: how they open Hunch, and how they speak."""

from __future__ import annotations

import argparse
import sys
import unicodedata
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from bot.app.services import Services, open_existing
from bot.settings import Settings

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
# Unicode's categories of controls, formats (as those that turn the direction) and surrogates.
_COMMANDS = frozenset({"Cc", "Cf", "Cs"})
Operation = Callable[[Services, argparse.Namespace], Awaitable[None]]


def operate(parser: argparse.ArgumentParser, operation: Operation) -> None:
    """Let the command run `operation` on an open database, while Hunch runs or rests.

    It makes neither a database nor a key: that is for those who start Hunch.
    """
    parser.set_defaults(command=_operate, operation=operation)


async def _operate(settings: Settings, words: argparse.Namespace) -> int:
    async with open_existing(settings) as services:
        operation: Operation = words.operation
        await operation(services, words)
    return 0


def add_workspace(parser: argparse.ArgumentParser) -> None:
    """`--workspace T…`; needed only where there are several."""
    parser.add_argument("--workspace", metavar="T…", help="which one, where there are several")


def say(text: str) -> None:
    """One answer for the person at the terminal.

    Names that came from outside are in it; they cannot command the terminal, nor turn its lines.
    """
    print("\n".join(map(visible, text.split("\n"))), flush=True)


def visible(line: str) -> str:
    """The line without what would command the terminal."""
    return "".join(char for char in line if unicodedata.category(char) not in _COMMANDS)


def tell_progress(text: str) -> None:
    """What a long command is at, beside its answer."""
    print(f"  {text} …", file=sys.stderr, flush=True)
