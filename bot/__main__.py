"""`hunch …`: reads the settings once and runs one command."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from typing import TypeVar

from bot import cli, log
from bot.errors import DatabaseAway, UserError
from bot.settings import Settings, WrongSettings, read_settings, shed_environment


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 when all went well, 1 after one line that says what to do.

    Whoever reads the output may leave early, as `head` does: that is 1 as well, without a word.
    """
    try:
        try:
            code = _obey(argv)
        finally:
            sys.stdout.flush()
    except* BrokenPipeError:
        # Python flushes once more at its end, and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    return code


def _obey(argv: Sequence[str] | None) -> int:
    settings = _settings()
    # The commands import what reads the environment by itself, so the settings come first.
    words = cli.parser().parse_args(argv)
    try:
        code = _run(settings, words)
    except* UserError as errors:
        print(f"hunch: {_first(errors)}", file=sys.stderr)
        code = 1
    except* DatabaseAway as errors:
        print(f"hunch: {_first(errors).advice}", file=sys.stderr)
        code = 1
    return code


def _settings() -> Settings | WrongSettings:
    try:
        return read_settings()
    except WrongSettings as error:
        return error
    finally:
        shed_environment()


def _run(settings: Settings | WrongSettings, words: argparse.Namespace) -> int:
    if isinstance(settings, WrongSettings):
        if not hasattr(words, "without_settings"):
            raise settings
        return int(words.without_settings(settings, words))
    people = None if settings.log_format is None else settings.log_format == "console"
    log.configure(settings.log_level, people=people)
    return int(asyncio.run(words.command(settings, words)))


E = TypeVar("E", bound=BaseException)


def _first(errors: BaseExceptionGroup[E]) -> E:
    """The parts of a process stop together, and one of them had the reason."""
    error = errors.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error


if __name__ == "__main__":
    sys.exit(main())
