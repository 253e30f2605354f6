"""Two workers at the same step: only the one that has it now can commit anything."""

from __future__ import annotations

import asyncio

import pytest

from bot.errors import Superseded
from bot.use_cases import runs
from jobs.engine import QueuedJob
from jobs.pipelines import Done, Outcome, StepRun
from tests.integration.runs.errands import KIND, Errands, Pages, Wanted
from tests.running import Ground


async def taken_at(ground: Ground, step: str, pages: int = 1) -> tuple[runs.Started, QueuedJob]:
    """A run whose next job, that of `step`, has been taken from the queue."""
    run_id = await ground.start(KIND, Wanted(pages=pages))
    for _ in range(["count", "read", "add_up"].index(step)):
        await ground.work()
    job = await ground.take()
    assert job is not None
    return runs.Started(run_id), job


async def test_a_worker_that_thaws_before_its_transaction_commits_nothing(
    ground: Ground, errands: Errands
) -> None:
    started, job = await taken_at(ground, "read")
    thawed: list[str] = []

    async def frozen(run: StepRun) -> Outcome | None:
        await ground.worker().step(job)
        try:
            async with run.transaction(name="read_page") as tx:
                await run.keep_artifact(tx, "late.txt", "text/plain", b"late")
        except Superseded:
            thawed.append("superseded")
            raise
        return None

    errands.then("read", frozen)
    await ground.worker().step(job)
    assert thawed == ["superseded"]
    await ground.drain()
    detail = await ground.detail(started.run_id)
    assert [a.name for a in detail.artifacts] == ["page-1.txt"]
    assert await ground.states(started.run_id) == ["succeeded"] * 4
    assert [step.attempt for step in detail.steps] == [1, 2, 1]
    superseded = ground.watch.metrics.registry.get_sample_value(
        "hunch_step_seconds_count", {"kind": KIND, "step": "read", "outcome": "superseded"}
    )
    assert superseded == 1


async def test_a_worker_that_thaws_after_its_work_leaves_the_step_to_the_other(
    ground: Ground, errands: Errands
) -> None:
    started, job = await taken_at(ground, "read")

    async def frozen(run: StepRun) -> Outcome:
        await ground.worker().step(job)
        return Done(Pages(pages=1, total=1_000_000), "Late.")

    errands.then("read", frozen)
    await ground.worker().step(job)
    await ground.drain()
    assert (await ground.detail(started.run_id)).run.message == "The sum is 0."
    assert errands.did == ["count", "read", "read", "add_up"]


async def test_a_worker_inside_a_transaction_is_waited_for_and_then_overtaken(
    ground: Ground, errands: Errands
) -> None:
    started, job = await taken_at(ground, "read")
    inside, go_on = asyncio.Event(), asyncio.Event()

    async def slow(run: StepRun) -> Outcome | None:
        async with run.transaction(name="read_page") as tx:
            inside.set()
            await go_on.wait()
            await run.keep_artifact(tx, "page-1.txt", "text/plain", b"first")
        return None

    errands.then("read", slow)
    first = asyncio.create_task(ground.worker().step(job))
    await inside.wait()
    second = asyncio.create_task(ground.worker().step(job))
    await until_somebody_waits(ground)
    assert not second.done()
    go_on.set()
    await asyncio.gather(first, second)
    await ground.drain()
    assert errands.did == ["count", "read", "read", "add_up"]
    assert await ground.states(started.run_id) == ["succeeded"] * 4


async def until_somebody_waits(ground: Ground) -> None:
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    async with asyncio.timeout(20):
        while not await ground.pool.fetchval(waits):  # noqa: ASYNC110  (locks tell nobody)
            await asyncio.sleep(0.01)


async def test_any_number_of_workers_at_once_come_to_one_result(
    ground: Ground, errands: Errands
) -> None:
    started, job = await taken_at(ground, "count", pages=4)
    while job is not None:
        await asyncio.gather(*(ground.worker().step(job) for _ in range(3)))
        job = await ground.take()  # type: ignore[assignment]
    detail = await ground.detail(started.run_id)
    assert await ground.states(started.run_id) == ["succeeded"] * 4
    assert detail.run.message == "The sum is 6."
    assert [a.name for a in detail.artifacts] == [f"page-{n}.txt" for n in range(1, 5)]


@pytest.mark.parametrize("act", [runs.retry, runs.restart])
async def test_two_who_retry_at_once_make_one_run_active(
    ground: Ground, errands: Errands, act: object
) -> None:
    run_id = await ground.start(KIND, Wanted())
    await ground.steer(runs.cancel, run_id)
    found = await asyncio.gather(
        *(ground.steer(act, run_id) for _ in range(4)),  # type: ignore[arg-type]
        return_exceptions=True,
    )
    assert sum(isinstance(one, runs.Started) for one in found) == 1
    active = "SELECT count(*) FROM runs WHERE finished_at IS NULL"
    assert await ground.value(active) == 1
