"""Keeps the embedded PostgreSQL while somebody uses it, and stops it after the last one has gone.

A small process of its own, so it also sees to the server when every Hunch process was killed.
It runs as a plain script and therefore uses the standard library only.
"""

from __future__ import annotations

import fcntl
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import Any, TypedDict


class Order(TypedDict):
    """What to watch, as JSON in the first argument.

    `command` starts the server; `pid` is one that runs already and, having no `command`, is not
    started again if it dies. `run_as` are arguments for `subprocess`.
    """

    command: list[str]
    environment: dict[str, str]
    run_as: dict[str, Any]
    pid: int | None
    holders: str
    living: str
    leavings: list[str]


News = queue.SimpleQueue[str]

# A server that ends sooner than this never came up: whoever asked for it reads the log.
_STILLBORN_S = 1.0
# SIGINT is PostgreSQL's fast shutdown; the others leave the rest to the next start's recovery.
_WAYS_TO_STOP = ((signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0))


def watch(order: Order) -> None:
    """Start the server, start it again if it dies, stop it once nobody holds it; then return."""
    news: News = queue.SimpleQueue()
    holders = os.open(order["holders"], os.O_RDWR)
    _background(_tell_when_unused, holders, news)
    pid = order["pid"] or _launch(order)
    while True:
        born = time.monotonic()
        _background(_tell_when_gone, order["living"], news)
        if news.get() == "unused":
            return _stop(pid, news)
        stillborn = time.monotonic() - born < _STILLBORN_S
        if stillborn or not order["command"] or not _is_still(order["holders"], holders):
            return None
        pid = _launch(order)


def _launch(order: Order) -> int:
    """Start the server; its processes inherit a lock, which therefore tells whether any lives."""
    living = os.open(order["living"], os.O_RDWR)
    fcntl.flock(living, fcntl.LOCK_EX)
    for leaving in order["leavings"]:
        with suppress(FileNotFoundError):
            os.unlink(leaving)
    server = subprocess.Popen(
        order["command"],
        cwd="/",
        env=order["environment"],
        stdin=subprocess.DEVNULL,
        pass_fds=(living,),
        start_new_session=True,
        **order["run_as"],
    )
    os.close(living)
    _background(server.wait)  # no zombie, which others would take for a living server
    return server.pid


def _stop(pid: int, news: News) -> None:
    for number, patience_s in _WAYS_TO_STOP:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        with suppress(queue.Empty):
            news.get(timeout=patience_s)
            return


def _is_still(path: str, opened: int) -> bool:
    """Whether the file is the one we opened; in a directory made anew we have no business."""
    with suppress(FileNotFoundError):
        return os.path.samestat(os.stat(path), os.fstat(opened))
    return False


def _tell_when_unused(holders: int, news: News) -> None:
    # The lock is kept until this process ends: newcomers wait outside while the server goes down.
    fcntl.flock(holders, fcntl.LOCK_EX)
    news.put("unused")


def _tell_when_gone(living: str, news: News) -> None:
    lock = os.open(living, os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_SH)
    os.close(lock)
    news.put("gone")


def _background(task: Any, *values: Any) -> None:
    threading.Thread(target=task, args=values, daemon=True).start()


def main() -> None:
    """Leave the process that started us, then watch."""
    if os.fork():
        os._exit(0)
    # Our end comes with the last holder's; handlers, unlike SIG_IGN, are not passed to the server.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    watch(json.loads(sys.argv[1]))


if __name__ == "__main__":
    main()
