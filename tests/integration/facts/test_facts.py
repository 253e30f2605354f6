"""Facts follow whatever is heard of a pull request, its people, its teams and its settings."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.domain.facts import REVERTS, Calendar, FactSettings, Measure, Population
from bot.domain.pull_requests import Trace
from bot.domain.rollups import Scope, added_up
from bot.errors import UserError
from bot.ports import Job
from bot.use_cases import facts, housekeeping
from jobs.engine import QueuedJob
from jobs.rollups import FactKeeper
from storage import fact_settings, rollups
from tests.integration.facts.support import DAY, HOUR, MONDAY, Weeks, bot, person, refresh, told

H = 3600
_STALE = "SELECT count(*) FROM stale_facts"


async def test_a_merge_counts_in_its_week_everywhere_it_belongs(weeks: Weeks) -> None:
    await weeks.belongs("person1", "shop", MONDAY - DAY)
    await weeks.hear(told(reviews=[("person2", MONDAY + HOUR)]))
    await weeks.settle()
    known = await weeks.facts_of()
    assert (known["cycle_s"], known["first_review_s"], known["review_s"]) == (5 * H, H, 3 * H)
    team = await weeks.team("shop")
    for scope, scope_id in (
        (Scope.WORKSPACE, 0),
        (Scope.TEAM, team),
        (Scope.MEMBER, person("person1").github_id),
        (Scope.REPOSITORY, 7),
    ):
        [one] = await weeks.of(scope, scope_id)
        assert (one.week, one.counts.merged, one.counts.reviewed) == (MONDAY.date(), 1, 1)
        assert one.measured[Measure.CYCLE].mean() == 5 * H
        assert one.measured[Measure.LINES].n == 1


async def test_weeks_add_up(weeks: Weeks) -> None:
    hours = [1, 2, 3, 50]
    for number, length in enumerate(hours, start=1):
        merged_at = MONDAY + number * 3 * DAY
        commits = [merged_at - length * HOUR]
        await weeks.hear(told(number, opened_at=MONDAY, merged_at=merged_at, commits=commits))
    await weeks.settle()
    found = await weeks.of(Scope.WORKSPACE)
    assert len(found) == 2
    cycle = added_up(one.measured[Measure.CYCLE] for one in found)
    assert (cycle.n, cycle.mean()) == (4, 14 * H)
    assert cycle.quantile(0.5) == pytest.approx(2 * H, rel=0.02)
    nothing = added_up([])
    assert (nothing.mean(), nothing.quantile(0.5)) == (None, None)


async def test_a_second_look_that_shows_nothing_new_changes_nothing(weeks: Weeks) -> None:
    await weeks.hear(told())
    await weeks.settle()
    before = await weeks.world.rows(
        "SELECT xmin::text FROM rollups UNION SELECT xmin::text FROM facts"
    )
    await weeks.hear(told())
    await weeks.settle()
    after = await weeks.world.rows(
        "SELECT xmin::text FROM rollups UNION SELECT xmin::text FROM facts"
    )
    assert before == after


async def test_late_reviews_correct_old_weeks(weeks: Weeks) -> None:
    await weeks.hear(told())
    await weeks.settle()
    [before] = await weeks.of(Scope.WORKSPACE)
    await weeks.hear(told(reviews=[("person2", MONDAY + HOUR)]))
    await weeks.settle()
    [after] = await weeks.of(Scope.WORKSPACE)
    assert (before.counts.reviewed, after.counts.reviewed) == (0, 1)
    assert after.measured[Measure.FIRST_REVIEW].total == H


async def test_it_counts_to_the_team_at_the_merge_whenever_that_is_heard_of(weeks: Weeks) -> None:
    await weeks.hear(told())
    await weeks.settle()
    assert (await weeks.facts_of())["team_ids"] == []
    await weeks.belongs("person1", "shop", MONDAY, MONDAY + 4 * HOUR)
    await weeks.belongs("person1", "search", MONDAY + 4 * HOUR)
    await weeks.settle()
    assert (await weeks.facts_of())["team_ids"] == [await weeks.team("search")]
    await weeks.world.run(
        "UPDATE team_memberships SET since = $1 WHERE until IS NULL", MONDAY + DAY
    )
    await weeks.settle()
    assert (await weeks.facts_of())["team_ids"] == []
    assert await weeks.of(Scope.TEAM, await weeks.team("search")) == []


async def test_other_peoples_teams_make_nothing_stale(weeks: Weeks) -> None:
    await weeks.hear(told())
    await weeks.settle()
    await weeks.belongs("person2", "shop", MONDAY - DAY)
    await weeks.belongs("person1", "shop", MONDAY + DAY)
    assert await weeks.world.value(_STALE) == 0


async def test_what_authors_and_rules_say_moves_it_to_another_tier(weeks: Weeks) -> None:
    await weeks.hear(told())
    for tier, assisted, stands in (
        ("strong", True, "strong"),
        ("declared", True, "declared"),
        ("declared", False, "declared_no"),
        ("unknown", None, "unknown"),
    ):
        await weeks.judged(1, tier, assisted=assisted)
        await weeks.settle()
        [one] = await weeks.of(Scope.WORKSPACE)
        assert (one.tier, one.counts.merged) == (stands, 1)
    await weeks.judged(1, "unknown", assisted=None)
    assert await weeks.world.value(_STALE) == 0


async def test_an_agents_work_counts_to_whoever_started_it(weeks: Weeks) -> None:
    starter = person("person2")
    await weeks.hear(told(author=bot("copilot")))
    await weeks.world.run(
        "UPDATE attributions SET initiator_login = $1 WHERE number = 1", starter.login
    )
    await weeks.settle()
    known = await weeks.facts_of()
    assert (known["population"], known["author_login"]) == ("people", starter.login)
    assert known["author_id"] is None
    await weeks.world.run(
        "INSERT INTO github_accounts (workspace_id, account_id, login, kind)"
        " VALUES ($1, $2, $3, 'user')",
        weeks.workspace_id, starter.github_id, starter.login,
    )  # fmt: skip
    await weeks.settle()
    [one] = await weeks.of(Scope.MEMBER, starter.github_id)
    assert one.counts.merged == 1


async def test_bots_are_apart(weeks: Weeks) -> None:
    await weeks.hear(told(author=bot()), told(2, reviews=[(bot(), MONDAY + HOUR)]))
    await weeks.settle()
    found = {one.population: one.counts for one in await weeks.of(Scope.WORKSPACE)}
    assert {population: counts.merged for population, counts in found.items()} == {
        "bots": 1,
        "people": 1,
    }
    assert (await weeks.facts_of(2))["bot_reviews"] == 1
    assert found[Population.PEOPLE].reviewed == 0


async def test_who_is_excluded_or_moves_is_counted_anew(weeks: Weeks) -> None:
    await weeks.hear(told(reviews=[("person2", MONDAY + HOUR)]))
    await weeks.settle()
    assert (await weeks.facts_of())["first_review_working_s"] == H
    await weeks.world.run(
        "UPDATE members SET timezone = 'Asia/Tokyo' WHERE slack_user_id = 'UPERSON2'"
    )
    await weeks.world.run("UPDATE members SET excluded = true WHERE slack_user_id = 'UPERSON1'")
    await weeks.settle()
    known = await weeks.facts_of()
    assert (known["first_review_working_s"], known["population"]) == (0, "excluded")
    await weeks.world.run("DELETE FROM github_links WHERE github_login = 'person1-gh'")
    await weeks.settle()
    assert (await weeks.facts_of())["population"] == "people"
    await weeks.world.run("UPDATE members SET name = name || '!'")
    assert await weeks.world.value(_STALE) == 0


async def test_the_workspaces_clock_moves_its_weeks(weeks: Weeks) -> None:
    await weeks.hear(told(merged_at=MONDAY - 12 * HOUR, opened_at=MONDAY - DAY))
    await weeks.settle()
    assert (await weeks.facts_of())["week"] == date(2026, 10, 26)
    await weeks.world.game(timezone="Pacific/Auckland")
    await weeks.settle()
    assert (await weeks.facts_of())["week"] == date(2026, 11, 2)
    assert [one.week for one in await weeks.of(Scope.WORKSPACE)] == [date(2026, 11, 2)]


async def test_settings_count_for_the_past_too(weeks: Weeks) -> None:
    await weeks.hear(told(title="Bump it", labels=frozenset({"deps"})), told(2))
    await weeks.settle()
    wanted = FactSettings(
        Calendar(holidays=frozenset({MONDAY.date()})), ignored_labels=("deps",), most_lines=500
    )
    async with weeks.world.transaction() as tx:
        await facts.change_settings(tx, wanted, actor="operator", now=weeks.world.now)
        assert await fact_settings.get(tx) == wanted
        assert not (await facts.standing(tx)).is_up_to_date
    await weeks.settle()
    assert (await weeks.facts_of())["population"] == "noise"
    assert (await weeks.facts_of(2))["cycle_working_s"] == 0
    async with weeks.world.transaction() as tx:
        await facts.change_settings(tx, wanted, actor="operator", now=weeks.world.now)
    assert await weeks.world.value(_STALE) == 0
    audited = "SELECT count(*) FROM audits WHERE action = 'facts.settings_changed'"
    assert await weeks.world.value(audited) == 1


async def test_settings_that_make_no_sense_are_refused(weeks: Weeks) -> None:
    async with weeks.world.transaction() as tx:
        with pytest.raises(UserError, match="needs working days"):
            await facts.change_settings(
                tx, FactSettings(Calendar(frozenset())), actor="operator", now=weeks.world.now
            )


@pytest.mark.parametrize("reverts_first", [True, False])
async def test_a_revert_marks_what_it_takes_back_in_whatever_order_they_come(
    weeks: Weeks, reverts_first: bool
) -> None:
    by_sha = frozenset({Trace(REVERTS, told(2).pull_request.merge_sha or "")})
    reverts = (
        told(11, title='Revert "Change 1"', head_ref="revert-1-topic"),
        told(12, title='Revert "Change 2"', traces=by_sha),
    )
    reverted = (told(1), told(2))
    for heard in (reverts, reverted) if reverts_first else (reverted, reverts):
        await weeks.hear(*heard)
        await weeks.settle()
    assert [(await weeks.facts_of(n))["reverts"] for n in (11, 12)] == [1, 2]
    assert [(await weeks.facts_of(n))["reverted"] for n in (1, 2)] == [True, True]
    [one] = await weeks.of(Scope.WORKSPACE)
    assert (one.counts.merged, one.counts.reverts, one.counts.reverted) == (4, 2, 2)


async def test_a_change_that_is_not_committed_yet_keeps_the_counting_waiting(weeks: Weeks) -> None:
    await weeks.hear(told())
    await weeks.settle()
    async with weeks.world.transaction() as tx:
        await refresh(tx, weeks, 1)
    team = await weeks.team("shop")
    async with weeks.world.transaction() as tx:
        await tx.execute(
            "INSERT INTO team_memberships (workspace_id, team_id, account_id, since)"
            " VALUES ($1, $2, $3, $4)",
            weeks.workspace_id, team, person("person1").github_id, MONDAY,
        )  # fmt: skip
        await FactKeeper(weeks.world.db).refresh(_job(weeks))
        assert await weeks.world.value(_STALE) == 1
    await weeks.settle()
    assert (await weeks.facts_of())["team_ids"] == [team]


async def test_a_long_list_goes_on_in_another_job(
    weeks: Weeks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facts, "BATCH", 2)
    await weeks.hear(*(told(n) for n in range(1, 31)))
    await weeks.world.run("DELETE FROM pgqueuer.pgqueuer WHERE entrypoint = 'rollups.refresh'")
    before = await weeks.world.value(_STALE)
    await FactKeeper(weeks.world.db).refresh(_job(weeks))
    meanwhile = await weeks.world.value(_STALE)
    [job] = await weeks.world.rows(
        "SELECT convert_from(payload, 'UTF8') AS after FROM pgqueuer.pgqueuer"
        " WHERE entrypoint = 'rollups.refresh' AND headers ->> 'workspace_id' = $1",
        weeks.workspace_id,
    )
    await FactKeeper(weeks.world.db).refresh(_job(weeks, job["after"]))
    assert before > meanwhile > await weeks.world.value(_STALE) > 0


async def test_the_sweep_finds_marks_whose_job_was_lost(weeks: Weeks) -> None:
    await weeks.hear(told())
    async with weeks.world.transaction() as tx:
        jobs: list[Job] = getattr(tx, "jobs")  # noqa: B009
        await housekeeping.wake_overdue(tx, now=weeks.world.now)
        assert "rollups.refresh" in [job.entrypoint for job in jobs]
    await weeks.settle()
    async with weeks.world.transaction() as tx:
        assert await facts.wake_if_stale(tx) == 0


async def test_weeks_are_found_by_their_mondays(weeks: Weeks) -> None:
    await weeks.hear(told(), told(2, merged_at=MONDAY + 14 * DAY))
    await weeks.settle()
    async with weeks.world.transaction() as tx:
        assert await rollups.next_week(tx, MONDAY.date()) == MONDAY.date() + timedelta(weeks=2)
        assert await rollups.last_week(tx) == MONDAY.date() + timedelta(weeks=2)


def _job(weeks: Weeks, after: str = "0") -> QueuedJob:
    return QueuedJob("rollups.refresh", weeks.workspace_id, after, 1)
