"""`python -m playground`: the simulated Slack as a process of its own.

Prints one line of JSON with its addresses when it is ready, and stops on SIGINT or SIGTERM.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import signal
import sys
from pathlib import Path

from playground.company import found_company
from playground.server import Playground


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m playground", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--state", type=Path, help="SQLite file to keep the workspaces in")
    parser.add_argument("--company", action="store_true", help="begin with the small company")
    parser.add_argument("--no-limits", action="store_true", help="take any number of calls")
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with Playground.start(
        port=arguments.port, path=arguments.state, limits=not arguments.no_limits, control=True
    ) as slack:
        if arguments.company:
            found_company(slack.state)
        ready = {"page_url": slack.page_url, "api_url": slack.api_url}
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        await stop.wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(_arguments()))
