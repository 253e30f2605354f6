"""The command line, one noun a file: each module here has `add(commands)` and is found by itself."""

from __future__ import annotations

import argparse
import importlib
import pkgutil


def parser() -> argparse.ArgumentParser:
    """All commands. The parsed words hold `command`, an async function of settings and words."""
    whole = argparse.ArgumentParser(
        prog="hunch", description="Is AI helping us? A Slack-first answer, with evidence."
    )
    commands = whole.add_subparsers(required=True, metavar="command")
    for found in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        module = importlib.import_module(f"{__name__}.{found.name}")
        if hasattr(module, "add"):
            module.add(commands)
    return whole
