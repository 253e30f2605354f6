"""Slack is unwell for a minute: everything is sent in the end, once and in order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import cycle

import pytest

from tests.integration.outbox.bench import START, Bench, Fate

A_MINUTE = timedelta(minutes=1)


def _unwell(bench: Bench, *kinds: Fate) -> Callable[[str], Fate]:
    turns = cycle(kinds)
    return lambda method: next(turns) if bench.now < START + A_MINUTE else Fate.OK


@pytest.mark.parametrize(
    "kinds",
    [
        (Fate.LATER,),
        (Fate.LOST,),
        (Fate.ANSWER_LOST,),
        (Fate.LANDS_LATE,),
        (Fate.LATER, Fate.LOST, Fate.ANSWER_LOST, Fate.LANDS_LATE),
    ],
    ids=["429", "500", "timeouts after", "timeouts that land late", "all of it"],
)
async def test_after_a_minute_of_trouble_every_message_is_there_once(
    bench: Bench, kinds: tuple[Fate, ...]
) -> None:
    bench.slack.fates = _unwell(bench, *kinds)
    wanted = [f"message {number}" for number in range(6)]
    for number, text in enumerate(wanted):
        await bench.show(f"k{number}", text)
    await bench.drain()
    assert bench.now > START + A_MINUTE
    assert sorted(str(seen.payload["text"]) for seen in bench.slack.messages) == wanted
    assert set(await bench.states()) == {"sent"}
