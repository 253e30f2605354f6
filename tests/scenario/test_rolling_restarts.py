"""Processes are replaced one after the other while people go on tapping, and nobody notices."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from playground.people import Done
from playground.records import Message
from tests.balancers import balancing
from tests.databases import TestDatabase
from tests.lives import Lives, insist, lives_on
from tests.programs import running
from tests.stage import SIGNING_SECRET, free_port

pytestmark = pytest.mark.timeout(180)

_LONG_S = 60


async def at_once() -> bool:
    """A worker has no door to knock at."""
    return True


async def asked(lives: Lives) -> Message:
    await lives.stage.merge("person1", "person2")
    await lives.all_delivered()
    return await lives.stage.until_dm("person2", "How good is it?", timeout_s=_LONG_S)


class Tapper:
    """Somebody who cannot make up their mind, and sees whether each tap went well."""

    def __init__(self, lives: Lives, message: Message) -> None:
        self._person = lives.stage.person("person2")
        self._message = message
        self.failed: list[str] = []
        self.taps = 0

    async def tap(self) -> Done:
        self.taps += 1
        rating = ("ok", "super")[self.taps % 2]
        return await self._person.click(self._message, f"survey.rate.{rating}")

    async def go_on(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            done = await self.tap()
            if not done.ok:
                self.failed.append(done.error)
            await asyncio.sleep(0.02)


@asynccontextmanager
async def tapping(tapper: Tapper) -> AsyncIterator[None]:
    stop = asyncio.Event()
    going_on = asyncio.create_task(tapper.go_on(stop))
    try:
        yield
    finally:
        stop.set()
        await going_on


async def test_over_http_two_doors_behind_a_balancer_are_replaced_without_one_failed_tap(
    database: TestDatabase, tmp_path: Path
) -> None:
    async with lives_on(database, tmp_path, http=True) as lives:
        ports = [free_port(), free_port()]
        env = {**lives.settings(SLACK_SIGNING_SECRET=SIGNING_SECRET), "HUNCH_DRAIN_S": "1"}

        async def serve(stack: AsyncExitStack, port: int) -> None:
            mine = {**env, "HUNCH_PORT": str(port)}
            await stack.enter_async_context(running(tmp_path, mine, "serve"))

        async with running(tmp_path, env, "work", is_ready=at_once), AsyncExitStack() as end:
            places = {port: AsyncExitStack() for port in ports}
            for port, place in places.items():
                end.push_async_exit(place)
                await serve(place, port)
            balancer = await end.enter_async_context(
                balancing(lives.stage.services.settings.port, *ports, check_every_s=0.1)
            )
            tapper = Tapper(lives, await asked(lives))
            async with tapping(tapper):
                for backend in balancer.backends:
                    await places[backend.port].aclose()
                    await backend.until(False)
                    await serve(places[backend.port], backend.port)
                    await backend.until(True)
        assert tapper.failed == []
        assert min(backend.served for backend in balancer.backends) > 0
        await stored(lives, tapper)


async def test_in_socket_mode_each_process_has_a_socket_and_every_tap_arrives(
    database: TestDatabase, tmp_path: Path
) -> None:
    """A tap that is on the wire at the moment a socket closes is lost in Slack, and its person
    told; they tap again."""
    async with lives_on(database, tmp_path) as lives:
        ports = [free_port(), free_port()]
        async with AsyncExitStack() as end:
            places = {port: AsyncExitStack() for port in ports}
            for port, place in places.items():
                end.push_async_exit(place)
                await place.enter_async_context(running(tmp_path, serving(lives, port), "serve"))
            await end.enter_async_context(lives.life(command="work"))
            tapper = Tapper(lives, await asked_through(lives, ports[0]))
            for port, place in places.items():
                closing = asyncio.create_task(place.aclose())
                while not closing.done():
                    await insist(tapper.tap)
                await closing
                await place.enter_async_context(running(tmp_path, serving(lives, port), "serve"))
                await insist(tapper.tap)
        await stored(lives, tapper)


def serving(lives: Lives, port: int) -> dict[str, str]:
    return lives.settings(HUNCH_PORT=str(port), HUNCH_DRAIN_S="0")


async def asked_through(lives: Lives, port: int) -> Message:
    """GitHub knows one of the processes only."""
    hook = lives.stage.github.hook
    assert hook is not None
    ours = str(lives.stage.services.settings.port)
    lives.stage.github.hook = type(hook)(hook.url.replace(ours, str(port)), hook.secret)
    return await asked(lives)


async def stored(lives: Lives, tapper: Tapper) -> None:
    """What the person said last is what is kept."""
    rating = ("ok", "super")[tapper.taps % 2]
    assert await lives.stage.value("SELECT rating FROM parts WHERE role = 'reviewer'") == rating
