"""The watcher on its own: what it does with any server, here a plain sleeping process."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage.embedded import watcher
from storage.embedded.locks import Lock, is_locked, try_lock

Started = queue.SimpleQueue[subprocess.Popen[bytes]]
SLEEPER = ["/bin/sleep", "60"]
STUBBORN = "trap '' INT QUIT; touch {}; while :; do sleep 0.01; done"


class Watched:
    """A watcher in a thread, with one holder, and the process ids of the servers it starts."""

    def __init__(self, home: Path, command: list[str], pid: int | None = None) -> None:
        self.living, self.leaving = home / "living", home / "leaving"
        self.holding = self._lock(home / "holders", shared=True)
        self._lock(self.living, shared=True).close()
        self.leaving.touch()
        order = watcher.Order(
            command=command,
            environment={},
            run_as={},
            pid=pid,
            holders=str(home / "holders"),
            living=str(self.living),
            leavings=[str(self.leaving)],
        )
        self.thread = threading.Thread(target=watcher.watch, args=(order,), daemon=True)
        self.thread.start()

    @staticmethod
    def _lock(path: Path, *, shared: bool) -> Lock:
        lock = try_lock(path, shared=shared)
        assert lock is not None
        return lock

    def ended(self) -> bool:
        self.thread.join(timeout=20)
        return not self.thread.is_alive()


@pytest.fixture
def started(
    monkeypatch: pytest.MonkeyPatch,
) -> queue.SimpleQueue[subprocess.Popen[bytes]]:
    """The processes the watcher starts, as they come."""
    processes: Started = queue.SimpleQueue()
    start = subprocess.Popen

    def note(*values: object, **options: object) -> subprocess.Popen[bytes]:
        process = start(*values, **options)  # type: ignore[call-overload]
        processes.put(process)
        return process  # type: ignore[no-any-return]

    monkeypatch.setattr("storage.embedded.watcher.subprocess.Popen", note)
    return processes


def test_the_server_is_stopped_when_nobody_holds_it_any_more(
    tmp_path: Path, started: Started
) -> None:
    watched = Watched(tmp_path, SLEEPER)
    server = started.get(timeout=5)
    assert not watched.leaving.exists()
    assert is_locked(watched.living)
    watched.holding.close()
    assert watched.ended()
    assert not is_locked(watched.living)
    assert server.wait() == -signal.SIGINT


def test_a_server_that_dies_is_started_again_while_it_is_held(
    tmp_path: Path, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watcher, "_STILLBORN_S", 0.0)
    watched = Watched(tmp_path, SLEEPER)
    started.get(timeout=5).kill()
    second = started.get(timeout=5)
    watched.holding.close()
    assert watched.ended()
    assert second.wait() == -signal.SIGINT


def test_a_server_that_cannot_live_is_not_started_for_ever(
    tmp_path: Path, started: Started
) -> None:
    watched = Watched(tmp_path, ["/bin/sh", "-c", "exit 1"])
    assert watched.ended()
    assert started.qsize() == 1
    watched.holding.close()


def test_a_server_that_was_adopted_and_dies_is_left_to_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, started: Started
) -> None:
    monkeypatch.setattr(watcher, "_STILLBORN_S", 0.0)
    watched = Watched(tmp_path, [], pid=2**22)  # nothing holds the living lock: it is dead
    assert watched.ended()
    assert started.empty()
    watched.holding.close()


@pytest.mark.parametrize("replacement", [True, False], ids=["made anew", "removed"])
def test_a_server_whose_directory_was_deleted_is_not_started_in_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, started: Started, replacement: bool
) -> None:
    monkeypatch.setattr(watcher, "_STILLBORN_S", 0.0)
    watched = Watched(tmp_path, SLEEPER)
    server = started.get(timeout=5)
    (tmp_path / "holders").unlink()
    if replacement:
        (tmp_path / "holders").touch()
    server.kill()
    assert watched.ended()
    assert started.empty()
    watched.holding.close()


def test_a_server_that_ignores_a_polite_request_is_killed(
    tmp_path: Path, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways = tuple((number, 0.05) for number, _ in watcher._WAYS_TO_STOP)
    monkeypatch.setattr(watcher, "_WAYS_TO_STOP", (*ways[:-1], (ways[-1][0], 10.0)))
    watched = Watched(tmp_path, ["/bin/sh", "-c", STUBBORN.format(tmp_path / "deaf")])
    server = started.get(timeout=5)
    _wait_until((tmp_path / "deaf").exists)
    watched.holding.close()
    assert watched.ended()
    assert server.wait() == -signal.SIGKILL


@pytest.fixture
def restored_signals() -> Iterator[None]:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("restored_signals")
def test_the_watcher_is_deaf_to_what_stops_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    orders: list[object] = []
    monkeypatch.setattr("storage.embedded.watcher.os.fork", lambda: 0)
    monkeypatch.setattr(watcher, "watch", orders.append)
    monkeypatch.setattr(sys, "argv", ["watcher.py", json.dumps({"pid": 7})])
    watcher.main()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(os.getpid(), number)
    assert orders == [{"pid": 7}]


def _wait_until(check: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.001)
