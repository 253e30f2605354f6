"""`hunch run` as a newcomer starts it: words while it works, a company, a clock that can be moved."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from playground.clock import Clock
from playground.feed import Feed
from playground.persistence import Notebook
from playground.records import Message
from playground.state import State
from tests.programs import running
from tests.stage import free_port


@pytest.fixture
def newcomer(tmp_path: Path) -> dict[str, str]:
    return {
        "HOME": str(tmp_path),
        "HUNCH_DATA_DIR": str(tmp_path / "data"),
        "HUNCH_PORT": str(free_port()),
        "HUNCH_PLAYGROUND_PORT": str(free_port()),
    }


async def said(process: Process, until: str) -> str:
    """What it has printed up to and with these words."""
    assert process.stdout is not None
    async with asyncio.timeout(60):
        return (await process.stdout.readuntil(until.encode())).decode()


@asynccontextmanager
async def looking_at(newcomer: dict[str, str]) -> AsyncIterator[aiohttp.ClientSession]:
    base = f"http://127.0.0.1:{newcomer['HUNCH_PLAYGROUND_PORT']}"
    headers = {"X-Playground": "test"}
    async with aiohttp.ClientSession(base, trust_env=False, headers=headers) as session:
        yield session


def kept(newcomer: dict[str, str]) -> State:
    """What the playground has written down so far."""
    state = State(clock=Clock(), feed=Feed())
    notebook = Notebook(Path(newcomer["HUNCH_DATA_DIR"]) / "playground.sqlite")
    notebook.load_into(state)
    notebook.close()
    return state


def boards(newcomer: dict[str, str]) -> list[Message]:
    state = kept(newcomer)
    channels = {key for key, one in state.channels.items() if one.name == "ai-detectives"}
    return [one for key in channels for one in state.messages.get(key, {}).values()]


async def test_a_long_start_says_what_it_is_doing(newcomer: dict[str, str], tmp_path: Path) -> None:
    async with running(tmp_path, {**newcomer, "HUNCH_COMPANY": "tiny"}) as process:
        text = await said(process, "The newest are merged now.")
        for words in (
            "Making a database, once …",
            "Hunch is running, ready after",
            f"Open http://127.0.0.1:{newcomer['HUNCH_PLAYGROUND_PORT']}/ (Ctrl-C stops it.)",
            "Fernweh Studio moves in: 12 people, 365 days of work …",
            "pull requests are in, after",
        ):
            assert words in text
        assert "\x1b" not in text
    async with running(tmp_path, {**newcomer, "HUNCH_COMPANY": "tiny"}) as process:
        text = await said(process, "stops it.)")
        assert "Making a database" not in text


async def test_moving_the_clock_to_monday_posts_the_leaderboard_and_it_stays_monday(
    newcomer: dict[str, str], tmp_path: Path
) -> None:
    async with running(tmp_path, newcomer) as process, looking_at(newcomer) as session:
        await said(process, "stops it.)")
        team = next(iter(kept(newcomer).workspaces))
        move = f"/w/{team}/as/amara/do/move-clock"
        async with session.post(move, json={"to": "monday"}) as answer:
            moved = await answer.json()
        assert moved["ok"]
        assert "Monday" in moved["say"]
        async with asyncio.timeout(30):
            while not boards(newcomer):  # noqa: ASYNC110  (another process writes it down)
                await asyncio.sleep(0.1)
    async with running(tmp_path, newcomer) as process, looking_at(newcomer) as session:
        await said(process, "stops it.)")
        async with session.post(move, json={"to": "hour"}) as answer:
            moved = await answer.json()
        assert moved["ok"]
        assert "Monday" in moved["say"]
        async with session.get("/control/state") as answer:
            assert answer.status == 404
    assert len(boards(newcomer)) == 1
