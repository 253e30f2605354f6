"""Slack stumbles, GitHub repeats itself, connections break, processes freeze: same promise."""

from __future__ import annotations

import asyncio
import json
import random
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from jobs.engine import install
from playground.faults import FaultKind
from storage.migrations import migrate
from tests.databases import TestDatabase
from tests.integration.engine_support import Server, connected
from tests.lives import PATIENCE, Life, Lives, all_delivered, insist, lives_on
from tests.proxies import gated
from tests.stage import Stage, free_port, set_stage

pytestmark = pytest.mark.timeout(240)
_LONG_S = 90.0


async def play(stage: Stage) -> None:
    """One pull request from the merge to the reveal, whoever has to try again."""
    one, two = stage.person("person1"), stage.person("person2")
    author = await stage.until_dm("person1", "Was this PR AI-assisted?", timeout_s=_LONG_S)
    reviewer = await stage.until_dm("person2", "How good is it?", timeout_s=_LONG_S)
    await insist(lambda: two.click(reviewer, "survey.rate.super"))
    await stage.until_dm("person2", "Was it AI-assisted?", timeout_s=_LONG_S)
    await insist(lambda: two.click(reviewer, "survey.guess.yes"))
    await insist(lambda: one.click(author, "survey.answer.helped"))
    await stage.until_dm("person2", "Good hunch", timeout_s=_LONG_S)


async def nothing_left(stage: Stage) -> None:
    await stage.until_row(
        "SELECT count(*) FROM outbox WHERE state NOT IN ('sent', 'parked')",
        lambda count: count == 0,
        timeout_s=_LONG_S,
    )


async def once_each(stage: Stage) -> None:
    """The survey and the reveal, once; nothing given up."""
    await nothing_left(stage)
    assert len(stage.person("person1").messages) == 1
    assert len(stage.person("person2").messages) == 2
    assert "1 of 1" in json.dumps(stage.person("person2").messages[-1].blocks)
    assert await stage.rows("SELECT reason FROM outbox WHERE state <> 'sent'") == []


_METHODS = ["chat.postMessage", "chat.update", "response_url", "conversations.history"]
_MISHAPS = [
    FaultKind.HTTP_500,
    FaultKind.HTTP_503,
    FaultKind.RATELIMITED,
    FaultKind.TIMEOUT_BEFORE,
    FaultKind.TIMEOUT_AFTER,
    FaultKind.RESET,
    FaultKind.RESET_AFTER,
]


@pytest.mark.parametrize("seed", range(3))
async def test_slack_fails_in_every_way_for_a_while(database: TestDatabase, seed: int) -> None:
    dice = random.Random(seed)
    async with set_stage(database, patience=PATIENCE) as stage:
        for method in _METHODS:
            for mishap in dice.sample(_MISHAPS, 4):
                stage.slack.fail(mishap, method, seconds=0.05, skip=dice.randrange(2))
        await stage.merge("person1", "person2")
        await play(stage)
        await once_each(stage)


@pytest.mark.parametrize("seed", range(3))
async def test_github_delivers_everything_three_times_in_any_order(
    database: TestDatabase, seed: int
) -> None:
    async with set_stage(database) as stage:
        stage.github.hook, hook = None, stage.github.hook
        await stage.merge("person1", "person2")
        stage.github.hook = hook
        again = [sent for sent in stage.github.deliveries for _ in range(3)]
        random.Random(seed).shuffle(again)
        await asyncio.gather(*(stage.github.redeliver(sent) for sent in again))
        await play(stage)
        await asyncio.gather(*(stage.github.redeliver(sent) for sent in again))
        await stage.quiet()
        await once_each(stage)
        assert await stage.value("SELECT count(*) FROM surveys") == 1


async def test_connections_to_the_database_are_cut_again_and_again(database: TestDatabase) -> None:
    async with (
        gated(database) as (gate, through),
        set_stage(through, patience=PATIENCE) as stage,
    ):

        async def cut() -> None:
            for _ in range(6):
                await gate.shut()
                await asyncio.sleep(0.1)
                await gate.open()
                await asyncio.sleep(0.4)

        cutting = asyncio.create_task(cut())
        await stage.merge("person1", "person2")
        await all_delivered(stage)
        await asyncio.gather(play(stage), cutting)
        await once_each(stage)


@pytest_asyncio.fixture
async def own_server() -> AsyncIterator[tuple[Server, TestDatabase]]:
    """A PostgreSQL that only this test uses, with a migrated database."""
    server = Server()
    try:
        async with connected(server.url("postgres")) as root:
            await root.execute("CREATE ROLE hunch_admin LOGIN CREATEROLE")
            await root.execute("CREATE ROLE hunch_app LOGIN")
            # This server is quick because it may forget; what is acknowledged must not be.
            await root.execute("ALTER ROLE hunch_app SET synchronous_commit = on")
        name = await server.new_database(owner="hunch_admin")
        urls = [server.url(name, who) for who in ("hunch_app", "hunch_admin", "postgres")]
        await migrate(urls[1], "hunch_app", install_jobs=install)
        yield server, TestDatabase(*urls)
    finally:
        server.remove()


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_postgresql_is_restarted_in_the_middle_of_a_game(
    own_server: tuple[Server, TestDatabase], mode: str
) -> None:
    server, database = own_server
    async with set_stage(database, patience=PATIENCE) as stage:
        await stage.merge("person1", "person2")
        server.stop(mode)
        server.start()
        await all_delivered(stage)
        playing = asyncio.create_task(play(stage))
        await stage.until_dm("person2", "How good is it?", timeout_s=_LONG_S)
        await asyncio.to_thread(server.stop, mode)
        await asyncio.to_thread(server.start)
        await playing
        await once_each(stage)


async def test_two_doors_and_two_workers_ask_once_and_post_each_leaderboard_once(
    database: TestDatabase, tmp_path: Path
) -> None:
    async with lives_on(database, tmp_path) as lives:
        stage = lives.stage
        async with stage.services.store.database.routing(name="test") as tx:
            await tx.execute("UPDATE schedules SET effective_from = now() - interval '8 days'")
        async with (
            lives.life(command="serve"),
            lives.life(command="serve", port=free_port()),
            lives.life(command="work"),
            lives.life(command="work"),
        ):
            await stage.merge("person1", "person2")
            await lives.all_delivered()
            await play(stage)
            general = stage.slack.state.find_channel(stage.workspace_id, "general").id
            await stage.slack.until(
                lambda: stage.slack.state.history(stage.workspace_id, general), timeout_s=_LONG_S
            )
            await lives.quiet()
        assert len(stage.slack.state.history(stage.workspace_id, general)) == 1
        await once_each(stage)


async def until_frozen(life: Life) -> None:
    """The kernel tells nobody that a process has stopped."""
    process = psutil.Process(life.process.pid)
    async with asyncio.timeout(60):
        while process.status() != psutil.STATUS_STOPPED:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def freeze_and_thaw(lives: Lives, place: str) -> None:
    stage = lives.stage
    await stage.merge("person1", "person2")
    async with lives.life(command="serve"), lives.life(place, act="stop", command="work") as frozen:
        await lives.all_delivered()
        await until_frozen(frozen)
        async with lives.life(command="work"):
            await stage.until_dm("person1", "Was this PR AI-assisted?", timeout_s=_LONG_S)
            await stage.until_dm("person2", "How good is it?", timeout_s=_LONG_S)
            await nothing_left(stage)
            before = await stage.rows("SELECT outbox_id, state, attempt FROM outbox ORDER BY 1")
            frozen.signal(signal.SIGCONT)
            assert not await frozen.ends_within(1.0)
            assert before == await stage.rows(
                "SELECT outbox_id, state, attempt FROM outbox ORDER BY 1"
            )
        await play(stage)
        await lives.quiet()
    await once_each(stage)


@pytest.mark.parametrize(
    "place",
    [
        "process_delivery.after_commit",
        "outbox_claim.after_commit",
        "slack.post.before",
        "slack.post.after",
    ],
)
async def test_a_worker_frozen_past_its_lease_and_thawed_changes_nothing(
    database: TestDatabase, tmp_path: Path, place: str
) -> None:
    async with lives_on(database, tmp_path) as lives:
        await freeze_and_thaw(lives, place)
