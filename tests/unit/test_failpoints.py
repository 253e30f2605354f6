"""Failpoints do nothing unless they are armed, and then once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from bot import failpoints


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    yield
    failpoints.arm({})


def test_nothing_happens_where_nothing_is_armed() -> None:
    assert failpoints.hit("answer.before_commit") is None  # type: ignore[func-returns-value]


def test_an_armed_place_fails_once_and_the_others_never() -> None:
    failpoints.arm({"answer.before_commit": "fail"})
    failpoints.hit("answer.after_commit")
    with pytest.raises(OSError, match=r"answer.before_commit"):
        failpoints.hit("answer.before_commit")
    assert failpoints.hit("answer.before_commit") is None  # type: ignore[func-returns-value]


@pytest.mark.parametrize(("what", "number"), [("kill", signal.SIGKILL), ("stop", signal.SIGSTOP)])
def test_it_can_kill_and_freeze(
    what: str, number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda pid, which: sent.append((pid, which)))
    failpoints.arm({"here": what})
    failpoints.hit("here")
    assert sent == [(os.getpid(), number)]


def test_a_killed_process_is_really_gone() -> None:
    program = "from bot import failpoints as f; f.arm({'x': 'kill'}); f.hit('x'); print('alive')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, "")
