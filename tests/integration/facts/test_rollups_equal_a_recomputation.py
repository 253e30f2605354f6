"""Whatever comes in whatever order: the weeks are what a full recomputation makes of all there is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.facts import REVERTS, Calendar, FactSettings
from bot.domain.pull_requests import Trace, Turn
from bot.use_cases import facts
from storage.embedded import EmbeddedServer
from tests.databases import fresh_database
from tests.integration.facts.support import MONDAY, Weeks, bot, told, weeks_in

PEOPLE = ["person1", "person2", "person3"]
NUMBERS = range(1, 7)
TIMEZONES = ["UTC", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"]
T = TypeVar("T")
_TABLES = (
    "team_memberships", "attribution_traces", "attributions", "reviews", "commits",
    "pull_request_events", "pull_requests", "facts", "rollups", "fact_settings", "stale_facts",
)  # fmt: skip
_EMPTY = (
    "UPDATE members SET timezone = 'UTC', excluded = false",
    "UPDATE games SET timezone = 'UTC'",
    *(f"DELETE FROM {table}" for table in _TABLES),
)
_moments = st.integers(0, 21 * 24).map(lambda hours: MONDAY + timedelta(hours=hours))


@st.composite
def heard(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A look at a pull request, at any time of its life."""
    number = draw(st.sampled_from(NUMBERS))
    other = draw(st.sampled_from(NUMBERS))
    opened_at = draw(_moments)
    merged_at = draw(st.one_of(st.none(), _moments))
    takes_back = draw(st.sampled_from(["", "head", "sha"])) if other != number else ""
    sha = f"{7:02x}{other:06x}"
    return "hear", {
        "number": number,
        "author": draw(st.sampled_from([*PEOPLE, bot()])),
        "opened_at": opened_at,
        "merged_at": merged_at,
        "updated_at": MONDAY + timedelta(days=30, minutes=draw(st.integers(0, 500))),
        "reviews": draw(st.lists(st.tuples(st.sampled_from([*PEOPLE, bot("eyes")]), _moments),
                                 max_size=2)),
        "commits": draw(st.lists(_moments, max_size=2)),
        "turns": draw(st.lists(st.tuples(st.sampled_from(Turn), _moments), max_size=2)),
        "title": f'Revert "Change {other}"' if takes_back else f"Change {number}",
        "head_ref": f"revert-{other}-topic" if takes_back == "head" else "topic",
        "traces": frozenset({Trace(REVERTS, sha)}) if takes_back == "sha" else frozenset(),
        "additions": draw(st.one_of(st.none(), st.integers(0, 3000))),
    }  # fmt: skip


_happenings = st.one_of(
    heard(),
    heard(),
    heard(),
    st.tuples(st.just("belongs"), st.sampled_from(PEOPLE), st.sampled_from(["shop", "search"]),
              _moments, st.one_of(st.none(), st.integers(1, 400))),
    st.tuples(st.just("leaves"), st.sampled_from(PEOPLE), st.sampled_from(["shop", "search"])),
    st.tuples(st.just("judged"), st.sampled_from(NUMBERS),
              st.sampled_from(["declared", "strong", "weak", "unknown"]), st.booleans()),
    st.tuples(st.just("lives"), st.sampled_from(PEOPLE), st.sampled_from(TIMEZONES)),
    st.tuples(st.just("excluded"), st.sampled_from(PEOPLE), st.booleans()),
    st.tuples(st.just("clock"), st.sampled_from(TIMEZONES)),
    st.tuples(st.just("days"), st.sets(st.integers(1, 7), min_size=1)),
)  # fmt: skip


async def happens(weeks: Weeks, what: Sequence[Any]) -> None:
    match what:
        case "hear", dict(known):
            await weeks.hear(told(**known))
        case "belongs", who, team, since, hours:
            until = None if hours is None else since + timedelta(hours=hours)
            await weeks.belongs(who, team, since, until)
        case "leaves", who, team:
            await weeks.leaves(who, team)
        case "judged", number, tier, assisted:
            await weeks.judged(number, tier, assisted=assisted)
        case "lives", who, timezone:
            await weeks.world.run(
                "UPDATE members SET timezone = $1 WHERE slack_user_id = $2",
                timezone,
                f"U{who.upper()}",
            )
        case "excluded", who, excluded:
            await weeks.world.run(
                "UPDATE members SET excluded = $1 WHERE slack_user_id = $2",
                excluded,
                f"U{who.upper()}",
            )
        case "clock", timezone:
            await weeks.world.game(timezone=timezone)
        case "days", days:
            async with weeks.world.transaction() as tx:
                calendar = Calendar(frozenset(days))
                await facts.change_settings(
                    tx, FactSettings(calendar), actor="test", now=weeks.world.now
                )


@dataclass
class Home:
    """One workspace for all stories, emptied before each."""

    runner: asyncio.Runner
    weeks: Weeks

    def run(self, story: Callable[[Weeks], Awaitable[T]]) -> T:
        async def from_the_beginning() -> T:
            for statement in _EMPTY:
                await self.weeks.world.run(statement)
            return await story(self.weeks)

        return self.runner.run(from_the_beginning())


@pytest.fixture(scope="module")
def home(postgres: EmbeddedServer, template: str) -> Iterator[Home]:
    with asyncio.Runner() as runner:
        database = fresh_database(postgres, template)
        weeks = weeks_in(runner.run(database.__aenter__()))
        yield Home(runner, runner.run(weeks.__aenter__()))
        runner.run(weeks.__aexit__(None, None, None))
        runner.run(database.__aexit__(None, None, None))


def _plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Histograms as what they mean: a bucket may be listed more than once."""
    for row in rows:
        counts = row.pop("counts") or [1] * len(row["buckets"])
        total: dict[int, int] = {}
        for bucket, n in zip(row["buckets"], counts, strict=True):
            total[bucket] = total.get(bucket, 0) + n
        row["buckets"] = total
    return rows


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(story=st.lists(st.tuples(_happenings, st.booleans()), min_size=4, max_size=14))
def test_the_weeks_are_what_a_full_recomputation_makes(
    home: Home, story: list[tuple[Sequence[Any], bool]]
) -> None:
    async def follow(weeks: Weeks) -> None:
        for what, settles in story:
            await happens(weeks, what)
            if settles:
                await weeks.settle()
        await weeks.settle()
        followed = _plain(await weeks.rows())
        assert followed == _plain(await weeks.count_all_anew())
        assert all(row["merged"] > 0 for row in followed)

    home.run(follow)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    looks=st.lists(heard(), min_size=3, max_size=6, unique_by=lambda look: look[1]["number"]),
    dice=st.randoms(use_true_random=False),
)
def test_the_order_in_which_pull_requests_come_changes_nothing(
    home: Home, looks: list[tuple[str, dict[str, Any]]], dice: Any
) -> None:
    async def tell(weeks: Weeks) -> list[dict[str, Any]]:
        for look in looks:
            await happens(weeks, look)
            await weeks.settle()
        return _plain(await weeks.rows())

    first = home.run(tell)
    dice.shuffle(looks)
    assert home.run(tell) == first
