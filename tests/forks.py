"""Hunch processes in a moment: one that has read the code already forks into each of them.

Each is killed, stopped and ended like any other; only the second of reading the code is spared.
`python -m tests.forks` is the one that forks.
"""

from __future__ import annotations

import asyncio
import json
import os
import select
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Forked:
    """One forked process, as `asyncio.subprocess.Process` would show it."""

    pid: int
    returncode: int | None = None
    _ended: asyncio.Event = field(default_factory=asyncio.Event)

    def end(self, code: int) -> None:
        self.returncode = code
        self._ended.set()

    async def wait(self) -> int:
        await self._ended.wait()
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        # Nobody has waited for it yet, so the number is still its own.
        os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Forks:
    """The one that forks, and those it has forked; for one event loop."""

    def __init__(self, server: asyncio.subprocess.Process) -> None:
        self._server = server
        self._forked: dict[int, Forked] = {}
        self._born: asyncio.Queue[Forked | None] = asyncio.Queue()
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def open(cls, environment: Mapping[str, str]) -> Forks:
        return cls(
            await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.forks", env=environment, stdin=PIPE, stdout=PIPE
            )
        )

    async def start(
        self, *words: str, folder: Path, environment: Mapping[str, str], log: Path
    ) -> Forked:
        """`hunch` with these words, in `folder`; what it writes goes to `log`."""
        assert self._server.stdin is not None
        asked = {"words": words, "folder": str(folder), "env": dict(environment), "log": str(log)}
        self._server.stdin.write(json.dumps(asked).encode() + b"\n")
        async with asyncio.timeout(60):
            forked = await self._born.get()
        assert forked is not None, "nobody is there who forks; see the error output above"
        return forked

    async def _listen(self) -> None:
        assert self._server.stdout is not None
        async for line in self._server.stdout:
            news = json.loads(line)
            if "code" in news:
                self._forked.pop(news["pid"]).end(news["code"])
            else:
                forked = self._forked[news["pid"]] = Forked(news["pid"])
                self._born.put_nowait(forked)
        self._born.put_nowait(None)

    async def close(self) -> None:
        assert self._server.stdin is not None
        self._server.stdin.close()
        await self._server.wait()
        await self._listening


def _serve() -> None:
    """Fork for each line on the standard input, tell of births and ends on the output."""
    from bot import cli

    cli.parser()  # reads the code of all commands
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    out = os.dup(1)
    rest = b""
    while True:
        ready, _, _ = select.select([0, woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
            _tell_of_ends(out)
        if 0 in ready:
            read = os.read(0, 1 << 16)
            if not read:
                return
            *lines, rest = (rest + read).split(b"\n")
            for line in lines:
                _fork(json.loads(line), out)


def _tell_of_ends(out: int) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        _say(out, {"pid": pid, "code": os.waitstatus_to_exitcode(status)})


def _say(out: int, news: Mapping[str, Any]) -> None:
    os.write(out, json.dumps(news).encode() + b"\n")


def _fork(asked: Mapping[str, Any], out: int) -> None:
    pid = os.fork()
    if pid:
        _say(out, {"pid": pid})
        return
    # Out of everything, so that what measures the code sees the end.
    raise SystemExit(_be_hunch(asked))


def _be_hunch(asked: Mapping[str, Any]) -> int:
    """In the child: nothing of the parent is left but its code."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    log = os.open(asked["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for here, there in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(here, there)
    os.closerange(3, 64)
    os.environ.clear()
    os.environ.update(asked["env"])
    os.chdir(asked["folder"])
    from bot.__main__ import main

    return main(asked["words"])


if __name__ == "__main__":
    _serve()
