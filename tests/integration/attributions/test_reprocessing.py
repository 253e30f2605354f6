"""After a rule change history is judged again, in a run that nothing can stop for good."""

from __future__ import annotations

from bot import failpoints
from bot.domain.attributions import VERSION
from bot.use_cases import runs
from bot.use_cases.attributions import REPROCESS
from jobs.attributions import WantedReprocessing, what_is_due
from tests.integration.attributions.conftest import PAGE
from tests.integration.attributions.past import judge, keep_past, stored
from tests.running import Ground

_OLD = """
    UPDATE attributions
       SET rule_version = 1, tier = 'unknown', assisted = NULL, tools = '{}', evidence = '[]',
           initiator_login = NULL
     WHERE number % 2 = 0
 RETURNING number
"""
_GONE = "DELETE FROM attributions WHERE number % 5 = 0 RETURNING number"


async def judged_by_old_rules(ground: Ground, count: int) -> list[dict[str, object]]:
    """Some judged by older rules, some not at all; returns what judging afresh gives."""
    await judge(ground, await keep_past(ground, count))
    afresh = await stored(ground)
    await ground.value(_OLD)
    await ground.value(_GONE)
    assert await stored(ground) != afresh
    return afresh


async def test_it_ends_as_if_everything_had_been_judged_afresh(ground: Ground) -> None:
    afresh = await judged_by_old_rules(ground, 3 * PAGE + 2)
    run_id = await ground.start(REPROCESS, WantedReprocessing())
    await ground.wear_out()
    assert await ground.states(run_id) == ["succeeded", "succeeded"]
    assert await stored(ground) == afresh
    assert {row["rule_version"] for row in afresh} == {VERSION}
    assert {row["tier"] for row in afresh} == {"strong", "weak", "unknown"}
    assert {row["initiator_login"] for row in afresh} == {None, "ada"}


async def test_its_progress_says_how_many_it_judged_and_how_many_changed(ground: Ground) -> None:
    await judged_by_old_rules(ground, 2 * PAGE)
    run_id = await ground.start(REPROCESS, WantedReprocessing())
    await ground.wear_out()
    (step,) = await ground.steps(run_id)
    assert step.counts["judged"] == 8
    assert 0 < step.counts["changed"] <= 8
    assert "Judged 8 pull requests" in step.message


async def test_where_todays_rules_judged_everything_there_is_no_work(ground: Ground) -> None:
    await judge(ground, await keep_past(ground, 3))
    run_id = await ground.start(REPROCESS, WantedReprocessing())
    await ground.wear_out()
    assert (await ground.states(run_id))[0] == "no_work"
    async with ground.transaction() as tx:
        assert await what_is_due(tx) is None


async def test_the_clock_starts_one_only_where_older_rules_left_something(ground: Ground) -> None:
    await keep_past(ground, 1)
    async with ground.transaction() as tx:
        assert await what_is_due(tx) == WantedReprocessing()


async def test_everything_can_be_judged_again_on_request(ground: Ground) -> None:
    await judge(ground, await keep_past(ground, 2 * PAGE))
    run_id = await ground.start(REPROCESS, WantedReprocessing(everything=True))
    await ground.wear_out()
    (step,) = await ground.steps(run_id)
    assert (step.counts["judged"], step.counts["changed"]) == (2 * PAGE, 0)


REPROCESSING = tuple(
    f"{name}.{side}_commit" for name in ("reprocess_attributions",) for side in ("before", "after")
)


async def test_it_goes_on_where_a_page_was_cut_off(ground: Ground) -> None:
    afresh = await judged_by_old_rules(ground, 3 * PAGE)
    run_id = await ground.start(REPROCESS, WantedReprocessing())
    for place in REPROCESSING:
        failpoints.arm({place: "fail"})
        await ground.work()
        failpoints.arm({})
    await ground.wear_out()
    assert (await ground.states(run_id))[0] == "succeeded"
    assert await stored(ground) == afresh


async def test_cancelled_in_the_middle_it_is_taken_up_again_by_a_restart(ground: Ground) -> None:
    afresh = await judged_by_old_rules(ground, 5 * PAGE)
    run_id = await ground.start(REPROCESS, WantedReprocessing())
    await ground.work()
    await ground.steer(runs.cancel, run_id)
    await ground.wear_out()
    assert (await ground.states(run_id))[0] == "cancelled"
    assert await stored(ground) != afresh
    await ground.start(REPROCESS, WantedReprocessing())
    await ground.wear_out()
    assert await stored(ground) == afresh
