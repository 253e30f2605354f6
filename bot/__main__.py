"""`hunch …`: reads the settings once and runs one command."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

from bot import cli, log
from bot.errors import UserError
from bot.settings import read_settings, shed_environment


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 when all went well, 1 after one line that says what to do."""
    words = cli.parser().parse_args(argv)
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


if __name__ == "__main__":
    sys.exit(main())
