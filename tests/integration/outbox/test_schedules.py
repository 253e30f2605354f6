"""Random weeks of an outbox: whatever fails, freezes or dies in between, all is shown once."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from tests.integration.outbox.bench import Bench, Fate

_TROUBLE = [fate for fate in Fate if fate not in (Fate.OK, Fate.REFUSED)]


class Week:
    """A random schedule against what people should see in the end."""

    def __init__(self, bench: Bench, seed: int) -> None:
        self.bench = bench
        self.dice = random.Random(seed)
        self.wanted: dict[str, tuple[str, str]] = {}
        self.lanes: dict[str, list[str]] = {}
        bench.slack.fates = self._fate

    def _fate(self, method: str) -> Fate:
        trouble = self.dice.random() < 0.35
        self.bench.slack.after_s = self.dice.choice([None, 1.0, 30.0])
        return self.dice.choice(_TROUBLE) if trouble else Fate.OK

    async def step(self) -> None:
        match self.dice.randrange(4):
            case 0:
                await self.put()
            case 1 | 2:
                await self.work()
            case _:
                self.bench.wait(timedelta(seconds=self.dice.choice([0.01, 1, 6, 41])))
                if self.dice.random() < 0.3:
                    await self.bench.thaw()

    async def put(self) -> None:
        lane = f"U{self.dice.randrange(3)}"
        key = f"{lane}:{self.dice.randrange(4)}"
        text = f"{key}={self.dice.randrange(1000)}"
        if key not in self.wanted:
            self.lanes.setdefault(lane, []).append(key)
        self.wanted[key] = (lane, text)
        await self.bench.show(key, text, target=lane)

    async def work(self) -> None:
        due = self.bench.due()
        if due:
            await self.bench.run(self.dice.choice(due))

    async def end(self) -> None:
        """Everybody recovers; no sweep is needed for that."""
        await self.bench.drain()
        await self.bench.thaw()
        await self.bench.drain()


@pytest.mark.parametrize("seed", range(16))
async def test_every_message_is_there_once_in_order_and_as_it_should_be(
    bench: Bench, seed: int
) -> None:
    week = Week(bench, seed)
    for _ in range(80):
        await week.step()
    await week.end()
    assert {row["state"] for row in await bench.rows()} == {"sent"}
    seen = [str(message.payload["text"]) for message in bench.slack.messages]
    assert sorted(seen) == sorted(text for _, text in week.wanted.values())
    for lane, keys in week.lanes.items():
        posted = [text.split("=")[0] for text in seen if text.startswith(f"{lane}:")]
        assert posted == keys
