"""What a run goes through: its steps in order, what goes wrong in them, and how it ends."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot import failpoints
from bot.domain.runs import State, Trigger
from bot.errors import DatabaseAway, Permanent, Retryable, UserError
from bot.use_cases import runs
from jobs.pipelines import Done, NothingToDo, Outcome, StepRun
from tests.integration.runs.errands import KIND, Errands, Pages, Wanted, breaks
from tests.running import Ground


async def test_a_run_goes_through_its_steps_each_given_what_the_one_before_gave(
    ground: Ground, errands: Errands
) -> None:
    run_id = await ground.start(KIND, Wanted(pages=3))
    assert (await ground.detail(run_id)).run.state is State.PENDING
    await ground.drain()
    detail = await ground.detail(run_id)
    assert await ground.states(run_id) == ["succeeded"] * 4
    assert errands.did == ["count", "read", "read", "read", "add_up"]
    assert detail.run.message == "The sum is 3."
    read = detail.steps[1]
    assert (read.done, read.total, read.counts, read.attempt) == (3, 3, {"pages": 3}, 1)
    assert [a.name for a in detail.artifacts] == ["page-1.txt", "page-2.txt", "page-3.txt"]
    assert detail.run.started_at is not None
    assert detail.run.finished_at == detail.steps[2].finished_at


async def test_at_most_one_run_of_a_kind_is_active(ground: Ground) -> None:
    first = await ground.start(KIND, Wanted())

    async def start() -> object:
        async with ground.transaction() as tx:
            return await runs.start(
                tx, KIND, Wanted(), trigger=Trigger.WEBHOOK, by="hook", now=ground.now()
            )

    assert await start() == runs.AlreadyActive(first)
    await ground.drain()
    both = await asyncio.gather(start(), start())
    assert sorted(type(one).__name__ for one in both) == ["AlreadyActive", "Started"]
    async with ground.transaction() as tx:
        other = await runs.start(
            tx, "others", Wanted(), trigger=Trigger.CRON, by="x", now=ground.now()
        )
    assert isinstance(other, runs.Started)


async def test_what_asks_for_patience_is_done_again_when_it_said(
    ground: Ground, errands: Errands
) -> None:
    errands.then("read", breaks(Retryable("HTTP 502", after_s=90)))
    run_id = await ground.start(KIND, Wanted())
    await ground.drain()
    step = (await ground.steps(run_id))[1]
    assert await ground.states(run_id) == ["retrying", "succeeded", "retrying", "pending"]
    assert (step.error, step.attempt) == ("HTTP 502", 1)
    run, due_at = (await ground.detail(run_id)).run, ground.now() + timedelta(seconds=90)
    assert run.said == (
        f"GitHub did not answer as it should (HTTP 502); it goes on at {due_at:%H:%M:%S} (UTC)."
    )
    assert (run.trouble, "HTTP" in step.message) == ("", False)
    ground.wait(timedelta(seconds=89))
    await ground.drain()
    assert errands.did == ["count", "read"]
    ground.wait(timedelta(seconds=2))
    await ground.drain()
    assert await ground.states(run_id) == ["succeeded"] * 4
    assert [one.attempt for one in await ground.steps(run_id)] == [1, 2, 1]
    assert (await ground.steps(run_id))[1].error == ""


async def test_patience_is_not_used_up_and_grows_without_a_word(
    ground: Ground, errands: Errands
) -> None:
    errands.then("count", *[breaks(Retryable("away"))] * 12)
    run_id = await ground.start(KIND, Wanted())
    await ground.wear_out()
    assert await ground.states(run_id) == ["succeeded"] * 4
    assert (await ground.steps(run_id))[0].attempt == 13


async def test_a_refusal_fails_the_run_and_a_retry_resumes_where_it_was(
    ground: Ground, errands: Errands
) -> None:
    errands.then("add_up", breaks(Permanent("revoked")))
    run_id = await ground.start(KIND, Wanted(pages=2))
    await ground.drain()
    failed = (await ground.detail(run_id)).run
    assert await ground.states(run_id) == ["failed", "succeeded", "succeeded", "failed"]
    assert "Connect GitHub again in my Home tab, then retry." in failed.message
    assert failed.error == "revoked"
    assert await ground.steer(runs.retry, run_id) == runs.Started(run_id)
    await ground.drain()
    assert await ground.states(run_id) == ["succeeded"] * 4
    assert errands.did == ["count", "read", "read", "add_up", "add_up"]
    detail = await ground.detail(run_id)
    assert (detail.run.attempt, detail.run.error, detail.steps[2].attempt) == (2, "", 2)


async def test_a_mistake_of_a_persons_is_told_as_it_is(ground: Ground, errands: Errands) -> None:
    errands.then("count", breaks(UserError("Select a repository first.")))
    run_id = await ground.start(KIND, Wanted())
    await ground.drain()
    assert (await ground.detail(run_id)).run.message == "Select a repository first."


async def test_what_breaks_is_tried_five_times_and_its_text_is_told_to_nobody(
    ground: Ground, errands: Errands
) -> None:
    errands.then("read", *[breaks(KeyError("ghp_secret"))] * 5)
    run_id = await ground.start(KIND, Wanted())
    await ground.wear_out()
    detail = await ground.detail(run_id)
    assert await ground.states(run_id) == ["failed", "succeeded", "failed", "pending"]
    assert detail.steps[1].attempt == 5
    assert detail.run.error.startswith("KeyError at tests/integration/runs/errands.py:")
    assert "secret" not in detail.run.message + detail.run.error
    await ground.steer(runs.retry, run_id)
    await ground.drain()
    assert await ground.states(run_id) == ["succeeded"] * 4


async def test_breaking_now_and_then_between_pages_fails_nothing(
    ground: Ground, errands: Errands
) -> None:
    async def nothing(run: StepRun) -> Outcome | None:
        return None

    for _ in range(8):
        errands.then("read", breaks(KeyError("x")), nothing)
    run_id = await ground.start(KIND, Wanted(pages=8))
    await ground.wear_out()
    assert await ground.states(run_id) == ["succeeded"] * 4


async def test_a_step_that_kills_its_workers_is_given_up(ground: Ground) -> None:
    run_id = await ground.start(KIND, Wanted())
    job = await ground.take()
    assert job is not None
    for _ in range(5):
        failpoints.arm({"leave_step.before_commit": "fail"})
        with pytest.raises(DatabaseAway):
            await ground.worker().step(job)
    await ground.worker().step(job)
    detail = await ground.detail(run_id)
    assert await ground.states(run_id) == ["failed", "failed", "pending", "pending"]
    assert detail.run.message.startswith("It broke off 5 times at the same point.")


async def test_an_absent_database_is_waited_for(ground: Ground, errands: Errands) -> None:
    failpoints.arm({"read_page.before_commit": "fail"})
    run_id = await ground.start(KIND, Wanted(pages=1))
    await ground.drain()
    assert await ground.states(run_id) == ["retrying", "succeeded", "retrying", "pending"]
    await ground.wear_out()
    assert await ground.states(run_id) == ["succeeded"] * 4


async def test_a_database_that_goes_away_in_the_middle_is_waited_for(
    ground: Ground, errands: Errands
) -> None:
    async def cut_off(run: StepRun) -> Outcome | None:
        async with run.transaction(name="read_page") as tx:
            await run.keep_artifact(tx, "lost.txt", "text/plain", b"lost")
            await tx.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return None

    errands.then("read", cut_off)
    run_id = await ground.start(KIND, Wanted(pages=1))
    await ground.drain()
    assert (await ground.detail(run_id)).steps[1].error == "DatabaseAway"
    await ground.wear_out()
    assert await ground.states(run_id) == ["succeeded"] * 4
    assert [a.name for a in (await ground.detail(run_id)).artifacts] == ["page-1.txt"]


async def test_what_breaks_inside_a_library_is_told_by_our_own_line(
    ground: Ground, errands: Errands
) -> None:
    async def misfit(run: StepRun) -> Outcome:
        return Done(Pages.model_construct(pages=object()))

    errands.then("count", *[misfit] * 5)
    run_id = await ground.start(KIND, Wanted())
    await ground.wear_out()
    error = (await ground.detail(run_id)).run.error
    assert error.startswith("PydanticSerializationError at jobs/runs.py:")


async def test_nothing_to_do_ends_the_run_and_says_so(ground: Ground) -> None:
    run_id = await ground.start(KIND, Wanted(pages=0))
    await ground.drain()
    assert await ground.states(run_id) == ["no_work"] * 4
    assert (await ground.detail(run_id)).run.message == "There are no pages."


async def test_nothing_left_to_do_after_some_work_is_a_success(
    ground: Ground, errands: Errands
) -> None:
    async def nothing(run: StepRun) -> Outcome:
        return NothingToDo("All of it is known.")

    errands.then("read", nothing)
    run_id = await ground.start(KIND, Wanted())
    await ground.drain()
    assert await ground.states(run_id) == ["succeeded", "succeeded", "no_work", "no_work"]


async def test_partial_success_is_called_partial(ground: Ground, errands: Errands) -> None:
    async def half(run: StepRun) -> Outcome:
        return Done(Pages(pages=3, read=2), "1 page was not readable.", partial=True)

    errands.then("read", half)
    run_id = await ground.start(KIND, Wanted())
    await ground.drain()
    detail = await ground.detail(run_id)
    assert (detail.run.state, detail.run.partial) == (State.SUCCEEDED, True)
    assert [step.partial for step in detail.steps] == [False, True, False]


async def test_a_step_that_gives_something_else_is_a_fault_of_ours(
    ground: Ground, errands: Errands
) -> None:
    async def odd(run: StepRun) -> Outcome:
        return Done(Wanted())

    errands.then("read", *[odd] * 5)
    run_id = await ground.start(KIND, Wanted())
    await ground.wear_out()
    assert (await ground.detail(run_id)).run.error.startswith("TypeError at jobs/runs.py:")


async def test_a_kind_that_this_version_does_not_know_is_left_to_another(ground: Ground) -> None:
    async with ground.transaction() as tx:
        await runs.start(tx, "newer", Wanted(), trigger=Trigger.CRON, by="x", now=ground.now())
    job = await ground.take()
    assert job is not None
    with pytest.raises(Retryable):
        await ground.worker().step(job)
    assert await ground.value("SELECT state FROM runs") == "pending"


async def test_a_run_whose_steps_are_no_longer_the_same_fails_and_says_so(ground: Ground) -> None:
    run_id = await ground.start(KIND, Wanted())
    await ground.work()
    await ground.value("UPDATE steps SET name = 'older' WHERE position = 1 RETURNING 1")
    await ground.drain()
    detail = await ground.detail(run_id)
    assert detail.run.state is State.FAILED
    assert "no longer the same" in detail.run.message


async def test_parameters_of_another_version_fail_the_run_and_say_so(ground: Ground) -> None:
    run_id = await ground.start(KIND, Wanted())
    await ground.value("""UPDATE runs SET params = '{"pages": "many"}' RETURNING 1""")
    await ground.drain()
    assert "no longer the same" in (await ground.detail(run_id)).run.message


async def test_a_run_that_lost_its_job_is_found(ground: Ground) -> None:
    run_id = await ground.start(KIND, Wanted())
    await ground.work()
    assert await ground.take() is not None

    async def wake() -> int:
        async with ground.transaction() as tx:
            return await runs.wake_lost(tx, now=ground.now())

    assert await wake() == 0
    ground.wait(timedelta(minutes=2))
    assert await wake() == 1
    await ground.drain()
    assert await ground.states(run_id) == ["succeeded"] * 4
    assert await wake() == 0


async def test_a_job_that_comes_late_or_twice_does_nothing(
    ground: Ground, errands: Errands
) -> None:
    await ground.start(KIND, Wanted())
    job = await ground.take()
    assert job is not None
    await ground.worker().step(job)
    await ground.worker().step(job)
    await ground.drain()
    await ground.worker().step(job)
    assert errands.did == ["count", "read", "read", "read", "add_up"]


async def test_runs_of_another_workspace_are_out_of_sight(ground: Ground) -> None:
    run_id = await ground.start(KIND, Wanted())
    async with ground.transaction(await ground.add_team()) as tx:
        with pytest.raises(UserError, match="There is no run"):
            await runs.get_run(tx, run_id)
        assert (await runs.list_runs(tx)).runs == []
    assert (await ground.detail(run_id)).run.workspace_id == ground.team
