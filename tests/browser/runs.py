"""Starts `hunch run` as a newcomer does, and stops it with Ctrl-C."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

READY_WITHIN_S = 60
_ADDRESS = re.compile(r"Open (http://127\.0\.0\.1:\d+/)")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def hunch_run(data_dir: Path, *words: str) -> Iterator[str]:
    """Run Hunch with its playground on free ports; gives the address of its first workspace.

    `words` go behind `hunch run`.
    """
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SLACK_")},
        "HUNCH_DATA_DIR": str(data_dir),
        "HUNCH_PORT": str(free_port()),
        "HUNCH_PLAYGROUND_PORT": str(free_port()),
    }
    environment.pop("DATABASE_URL", None)
    said = data_dir.parent / f"{data_dir.name}-{time.monotonic_ns()}.log"
    with said.open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "run", *words], env=environment, stdout=log, stderr=log
        )
    try:
        yield _address(process, said)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0, said.read_text()
    finally:
        process.kill()
        process.wait()


def _address(process: subprocess.Popen[bytes], said: Path) -> str:
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until and process.poll() is None:
        if found := _ADDRESS.search(said.read_text()):
            with urllib.request.urlopen(found[1], timeout=30) as page:
                return str(page.url).partition("as/")[0]
        time.sleep(0.05)
    raise AssertionError(f"Hunch did not start:\n{said.read_text()}")


def merge_and_wait(address: str, title: str) -> None:
    """Have Amara's pull request merged, and wait until she is asked about it."""
    story = {"author": "amara-okafor", "first": "priyaraman", "title": title}
    request = urllib.request.Request(
        f"{address}as/amara/do/merge-story",
        data=json.dumps(story).encode(),
        headers={"X-Playground": "test"},
    )
    urllib.request.urlopen(request, timeout=30).close()
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until:
        with urllib.request.urlopen(f"{address}as/amara/messages", timeout=30) as page:
            if b"survey.answer.helped" in page.read():
                return
        time.sleep(0.05)
    raise AssertionError("nobody was asked about the pull request")
