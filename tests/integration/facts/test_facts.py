"""Facts follow whatever is heard of a pull request, its people, its teams and its settings."""

from __future__ import annotations

from bot.domain.facts import Measure
from bot.domain.rollups import Scope
from tests.integration.facts.support import DAY, HOUR, MONDAY, Weeks, person, told


async def test_a_merge_counts_in_its_week_everywhere_it_belongs(weeks: Weeks) -> None:
    await weeks.belongs("person1", "shop", MONDAY - DAY)
    await weeks.hear(told(reviews=[("person2", MONDAY + HOUR)]))
    await weeks.settle()
    facts = await weeks.facts_of()
    assert (facts["cycle_s"], facts["first_review_s"], facts["review_s"]) == (18000, 3600, 10800)
    team = await weeks.team("shop")
    for scope, scope_id in (
        (Scope.WORKSPACE, 0),
        (Scope.TEAM, team),
        (Scope.MEMBER, person("person1").github_id),
        (Scope.REPOSITORY, 7),
    ):
        [one] = await weeks.of(scope, scope_id)
        assert (one.week, one.counts.merged, one.counts.reviewed) == (MONDAY.date(), 1, 1)
        assert one.measured[Measure.CYCLE].mean() == 18000
        assert one.measured[Measure.LINES].n == 1
