"""Failpoints act where they are armed, once, and nowhere else."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from bot import failpoints


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    yield
    failpoints.arm({})


@pytest.fixture
def signals(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, signal.Signals]]:
    sent: list[tuple[int, signal.Signals]] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: sent.append((pid, number)))
    return sent


@pytest.mark.parametrize(("act", "number"), [("kill", signal.SIGKILL), ("stop", signal.SIGSTOP)])
def test_an_armed_place_signals_this_process_once(
    signals: list[tuple[int, signal.Signals]], act: str, number: signal.Signals
) -> None:
    failpoints.arm({"look.before_commit": act})
    for _ in range(2):
        failpoints.hit("look.before_commit")
    assert signals == [(os.getpid(), number)]


def test_a_place_that_is_to_fail_fails_once() -> None:
    failpoints.arm({"look.before_commit": "fail"})
    with pytest.raises(OSError, match="look"):
        failpoints.hit("look.before_commit")
    failpoints.hit("look.before_commit")


def test_places_that_are_not_armed_do_nothing(signals: list[tuple[int, signal.Signals]]) -> None:
    failpoints.hit("look.before_commit")
    failpoints.arm({"look.before_commit": "kill"})
    failpoints.hit("look.after_commit")
    assert signals == []
