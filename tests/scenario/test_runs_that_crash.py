"""Killed on the way of a run, from the clock's fan-out to its last step: it ends as if nothing was."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from bot import failpoints
from bot.domain.ids import WorkspaceId
from bot.errors import DatabaseAway
from bot.ports import Job
from bot.use_cases import runs
from jobs.engine import QueuedJob
from jobs.runs import FanOuter
from storage.embedded import EmbeddedServer
from tests.databases import REPOSITORY, TestDatabase, fresh_database
from tests.integration.runs.errands import KIND, Errands, Wanted
from tests.running import Ground, ground_on
from tests.scenario.places import around
from tests.scenario.runs_process import wanted

FANNING_OUT = around("begin_fan_out", "dispatch_run", "end_fan_out")
STEPPING = around("begin_step", "check_credential", "leave_step")
ENDING = around("end_run")
RUNS = (FANNING_OUT, STEPPING, ENDING)
# A transaction of the step's own, under whatever name.
_OWN = around("read_page")

_RUN = "SELECT state, partial, message, error, credential_state FROM runs ORDER BY run_id"
_STEPS = (
    "SELECT name, state, done, total, counts, output, message, error FROM steps ORDER BY position"
)
_ARTIFACTS = "SELECT step, name, size, sha256 FROM artifacts ORDER BY name"


async def picture(ground: Ground) -> list[Any]:
    """All that a run came to, but how often it was tried."""
    async with ground.transaction() as tx:
        return [
            [dict(row) for row in await tx.fetch(statement)]
            for statement in (_RUN, _STEPS, _ARTIFACTS)
        ]


def job(ground: Ground) -> Job:
    slot = ground.now() - timedelta(hours=1)
    return Job("errands.nightly", WorkspaceId(""), slot.isoformat(), "cron:errands")


@pytest.fixture
async def undisturbed(postgres: EmbeddedServer, template: str, quiet_log: None) -> list[Any]:
    """What it comes to where nothing happens."""
    async with fresh_database(postgres, template) as other:
        pipeline = Errands().pipeline(with_credential=True)
        async with ground_on(other, pipeline) as ground:
            slot = QueuedJob("errands.nightly", WorkspaceId(""), job(ground).ref, 1)
            await FanOuter(ground.db, pipeline, wanted, ground.now).dispatch(slot)
            await ground.drain()
            return await picture(ground)


async def test_a_run_survives_the_death_of_its_workers_at_every_place(
    database: TestDatabase, undisturbed: list[Any]
) -> None:
    async with ground_on(database) as ground:
        async with ground.db.routing(name="test") as tx:
            tx.enqueue(job(ground))
        await die(database, "errands.nightly", FANNING_OUT)
        await die(database, "runs.step", [*STEPPING, *_OWN])
        assert await picture(ground) == undisturbed


async def die(database: TestDatabase, entrypoint: str, places: list[str]) -> None:
    """Have a process killed at each of the places, and another one finish the work."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.scenario.runs_process", database.app_url, entrypoint, *places,
        cwd=REPOSITORY, stdout=PIPE,
    )  # fmt: skip
    said, _ = await asyncio.wait_for(process.communicate(), 120)
    assert said.decode().splitlines() == [*(f"{place} -9" for place in places), " 0"]


async def test_a_run_survives_an_error_at_every_place(
    database: TestDatabase, undisturbed: list[Any], quiet_log: None
) -> None:
    pipeline = Errands().pipeline(with_credential=True)
    async with ground_on(database, pipeline) as ground:
        fan_outer = FanOuter(ground.db, pipeline, wanted, ground.now)
        slot = QueuedJob("errands.nightly", WorkspaceId(""), job(ground).ref, 1)
        for place in FANNING_OUT:
            await fails_at(place, lambda: fan_outer.dispatch(slot))
        await fan_outer.dispatch(slot)
        for place in [*STEPPING, *_OWN]:
            failpoints.arm({place: "fail"})
            await ground.work()
        await ground.wear_out()
        assert await picture(ground) == undisturbed
        known = "SELECT dispatched, skipped, finished_at IS NOT NULL FROM fan_outs"
        assert tuple(await ground.pool.fetchrow(known)) == (1, 0, True)
        async with ground.transaction() as tx:
            [run] = (await runs.list_runs(tx)).runs
        assert (run.kind, run.started_by) == (KIND, KIND)


async def fails_at(place: str, act: Callable[[], Awaitable[object]]) -> None:
    failpoints.arm({place: "fail"})
    with pytest.raises((DatabaseAway, OSError)):
        await act()


async def test_the_end_of_a_run_that_is_not_gone_on_with_survives(
    database: TestDatabase, quiet_log: None
) -> None:
    async with ground_on(database, Errands().pipeline()) as ground:
        for place in ENDING:
            run_id = await ground.start(KIND, Wanted())
            await ground.value("UPDATE runs SET cancel_asked = true RETURNING 1")
            failpoints.arm({place: "fail"})
            assert await ground.work()
            assert await ground.states(run_id) == ["cancelled"]
