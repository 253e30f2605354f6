"""Two doors, two workers, a busy company, and 200 kills at random: the promise holds.

`make soak` runs it; `HUNCH_SOAK_SEED` and `HUNCH_SOAK_KILLS` repeat or shorten a run.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from playground.records import Message
from tests.databases import TestDatabase
from tests.lives import Life, Lives, insist, lives_on
from tests.stage import free_port, login

pytestmark = [pytest.mark.soak, pytest.mark.timeout(0)]

# So many that nobody is asked more than the budget of a day allows.
PEOPLE = [f"person{n}" for n in range(1, 17)]
# Short enough to get on, long enough for a busy machine.
PATIENCE = 0.15
_COLUMN = {"answer": "answer", "rate": "rating", "guess": "guess"}


@dataclass
class Soak:
    """The company at work while its bot is killed again and again."""

    lives: Lives
    dice: random.Random
    kills: int
    killed: int = 0
    merged: int = 0
    said: dict[tuple[int, str], str] = field(default_factory=dict)
    living: list[Life] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    quiet: asyncio.Event = field(default_factory=asyncio.Event)

    async def keep_alive(self, command: str, port: int) -> None:
        """One process; when it is killed, the next one."""
        while not self.quiet.is_set():
            async with self.lives.life(command=command, port=port) as life:
                self.living.append(life)
                ended = asyncio.create_task(life.process.wait())
                stop = asyncio.create_task(self.quiet.wait())
                await asyncio.wait({ended, stop}, return_when=asyncio.FIRST_COMPLETED)
                self.living.remove(life)
                stop.cancel()
                if life.over:
                    assert life.process.returncode == -signal.SIGKILL, life.log.read_text()

    async def kill(self) -> None:
        await self.lives.stage.slack.until(lambda: seen(self.lives), timeout_s=120)
        while self.killed < self.kills:
            await asyncio.sleep(self.dice.uniform(0.3, 2.5))
            if self.living:
                self.dice.choice(self.living).signal(signal.SIGKILL)
                self.killed += 1
        self.over.set()

    async def merge(self) -> None:
        while not self.over.is_set():
            author, *approvers = self.dice.sample(PEOPLE, self.dice.choice([2, 3]))
            await self.lives.stage.merge(author, *approvers)
            self.merged += 1
            await asyncio.sleep(self.dice.uniform(0.5, 2.0))

    async def redeliver(self) -> None:
        while not self.over.is_set():
            await self.lives.redeliver()
            await asyncio.sleep(0.2)

    async def tap(self, name: str) -> None:
        """Use whatever buttons the messages offer, and remember what was acknowledged."""
        person = self.lives.stage.person(name)
        while not self.over.is_set():
            await asyncio.sleep(self.dice.uniform(0.05, 0.3))
            buttons = [(m, e) for m in person.messages[-5:] for e in _buttons(m)]
            if buttons:
                await self._tap(name, *self.dice.choice(buttons))

    async def _tap(self, name: str, message: Message, element: dict[str, Any]) -> None:
        action = element["action_id"]
        _, what, value = action.split(".")
        person, part = self.lives.stage.person(name), int(element["value"])
        before = len(person.ephemerals)
        try:
            done = await insist(lambda: person.click(message, action))
        except LookupError:
            return  # the message has changed meanwhile
        if done.ok and len(person.ephemerals) == before:
            self.said.setdefault((part, _COLUMN[what]), value)


def _buttons(message: Message) -> list[dict[str, Any]]:
    found = [e for block in message.blocks for e in block.get("elements", [])]
    wanted = ("survey.answer.", "survey.rate.", "survey.guess.")
    return [e for e in found if str(e.get("action_id", "")).startswith(wanted)]


async def until_quiet(lives: Lives) -> None:
    await lives.stage.until_row(
        "SELECT (SELECT count(*) FROM pgqueuer.pgqueuer WHERE status IN ('queued', 'picked')"
        " AND execute_after <= now() + interval '20 seconds')"
        " + (SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending', 'unclear'))",
        lambda count: count == 0,
        timeout_s=300,
    )


async def shown(lives: Lives) -> list[tuple[str, str]]:
    """What each message should say: its key and its newest text."""
    rows = await lives.stage.rows(
        "SELECT DISTINCT ON (effect_key) effect_key, payload->>'text' AS text FROM outbox"
        " WHERE op = 'show' ORDER BY effect_key, outbox_id DESC"
    )
    return [(row["effect_key"], row["text"]) for row in rows]


def seen(lives: Lives) -> list[str]:
    return [m.text for name in PEOPLE for m in lives.stage.person(name).messages]


async def check(soak: Soak) -> dict[str, object]:
    lives = soak.lives
    stage = lives.stage
    parts = await stage.rows("SELECT * FROM parts")
    surveys = await stage.value("SELECT count(*) FROM surveys")
    wanted = await shown(lives)
    unsent = await stage.rows(
        "SELECT op, state, reason FROM outbox WHERE state <> 'sent' AND op <> 'reply'"
    )
    duplicates = Counter(seen(lives)) - Counter(text for _, text in wanted)
    missing = Counter(text for _, text in wanted) - Counter(seen(lives))
    by_id = {part["part_id"]: part for part in parts}
    lost = [key for key in soak.said if by_id[key[0]][key[1]] is None]
    assert surveys == soak.merged
    assert [part for part in parts if part["state"] == "waiting"] == []
    assert unsent == []
    assert len(seen(lives)) == len(wanted)
    assert (duplicates, missing, lost) == (Counter(), Counter(), [])
    return {
        "kills": soak.killed,
        "merges": soak.merged,
        "messages": len(wanted),
        "answers acknowledged": len(soak.said),
        "lost": len(lost),
        "duplicates": len(duplicates),
    }


async def run(soak: Soak) -> None:
    stage = soak.lives.stage
    port = stage.services.settings.port
    living: list[Callable[[], Awaitable[None]]] = [
        lambda: soak.keep_alive("serve", port),
        lambda: soak.keep_alive("serve", free_port()),
        lambda: soak.keep_alive("work", free_port()),
        lambda: soak.keep_alive("work", free_port()),
    ]
    async with asyncio.TaskGroup() as group:
        for life in living:
            group.create_task(_do(life))
        async with asyncio.TaskGroup() as load:
            for work in (soak.kill, soak.merge, soak.redeliver):
                load.create_task(_do(work))
            for name in PEOPLE:
                load.create_task(soak.tap(name))
        await soak.lives.all_delivered()
        await asyncio.sleep(2)
        await until_quiet(soak.lives)
        soak.quiet.set()


async def _do(work: Callable[[], Awaitable[None]]) -> None:
    await work()


async def test_killed_at_random_under_load_every_answer_is_there_and_no_message_twice(
    database: TestDatabase, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int(os.environ.get("HUNCH_SOAK_SEED", time.time_ns() % 10**6))
    kills = int(os.environ.get("HUNCH_SOAK_KILLS", 200))
    with capsys.disabled():
        print(f"\nsoak: seed {seed}, {kills} kills")
    begun = time.monotonic()
    async with lives_on(database, tmp_path, people=len(PEOPLE)) as lives:
        lives.patience = PATIENCE
        soak = Soak(lives, random.Random(seed), kills)
        await run(soak)
        summary = await check(soak)
    summary["seconds"] = round(time.monotonic() - begun)
    with capsys.disabled():
        print(f"soak: {json.dumps(summary)}")


def test_every_person_has_a_login() -> None:
    assert len({login(name) for name in PEOPLE}) == len(PEOPLE)
