"""What people do with runs: cancel, retry, restart, notes and artifacts of their own."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.domain.runs import RunId, Trigger
from bot.errors import Permanent, Retryable, UserError
from bot.ports.github import CredentialState
from bot.use_cases import departures, runs
from jobs.pipelines import Outcome, StepRun
from tests.integration.runs.errands import KIND, Errands, Wanted, breaks
from tests.running import Ground
from tests.vaults import vault

_CHECKS = """
    SELECT array_agg(details ->> 'state' ORDER BY audit_id)
      FROM audits WHERE action = 'run.credential_checked'
"""
_ACTIONS = "SELECT array_agg(action ORDER BY audit_id) FROM audits WHERE actor = 'M1'"


async def test_a_run_that_nobody_is_at_work_on_is_cancelled_at_once(
    ground: Ground, errands: Errands
) -> None:
    waiting = await ground.start(KIND, Wanted())
    assert (await ground.steer(runs.cancel, waiting)).at_once
    assert await ground.states(waiting) == ["cancelled"]
    errands.then("read", breaks(Retryable("limit", after_s=60)))
    retrying = await ground.start(KIND, Wanted())
    await ground.drain()
    await ground.steer(runs.cancel, retrying)
    await ground.wear_out()
    assert await ground.states(retrying) == ["cancelled", "succeeded", "cancelled", "pending"]
    assert errands.did == ["count", "read"]


async def test_a_run_that_is_under_way_is_cancelled_between_two_pages_and_can_go_on(
    ground: Ground, errands: Errands
) -> None:
    async def cancels(run: StepRun) -> Outcome | None:
        assert not (await ground.steer(runs.cancel, run.run_id)).at_once
        assert (await ground.detail(run.run_id)).run.cancel_asked
        return None

    errands.then("read", cancels)
    run_id = await ground.start(KIND, Wanted(pages=3))
    await ground.drain()
    assert await ground.states(run_id) == ["cancelled", "succeeded", "cancelled", "pending"]
    assert not (await ground.detail(run_id)).run.cancel_asked
    await ground.steer(runs.retry, run_id)
    await ground.drain()
    assert await ground.states(run_id) == ["succeeded"] * 4
    # The page that had been read is not read again.
    assert errands.did.count("read") == 3
    assert (await ground.detail(run_id)).run.message == "The sum is 3."


async def test_a_run_is_cancelled_at_the_end_of_a_step_but_not_of_its_last(
    ground: Ground, errands: Errands
) -> None:
    async def cancels(run: StepRun) -> Outcome | None:
        await ground.steer(runs.cancel, run.run_id)
        return None

    errands.then("count", cancels)
    run_id = await ground.start(KIND, Wanted())
    await ground.drain()
    assert await ground.states(run_id) == ["cancelled", "succeeded", "pending", "pending"]
    errands.then("add_up", cancels)
    await ground.steer(runs.retry, run_id)
    await ground.drain()
    assert await ground.states(run_id) == ["succeeded"] * 4


async def test_a_run_that_would_have_waited_is_cancelled_and_promises_nothing(
    ground: Ground, errands: Errands
) -> None:
    async def cancels(run: StepRun) -> Outcome | None:
        await ground.steer(runs.cancel, run.run_id)
        raise Retryable("rate_limited", after_s=600)

    errands.then("read", cancels)
    run_id = await ground.start(KIND, Wanted())
    await ground.drain()
    run = (await ground.detail(run_id)).run
    assert (run.state, run.said, run.trouble) == ("cancelled", "Cancelled.", "")


async def test_a_wish_to_cancel_outlives_the_worker(ground: Ground, errands: Errands) -> None:
    async def dies(run: StepRun) -> Outcome | None:
        await ground.steer(runs.cancel, run.run_id)
        raise KeyboardInterrupt

    errands.then("count", dies)
    run_id = await ground.start(KIND, Wanted())
    job = await ground.take()
    assert job is not None
    with pytest.raises(KeyboardInterrupt):
        await ground.worker().step(job)
    await ground.worker().step(job)
    assert await ground.states(run_id) == ["cancelled", "cancelled", "pending", "pending"]


async def test_what_has_ended_is_not_cancelled_and_what_has_not_is_not_retried(
    ground: Ground,
) -> None:
    run_id = await ground.start(KIND, Wanted())
    with pytest.raises(UserError, match="has not ended yet"):
        await ground.steer(runs.retry, run_id)
    await ground.drain()
    with pytest.raises(UserError, match="has ended already"):
        await ground.steer(runs.cancel, run_id)
    with pytest.raises(UserError, match="has done its work"):
        await ground.steer(runs.retry, run_id)
    for act in (runs.retry, runs.restart, runs.cancel):
        with pytest.raises(UserError, match="There is no run 999999"):
            await ground.steer(act, RunId(999999))


async def test_a_retry_waits_for_the_one_that_is_active(ground: Ground, errands: Errands) -> None:
    errands.then("count", breaks(Permanent("gone")))
    failed = await ground.start(KIND, Wanted())
    await ground.drain()
    newer = await ground.start(KIND, Wanted())
    assert await ground.steer(runs.retry, failed) == runs.AlreadyActive(newer)
    assert await ground.steer(runs.restart, failed) == runs.AlreadyActive(newer)
    assert await ground.states(failed) == ["failed", "failed", "pending", "pending"]


async def test_a_restart_begins_again_as_another_run(ground: Ground, errands: Errands) -> None:
    errands.then("add_up", breaks(Permanent("gone")))
    run_id = await ground.start(KIND, Wanted(pages=2), trigger=Trigger.CRON)
    await ground.drain()
    started = await ground.steer(runs.restart, run_id)
    assert isinstance(started, runs.Started)
    await ground.drain()
    again = (await ground.detail(started.run_id)).run
    assert (again.restart_of, again.trigger, again.params) == (run_id, Trigger.PERSON, {"pages": 2})
    assert errands.did == ["count", "read", "read", "add_up"] * 2
    assert await ground.states(run_id) == ["failed", "succeeded", "succeeded", "failed"]
    assert "run.restarted" in await ground.value(_ACTIONS)


async def test_a_run_tells_which_credential_it_used_and_that_it_was_looked_at(
    ground: Ground, errands: Errands
) -> None:
    ground.pipelines = [errands.pipeline(with_credential=True)]
    errands.credential_state = CredentialState.EXPIRES_SOON
    run_id = await ground.start(KIND, Wanted())
    await ground.drain()
    run = (await ground.detail(run_id)).run
    assert (run.credential, run.credential_state) == ("GitHub App on acme", "expires_soon")
    assert (run.state, errands.checks) == ("succeeded", 1)
    assert await ground.value(_CHECKS) == ["expires_soon"]


async def test_a_retry_that_cannot_work_fails_at_once_and_says_what_to_mend(
    ground: Ground, errands: Errands
) -> None:
    ground.pipelines = [errands.pipeline(with_credential=True)]

    async def revoked(run: StepRun) -> Outcome | None:
        errands.credential_state = CredentialState.REVOKED
        raise Permanent("revoked")

    errands.then("read", revoked)
    run_id = await ground.start(KIND, Wanted())
    await ground.drain()
    run = (await ground.detail(run_id)).run
    assert (run.credential_state, run.message) == ("revoked", "Connect it again.")
    await ground.steer(runs.retry, run_id)
    await ground.drain()
    run = (await ground.detail(run_id)).run
    assert (run.state, run.message, run.attempt) == ("failed", "Connect it again.", 2)
    assert errands.did == ["count", "read"]
    errands.credential_state = CredentialState.VALID
    await ground.steer(runs.retry, run_id)
    await ground.drain()
    assert await ground.states(run_id) == ["succeeded"] * 4
    assert await ground.value(_CHECKS) == ["valid", "revoked", "revoked", "valid"]


async def test_where_the_credential_cannot_be_looked_at_the_run_waits(
    ground: Ground, errands: Errands, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise Retryable("no_answer", after_s=30)

    monkeypatch.setattr(errands, "check", away)
    ground.pipelines = [errands.pipeline(with_credential=True)]
    run_id = await ground.start(KIND, Wanted())
    await ground.drain()
    assert await ground.states(run_id) == ["retrying", "retrying", "pending", "pending"]
    monkeypatch.undo()
    ground.pipelines = [errands.pipeline(with_credential=True)]
    errands.then("count", breaks(Permanent("gone")))
    ground.wait(timedelta(minutes=1))
    await ground.drain()
    message = (await ground.detail(run_id)).run.message
    assert message.startswith("GitHub shows it to us no longer.")


async def test_a_refusal_that_cannot_be_looked_into_is_told_by_its_reason(
    ground: Ground, errands: Errands
) -> None:
    pipeline = errands.pipeline(with_credential=True)

    async def refuses(run: StepRun) -> Outcome | None:
        errands.checks = -1
        raise Permanent("suspended")

    async def check(*_: object) -> object:
        if errands.checks < 0:
            raise Retryable("no_answer")
        return await errands.check(*_)  # type: ignore[arg-type]

    errands.then("count", refuses)
    ground.pipelines = [
        type(pipeline)(pipeline.kind, pipeline.title, pipeline.steps, None, check)  # type: ignore[arg-type]
    ]
    run_id = await ground.start(KIND, Wanted())
    await ground.drain()
    assert "Unsuspend it on GitHub" in (await ground.detail(run_id)).run.message


async def test_people_attach_notes_and_artifacts(ground: Ground) -> None:
    run_id = await ground.start(KIND, Wanted(pages=1))
    await ground.drain()
    async with ground.transaction() as tx:
        now = ground.now()
        await runs.attach_note(tx, run_id, " Token renewed. ", by="M1", now=now)
        artifact = await runs.attach_artifact(
            tx, run_id, "shot.png", "image/png", b"png", by="M1", now=now
        )
        for text in ("", " ", "x" * 2001):
            with pytest.raises(UserError, match="A note has between"):
                await runs.attach_note(tx, run_id, text, by="M1", now=now)
        with pytest.raises(UserError, match="There is no run"):
            await runs.attach_note(tx, RunId(999999), "Hi", by="M1", now=now)
        content = await runs.read_artifact(tx, run_id, artifact)
    detail = await ground.detail(run_id)
    assert [(note.text, note.author) for note in detail.notes] == [("Token renewed.", "M1")]
    assert [(a.name, a.step, a.added_by) for a in detail.artifacts] == [
        ("page-1.txt", "read", ""),
        ("shot.png", "", "M1"),
    ]
    assert (content.body, content.media_type) == (b"png", "image/png")
    assert {"run.note_added", "run.artifact_added"} <= set(await ground.value(_ACTIONS))


async def test_a_workspace_that_leaves_has_its_runs_cancelled(
    ground: Ground, errands: Errands
) -> None:
    errands.then("read", breaks(Retryable("limit", after_s=60)))
    run_id = await ground.start(KIND, Wanted())
    await ground.drain()
    async with ground.transaction() as tx:
        await departures.leave(tx, vault=vault(), now=ground.now())
    await ground.wear_out()
    assert await ground.states(run_id) == ["cancelled", "succeeded", "cancelled", "pending"]


async def test_any_number_of_workers_end_a_run_once(ground: Ground) -> None:
    run_id = await ground.start(KIND, Wanted())
    await ground.value("UPDATE runs SET cancel_asked = true RETURNING 1")
    job = await ground.take()
    assert job is not None
    await asyncio.gather(*(ground.worker().step(job) for _ in range(5)))
    assert await ground.states(run_id) == ["cancelled"]
    ended = ground.watch.metrics.registry.get_sample_value(
        "hunch_runs_total", {"kind": KIND, "outcome": "cancelled"}
    )
    assert ended == 1
