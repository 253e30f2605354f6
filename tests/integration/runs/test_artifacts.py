"""What runs leave behind: kept once, for a time, up to a size, and listed page by page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.runs import LARGEST_ARTIFACT, RunId, State, Trigger, check_artifact
from bot.errors import Permanent, UserError
from bot.use_cases import housekeeping, runs
from bot.use_cases.housekeeping import Keeping
from jobs.pipelines import Outcome, StepRun
from tests.integration.runs.errands import KIND, Errands, Wanted, breaks
from tests.running import Ground

_CONTENTS = "SELECT count(*) FROM artifact_contents"
_ARTIFACTS = "SELECT count(*) FROM artifacts"


async def forget(ground: Ground) -> None:
    async with ground.transaction() as tx:
        await housekeeping.forget(tx, keeping=Keeping(), now=ground.now())


async def attach(ground: Ground, run_id: RunId, name: str, body: bytes) -> None:
    async with ground.transaction() as tx:
        now = ground.now()
        await runs.attach_artifact(tx, run_id, name, "text/plain", body, by="M1", now=now)


async def test_the_same_content_is_kept_once_and_as_long_as_somebody_has_it(
    ground: Ground,
) -> None:
    first = await ground.start(KIND, Wanted(pages=2))
    await ground.drain()
    ground.wait(timedelta(days=50))
    await ground.start(KIND, Wanted(pages=1))
    await ground.drain()
    assert (await ground.value(_CONTENTS), await ground.value(_ARTIFACTS)) == (2, 3)
    ground.wait(timedelta(days=50))
    await forget(ground)
    assert (await ground.value(_CONTENTS), await ground.value(_ARTIFACTS)) == (1, 1)
    detail = await ground.detail(first)
    assert (detail.run.state, list(detail.artifacts)) == ("succeeded", [])
    async with ground.transaction() as tx:
        with pytest.raises(UserError, match="its time is over"):
            await runs.read_artifact(tx, first, 1)


async def test_the_same_name_again_replaces_what_was_there(ground: Ground) -> None:
    run_id = await ground.start(KIND, Wanted(pages=0))
    await ground.drain()
    for body in (b"one", b"two", b"two"):
        await attach(ground, run_id, "log.txt", body)
    [artifact] = (await ground.detail(run_id)).artifacts
    assert artifact.size == 3
    await forget(ground)
    assert await ground.value(_CONTENTS) == 1


async def test_runs_are_forgotten_with_all_they_have_but_not_while_they_go_on(
    ground: Ground,
) -> None:
    old = await ground.start(KIND, Wanted(pages=1))
    await ground.drain()
    waiting = await ground.start(KIND, Wanted())
    ground.wait(timedelta(days=401))
    await forget(ground)
    assert await ground.value("SELECT array_agg(run_id) FROM runs") == [waiting]
    for table in ("steps", "artifacts", "artifact_contents"):
        assert await ground.value(f"SELECT count(*) FROM {table}") == 0, table
    assert old != waiting


async def test_what_is_too_large_is_refused_in_words(ground: Ground, errands: Errands) -> None:
    async def too_large(run: StepRun) -> Outcome | None:
        async with run.transaction(name="read_page") as tx:
            await run.keep_artifact(tx, "dump.txt", "text/plain", b"x" * (LARGEST_ARTIFACT + 1))
        return None

    errands.then("count", too_large)
    run_id = await ground.start(KIND, Wanted())
    await ground.drain()
    run = (await ground.detail(run_id)).run
    assert run.message == (
        "dump.txt has 10,000,001 bytes, and an artifact may have 10,000,000. "
        "Shorten it, or attach it in parts."
    )
    assert await ground.value(_CONTENTS) == 0


@pytest.mark.parametrize("name", ["", "a/b.txt", "..", "a\nb", "x" * 201, '"a".txt'])
def test_a_name_that_would_lead_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(UserError, match="plain file name"):
        check_artifact(name, "text/plain", 1)


@pytest.mark.parametrize("media_type", ["", "text", "text/html\r\nSet-Cookie: a", "a b/c"])
def test_a_media_type_that_is_none_is_refused(media_type: str) -> None:
    with pytest.raises(UserError, match="media type"):
        check_artifact("log.txt", media_type, 1)


async def test_runs_are_listed_newest_first_and_by_what_they_are(
    ground: Ground, errands: Errands
) -> None:
    done = await ground.start(KIND, Wanted(pages=0), trigger=Trigger.CRON)
    await ground.drain()
    errands.then("count", breaks(Permanent("gone")))
    failed = await ground.start(KIND, Wanted())
    await ground.drain()
    other = await ground.start("others", Wanted())

    async def listed(**how: object) -> list[RunId]:
        async with ground.transaction() as tx:
            page = await runs.list_runs(tx, **how)  # type: ignore[arg-type]
            return [run.run_id for run in page.runs]

    assert await listed() == [other, failed, done]
    assert await listed(kind=KIND) == [failed, done]
    assert await listed(states=[State.FAILED, State.PENDING]) == [other, failed]
    assert await listed(trigger=Trigger.CRON) == [done]
    for cursor in ("x", "-1", "1.5", "9" * 30, "\u0661"):
        with pytest.raises(UserError, match="not a cursor"):
            await listed(cursor=cursor)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(limit=st.integers(1, 4), between=st.lists(st.integers(0, 2), min_size=8, max_size=8))
async def test_pages_hold_each_run_once_whatever_starts_meanwhile(
    ground: Ground, limit: int, between: list[int]
) -> None:
    async def add() -> None:
        run_id = await ground.start(KIND, Wanted())
        await ground.steer(runs.cancel, run_id)

    for _ in range(3):
        await add()
    known = await ground.value("SELECT array_agg(run_id ORDER BY run_id DESC) FROM runs")
    seen, cursor = [], ""
    for more in [*between, *[0] * 200]:
        async with ground.transaction() as tx:
            page = await runs.list_runs(tx, cursor=cursor, limit=limit)
        seen += [run.run_id for run in page.runs]
        cursor = page.next_cursor
        if not cursor:
            break
        for _ in range(more):
            await add()
    assert seen == known
