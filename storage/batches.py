"""Many small writes as a few larger ones: what is asked while a batch is under way is the next batch.

Nobody waits for company: alone, an item goes at once. Under load a commit, a wake-up of the workers
and a round trip are shared. Every asker hears only after its own batch was committed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bot.domain.ids import WorkspaceId
from bot.errors import Conflict, DatabaseAway

_LARGEST = 32
_AT_ONCE = 2


class Kind(NamedTuple):
    """Items of one kind go together: same statement, same workspace."""

    statement: str
    workspace_id: WorkspaceId
    name: str


Run = Callable[[Kind, Sequence[Sequence[Any]]], Awaitable[Sequence[Any]]]
"""Runs a batch of items; one result for each, in order."""


@dataclass(slots=True)
class _Line:
    waiting: list[tuple[Sequence[Any], asyncio.Future[Any]]] = field(default_factory=list)
    under_way: int = 0


class Batches:
    """Gathers items by kind and runs them."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._lines: dict[Kind, _Line] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def ask(self, kind: Kind, item: Sequence[Any]) -> Any:
        """The item's own result. Raises what the batch raised: then nothing of it was stored."""
        line = self._lines.setdefault(kind, _Line())
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        line.waiting.append((item, answer))
        if line.under_way < _AT_ONCE:
            line.under_way += 1
            task = asyncio.create_task(self._work_off(kind, line))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await answer

    async def _work_off(self, kind: Kind, line: _Line) -> None:
        while line.waiting:
            batch, line.waiting[:] = line.waiting[:_LARGEST], line.waiting[_LARGEST:]
            await self._answer(kind, batch)
        line.under_way -= 1
        if line.under_way == 0:
            self._lines.pop(kind, None)

    async def _answer(
        self, kind: Kind, batch: Sequence[tuple[Sequence[Any], asyncio.Future[Any]]]
    ) -> None:
        try:
            results = await self._run(kind, [item for item, _ in batch])
        except Exception as error:  # noqa: BLE001  (handed to everybody who asked, not swallowed)
            await self._fail(kind, batch, error)
            return
        for (_, answer), result in zip(batch, results, strict=True):
            if not answer.done():
                answer.set_result(result)

    async def _fail(
        self,
        kind: Kind,
        batch: Sequence[tuple[Sequence[Any], asyncio.Future[Any]]],
        error: Exception,
    ) -> None:
        """An outage is everybody's; one item that cannot be stored is nobody else's trouble."""
        if len(batch) > 1 and not isinstance(error, DatabaseAway | Conflict):
            for alone in batch:
                await self._answer(kind, [alone])
            return
        for _, answer in batch:
            if not answer.done():
                answer.set_exception(error)
