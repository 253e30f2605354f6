"""The command line, one noun a file: each module here has `add(commands)` and is found by itself."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
from importlib.metadata import version

from bot.cli.next_steps import say_next_step


def parser() -> argparse.ArgumentParser:
    """All commands. The parsed words hold `command`, an async function of settings and words."""
    whole = argparse.ArgumentParser(
        prog="hunch",
        description="Is AI helping us? A Slack-first answer, with evidence.",
        epilog="`hunch` alone looks at how far things have come and says what to do next. "
        "To begin with: `hunch run`, without any settings, brings a Slack to try.",
    )
    whole.add_argument("--version", action="version", version=f"hunch {version('hunch')}")
    whole.set_defaults(command=say_next_step)
    commands = whole.add_subparsers(metavar="command")
    files = (found.name for found in pkgutil.iter_modules(__path__) if not found.ispkg)
    for name in sorted(files):
        module = importlib.import_module(f"{__name__}.{name}")
        if hasattr(module, "add"):
            module.add(commands)
    return whole
