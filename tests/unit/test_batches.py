"""Items that come together share a batch, and only that."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from bot.domain.ids import WorkspaceId
from bot.errors import DatabaseAway
from storage.batches import Batches, Kind

KIND = Kind("SELECT f($1)", WorkspaceId("T1"), "test")
OTHER = Kind("SELECT f($1)", WorkspaceId("T2"), "test")


class Desk:
    """Runs batches when told to; doubles numbers, chokes on "bad", is away when asked to be."""

    def __init__(self) -> None:
        self.batches: list[list[Any]] = []
        self.go = asyncio.Event()
        self.away = False

    async def run(self, kind: Kind, items: Sequence[Sequence[Any]]) -> Sequence[Any]:
        self.batches.append([item for (item,) in items])
        await self.go.wait()
        if self.away:
            raise DatabaseAway("gone")
        if any(item == "bad" for (item,) in items):
            raise ValueError("bad")
        return [item * 2 for (item,) in items]


async def _ask(batches: Batches, *items: Any, kind: Kind = KIND) -> list[asyncio.Task[Any]]:
    tasks = [asyncio.create_task(batches.ask(kind, (item,))) for item in items]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


async def test_an_item_alone_goes_at_once() -> None:
    desk = Desk()
    (task,) = await _ask(Batches(desk.run), 1)
    assert desk.batches == [[1]]
    desk.go.set()
    assert await task == 2


async def test_what_comes_while_batches_are_under_way_goes_together_and_each_gets_its_own() -> None:
    desk = Desk()
    batches = Batches(desk.run)
    tasks = [*await _ask(batches, 1), *await _ask(batches, 2), *await _ask(batches, 3, 4, 5)]
    desk.go.set()
    assert await asyncio.gather(*tasks) == [2, 4, 6, 8, 10]
    assert desk.batches == [[1], [2], [3, 4, 5]]


async def test_workspaces_never_share_a_batch() -> None:
    desk = Desk()
    batches = Batches(desk.run)
    tasks = [*await _ask(batches, 1, 2, 3), *await _ask(batches, 7, 8, 9, kind=OTHER)]
    desk.go.set()
    await asyncio.gather(*tasks)
    assert all(set(batch) <= {1, 2, 3} or set(batch) <= {7, 8, 9} for batch in desk.batches)


async def test_one_item_that_cannot_be_stored_spoils_no_other() -> None:
    desk = Desk()
    batches = Batches(desk.run)
    tasks = [*await _ask(batches, 1), *await _ask(batches, 2), *await _ask(batches, 3, "bad", 5)]
    desk.go.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert results[:3] == [2, 4, 6]
    assert isinstance(results[3], ValueError)
    assert results[4] == 10


async def test_an_outage_is_told_to_everybody_once() -> None:
    desk = Desk()
    batches = Batches(desk.run)
    tasks = [*await _ask(batches, 1), *await _ask(batches, 2), *await _ask(batches, 3, 4)]
    desk.away = True
    desk.go.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(result, DatabaseAway) for result in results)
    assert desk.batches == [[1], [2], [3, 4]]


async def test_somebody_who_no_longer_waits_holds_up_nobody() -> None:
    desk = Desk()
    batches = Batches(desk.run)
    gone, stays = [*await _ask(batches, 1), *await _ask(batches, 2)]
    more = await _ask(batches, 3, "bad")
    gone.cancel()
    more[1].cancel()
    desk.go.set()
    assert await stays == 4
    assert await more[0] == 6
    with pytest.raises(asyncio.CancelledError):
        await gone
