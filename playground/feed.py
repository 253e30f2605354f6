"""What just happened in the playground: the stream that keeps the page live."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed, for instance `message.posted`; `seq` counts from 1."""

    seq: int
    kind: str
    team_id: str
    data: dict[str, Any] = field(default_factory=dict)


class Subscription:
    """One reader of the feed; it sees every change after it subscribed, in order."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Change] = asyncio.Queue()

    def put(self, change: Change) -> None:
        """Hand over one change."""
        self._queue.put_nowait(change)

    async def get(self) -> Change:
        """Return the next change; waits for it."""
        return await self._queue.get()

    def waiting(self) -> list[Change]:
        """Return the changes that are there already, without waiting."""
        return [self._queue.get_nowait() for _ in range(self._queue.qsize())]

    async def __aiter__(self) -> AsyncIterator[Change]:
        while True:
            yield await self.get()


class Feed:
    """Tells every subscriber about every change."""

    def __init__(self) -> None:
        self.seq = 0
        self._readers: set[Subscription] = set()
        self._listeners: list[Callable[[Change], None]] = []

    def publish(self, kind: str, team_id: str, **data: Any) -> None:
        """Tell everybody; never blocks."""
        self.seq += 1
        change = Change(self.seq, kind, team_id, data)
        for reader in self._readers:
            reader.put(change)
        for listener in self._listeners:
            listener(change)

    def listen(self, listener: Callable[[Change], None]) -> None:
        """Call `listener` with every change from now on; it must be quick."""
        self._listeners.append(listener)

    @contextmanager
    def subscribe(self) -> Iterator[Subscription]:
        """Read changes inside the `with`: `async for change in subscription`."""
        reader = Subscription()
        self._readers.add(reader)
        try:
            yield reader
        finally:
            self._readers.discard(reader)
