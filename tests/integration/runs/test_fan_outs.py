"""The clock starts a run in every workspace: in time, once, and says what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest_asyncio
import structlog
from structlog.testing import capture_logs

from bot import failpoints
from bot.domain.ids import WorkspaceId
from bot.domain.runs import FanOut, Run, Trigger
from bot.errors import UserError
from bot.ports import Transaction
from bot.use_cases import housekeeping, runs
from jobs.engine import QueuedJob
from jobs.pipelines import Pipeline
from jobs.runs import FanOuter
from tests.databases import TestDatabase
from tests.integration.runs.errands import KIND, Errands, Wanted
from tests.running import Ground, ground_on

WINDOW = timedelta(hours=2)


@pytest_asyncio.fixture
async def ground(
    database: TestDatabase, errands: Errands, quiet_log: None
) -> AsyncIterator[Ground]:
    """In a database of its own: a fan-out goes through all workspaces there are."""
    async with ground_on(database, errands.pipeline(window=WINDOW)) as ground:
        yield ground
    failpoints.arm({})


async def fan_out(ground: Ground, slot: datetime, pipeline: Pipeline | None = None) -> None:
    async def wanted(tx: Transaction) -> Wanted | None:
        here: bool = await tx.fetchval("SELECT name <> 'Unconnected' FROM workspaces")
        return Wanted(pages=1) if here else None

    outer = FanOuter(ground.db, pipeline or ground.pipelines[0], wanted, ground.now, ground.watch)
    await outer.dispatch(QueuedJob("errands.nightly", WorkspaceId(""), slot.isoformat(), 1))


async def listed(ground: Ground, team: WorkspaceId | None = None) -> list[Run]:
    async with ground.transaction(team) as tx:
        return list((await runs.list_runs(tx)).runs)


async def latest(ground: Ground) -> FanOut:
    async with ground.db.routing(name="test") as tx:
        return (await runs.latest_fan_outs(tx))[0]


async def test_every_workspace_that_has_something_to_run_gets_its_run(ground: Ground) -> None:
    other, unconnected = await ground.add_team(), await ground.add_team()
    async with ground.transaction(unconnected) as tx:
        await tx.execute("UPDATE workspaces SET name = 'Unconnected'")
    slot = ground.now()
    await fan_out(ground, slot)
    [run] = await listed(ground)
    assert (run.trigger, run.started_by, run.state) == (Trigger.CRON, KIND, "pending")
    assert len(await listed(ground, other)) == 1
    assert await listed(ground, unconnected) == []
    done = await latest(ground)
    assert (done.kind, done.slot, done.dispatched, done.skipped) == (KIND, slot, 2, 0)
    assert done.finished_at is not None


async def test_an_operator_sees_in_log_and_metrics_what_a_fan_out_came_to(ground: Ground) -> None:
    structlog.reset_defaults()
    with capture_logs() as logs:
        await fan_out(ground, ground.now())
    [line] = [one for one in logs if one["event"] == "runs.fanned_out"]
    assert (line["dispatched"], line["skipped"], line["took_s"] >= 0) == (1, 0, True)
    seen = ground.watch.metrics.registry.get_sample_value
    labels = {"kind": KIND, "outcome": "dispatched"}
    assert seen("hunch_dispatches_total", labels) == 1
    assert seen("hunch_fan_out_seconds_count", {"kind": KIND}) == 1


async def test_the_same_slot_again_starts_nothing_twice(ground: Ground) -> None:
    slot = ground.now()
    await fan_out(ground, slot)
    await ground.drain()
    await fan_out(ground, slot)
    assert [run.state for run in await listed(ground)] == ["succeeded"]
    assert (await latest(ground)).dispatched == 1
    ground.wait(timedelta(days=1))
    await fan_out(ground, ground.now())
    assert len(await listed(ground)) == 2


async def test_two_fan_outs_of_one_slot_at_once_start_one_run(ground: Ground) -> None:
    slot = ground.now()
    await asyncio.gather(*(fan_out(ground, slot) for _ in range(4)))
    assert [run.skipped for run in await listed(ground)] == [False]


async def test_a_fan_out_that_broke_off_goes_on_where_it_was(ground: Ground) -> None:
    other, slot = await ground.add_team(), ground.now()
    failpoints.arm({"dispatch_run.after_commit": "fail"})
    try:
        await fan_out(ground, slot)
    except OSError:
        await ground.drain()
    await fan_out(ground, slot)
    assert [len(await listed(ground, team)) for team in (ground.team, other)] == [1, 1]
    assert (await latest(ground)).dispatched == 2


async def test_a_run_whose_forerunner_has_not_ended_is_skipped_and_a_row_says_so(
    ground: Ground,
) -> None:
    first = await ground.start(KIND, Wanted())
    slot = ground.now()
    for _ in range(2):
        await fan_out(ground, slot)
    skipped, active = await listed(ground)
    assert (active.run_id, active.skipped) == (first, False)
    assert (skipped.state, skipped.skipped) == ("cancelled", True)
    assert skipped.message == f"Skipped: the one before, run {first}, had not ended yet."
    assert ((await latest(ground)).dispatched, (await latest(ground)).skipped) == (0, 1)


async def test_a_night_that_nobody_was_there_for_is_skipped_and_not_piled_up(
    ground: Ground, errands: Errands
) -> None:
    slot = ground.now()
    ground.wait(WINDOW + timedelta(seconds=1))
    await fan_out(ground, slot)
    [run] = await listed(ground)
    assert (run.skipped, run.message) == (
        True,
        "Skipped: Hunch came to it too late; the next one comes as planned.",
    )
    await ground.drain()
    assert errands.did == []


async def test_a_run_that_could_not_begin_within_its_window_is_skipped_and_says_so(
    ground: Ground, errands: Errands
) -> None:
    await fan_out(ground, ground.now())
    ground.wait(WINDOW + timedelta(seconds=1))
    await ground.drain()
    [run] = await listed(ground)
    assert (run.state, run.skipped, errands.did) == ("cancelled", True, [])
    assert run.message == ("Skipped: it could not begin within 2 h; the next one comes as planned.")
    ended = ground.watch.metrics.registry.get_sample_value(
        "hunch_runs_total", {"kind": KIND, "outcome": "skipped"}
    )
    assert ended == 1


async def test_one_that_began_in_time_may_take_as_long_as_it_takes(ground: Ground) -> None:
    await fan_out(ground, ground.now())
    await ground.work()
    ground.wait(2 * WINDOW)
    await ground.drain()
    assert [run.state for run in await listed(ground)] == ["succeeded"]


async def test_what_a_person_starts_knows_no_window(ground: Ground) -> None:
    run_id = await ground.start(KIND, Wanted())
    ground.wait(2 * WINDOW)
    await ground.drain()
    assert await ground.states(run_id) == ["succeeded"] * 4


async def test_what_a_person_retries_knows_no_window_though_the_clock_had_started_it(
    ground: Ground,
) -> None:
    await fan_out(ground, ground.now())
    [run] = await listed(ground)
    assert (await ground.steer(runs.cancel, run.run_id)).at_once
    ground.wait(2 * WINDOW)
    await ground.steer(runs.retry, run.run_id)
    await ground.drain()
    assert await ground.states(run.run_id) == ["succeeded"] * 4


async def test_what_was_skipped_can_neither_be_retried_nor_restarted(ground: Ground) -> None:
    slot = ground.now()
    ground.wait(2 * WINDOW)
    await fan_out(ground, slot)
    [run] = await listed(ground)
    refusals = []
    for act in (runs.retry, runs.restart):
        try:
            await ground.steer(act, run.run_id)
        except UserError as error:
            refusals.append(str(error))
    assert refusals == [
        f"Run {run.run_id} was skipped before it began. Start a new one.",
        f"Run {run.run_id} was skipped before it began. Start a new one.",
    ]


async def test_old_fan_outs_are_forgotten(ground: Ground) -> None:
    await fan_out(ground, ground.now())
    ground.wait(timedelta(days=91))
    async with ground.db.routing(name="test") as tx:
        await housekeeping.forget_slots(tx, now=ground.now())
        assert await runs.latest_fan_outs(tx) == []
