"""Tells the feed when time alone changes what people see: a stream that died, a faded status."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from playground.agents import STATUS_LIFE_S, AgentThread
from playground.feed import Change
from playground.records import Message
from playground.state import State
from playground.streams import LIFE_S, state_of

# A little later than the deadline, so that it is over by then.
_LATER_S = 0.01


class Alarms:
    """Sleeps on the playground's clock beside everything that ends by itself."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._set: set[asyncio.Task[Any]] = set()

    def watch(self, change: Change) -> None:
        """Set an alarm if this change began something that ends by itself."""
        state, data = self._state, change.data
        if change.kind == "message.posted":
            message = state.find_message(change.team_id, data["channel"], data["ts"])
            if message is not None and message.stream is not None:
                self._start(self._bury(message))
        elif change.kind == "agent.changed":
            thread = state.agents.of(change.team_id, data["channel"], data["thread_ts"])
            if thread.status:
                self._start(self._fade(thread))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._set.add(task)
        task.add_done_callback(self._set.discard)

    async def _fade(self, thread: AgentThread) -> None:
        await self._state.clock.sleep(STATUS_LIFE_S + _LATER_S)
        self._state.agents.fade(thread)

    async def _bury(self, message: Message) -> None:
        await self._state.clock.sleep(LIFE_S + _LATER_S)
        if state_of(message, self._state.clock.now()) == "expired":
            self._state.touch_message(message, "message.streamed")

    async def close(self) -> None:
        """Let go of all alarms."""
        for task in self._set:
            task.cancel()
        await asyncio.gather(*self._set, return_exceptions=True)
