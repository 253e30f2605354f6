"""Whatever happens to a run, in whatever order: it ends, by the rules, and as if nothing had been."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import failpoints
from bot.domain.runs import State
from bot.errors import Conflict, Permanent, Retryable, UserError
from bot.use_cases import runs
from tests.integration.runs.errands import KIND, Errands, Happening, Wanted, breaks
from tests.running import Ground

_PLACES = [
    f"{name}.{side}_commit"
    for name in ("begin_step", "leave_step", "read_page")
    for side in ("before", "after")
]
mishaps = st.sampled_from(
    [
        ("step", "retryable"),
        ("step", "refused"),
        ("step", "broken"),
        ("step", "contested"),
        ("person", "cancel"),
        ("person", "retry"),
        ("worker", "lost"),
        *(("process", place) for place in _PLACES),
    ]
)
_MAKE: dict[str, Happening] = {
    "retryable": breaks(Retryable("limit", after_s=20)),
    "refused": breaks(Permanent("gone")),
    "broken": breaks(KeyError("x")),
    "contested": breaks(Conflict("x")),
}


@given(pages=st.integers(0, 4), story=st.lists(mishaps, max_size=12))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_any_story_ends_as_the_undisturbed_one(
    ground: Ground, pages: int, story: list[tuple[str, str]]
) -> None:
    errands = Errands()
    ground.pipelines = [errands.pipeline()]
    run_id = await ground.start(KIND, Wanted(pages=pages))
    seen = [State.PENDING]
    for who, what in story:
        await happen(ground, errands, run_id, who, what)
        await ground.work()
        seen.append((await ground.detail(run_id)).run.state)
    failpoints.arm({})
    errands.before.clear()
    await ground.wear_out()
    if await ended_badly(ground, run_id):
        await ground.steer(runs.retry, run_id)
        await ground.wear_out()
    check_order(seen)
    detail = await ground.detail(run_id)
    if pages == 0:
        assert detail.run.state is State.NO_WORK
        return
    assert await ground.states(run_id) == ["succeeded"] * 4
    assert detail.run.message == f"The sum is {sum(range(pages))}."
    assert [a.name for a in detail.artifacts] == [f"page-{n + 1}.txt" for n in range(pages)]


async def happen(ground: Ground, errands: Errands, run_id: object, who: str, what: str) -> None:
    match who:
        case "step":
            for step in ("count", "read", "add_up"):
                errands.before[step] = [_MAKE[what]]
        case "person":
            try:
                await ground.steer(getattr(runs, what), run_id)  # type: ignore[arg-type]
            except UserError:
                return
        case "worker":
            await ground.take()
            async with ground.transaction() as tx:
                ground.wait(timedelta(minutes=2))
                await runs.wake_lost(tx, now=ground.now())
        case "process":
            failpoints.arm({what: "fail"})


async def ended_badly(ground: Ground, run_id: object) -> bool:
    state = (await ground.detail(run_id)).run.state  # type: ignore[arg-type]
    return state in (State.FAILED, State.CANCELLED)


def check_order(seen: list[State]) -> None:
    """What had done its work stayed so."""
    for final in (State.SUCCEEDED, State.NO_WORK):
        if final in seen:
            assert set(seen[seen.index(final) :]) == {final}
