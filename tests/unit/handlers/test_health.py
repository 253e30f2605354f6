"""Readiness: what counts, what is only told, and nobody waits long for it."""

from __future__ import annotations

import asyncio

import pytest

from handlers import health
from handlers.health import Finding, Health

GOOD, BAD = Finding(True), Finding(False, "it is broken", {"age_s": 7.0})


class Check:
    """Answers what it is told to, and counts how often it was asked."""

    def __init__(self, *answers: Finding) -> None:
        self._answers = list(answers)
        self.asked = 0

    async def __call__(self) -> Finding:
        self.asked += 1
        return self._answers[min(self.asked, len(self._answers)) - 1]


def health_of(check: Check, *, counts: bool = True, draining: bool = False) -> Health:
    made = Health(lambda: draining)
    made.add("thing", check, counts=counts)
    return made


async def test_all_is_well() -> None:
    told = {"thing": {"ok": True, "counts": True}, "draining": {"ok": True, "counts": True}}
    assert await health_of(Check(GOOD)).report() == (True, {"ok": True, "checks": told})


async def test_what_counts_keeps_it_from_being_ready() -> None:
    ready, told = await health_of(Check(BAD)).report()
    assert not ready
    assert told["why"] == ["thing: it is broken"]


async def test_what_does_not_count_is_told() -> None:
    ready, told = await health_of(Check(BAD), counts=False).report()
    assert ready
    assert "why" not in told
    found = {"ok": False, "counts": False, "why": "it is broken", "age_s": 7.0}
    assert told["checks"]["thing"] == found  # type: ignore[index]


async def test_a_process_that_stops_is_not_ready() -> None:
    ready, told = await health_of(Check(GOOD), draining=True).report()
    assert not ready
    assert told["why"] == ["draining: the process is stopping"]


async def test_good_news_is_told_again_without_asking() -> None:
    check = Check(GOOD, BAD)
    made = health_of(check)
    assert [(await made.report())[0] for _ in range(5)] == [True] * 5
    assert check.asked == 1


async def test_that_it_is_well_again_is_seen_at_once() -> None:
    made = health_of(Check(BAD, GOOD))
    assert [(await made.report())[0] for _ in range(2)] == [False, True]


async def test_those_who_ask_together_share_one_look() -> None:
    check = Check(BAD)
    made = health_of(check)
    await asyncio.gather(*(made.report() for _ in range(20)))
    assert check.asked == 1


async def test_a_check_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_PATIENCE_S", 0.01)
    never = asyncio.Event()

    async def hang() -> Finding:
        await never.wait()
        return GOOD

    made = Health(lambda: False)
    made.add("thing", hang, counts=True)
    ready, told = await made.report()
    assert not ready
    assert told["why"] == ["thing: no answer within 0 s"]
