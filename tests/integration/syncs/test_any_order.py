"""Webhooks and looks at GitHub come in any order, twice, or never: the rows end the same."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any, NamedTuple

import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.ids import GithubLogin, RepositoryId
from bot.domain.pull_requests import (
    Actor,
    ActorKind,
    Commit,
    PullRequest,
    Review,
    ReviewState,
    Snapshot,
    TimelineEvent,
    Trace,
    Turn,
)
from bot.use_cases.pull_requests import keep_snapshots
from tests.databases import TestDatabase
from tests.integration.game.support import World, make_world
from tests.integration.syncs.support import TABLES

NUMBERS = count(1)
START = datetime.fromisoformat("2026-10-01T09:00:00Z")
PEOPLE = [Actor(GithubLogin(f"person{n}"), n, ActorKind.USER) for n in range(1, 4)]


def at(second: int) -> datetime:
    return START + timedelta(seconds=second)


class Life(NamedTuple):
    """What is said of a pull request on its way, and what a look at it shows in the end."""

    told: list[Snapshot]
    truth: Snapshot


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """What is said of a pull request in its life of ten seconds, in any order, some of it twice.

    Webhooks show one review and one turn at most and may not know sizes; looks show everything
    until then, or the first two commits of it.
    """
    merged_at = draw(st.none() | st.integers(3, 9))
    pushed = sorted(draw(st.sets(st.integers(0, 9), min_size=1, max_size=4)))
    reviewed = sorted(draw(st.sets(st.integers(1, 9), max_size=3)))
    turned = draw(st.lists(st.tuples(st.sampled_from(Turn), st.integers(0, 9)), max_size=4))
    dismissed_at = draw(st.none() | st.integers(5, 9))

    def pull_request(second: int, *, sized: bool) -> PullRequest:
        merged = merged_at is not None and second >= merged_at
        return PullRequest(
            RepositoryId(7),
            "acme/shop",
            1,
            f"Title {draw(st.integers(0, 2))}",
            "https://github.com/acme/shop/pull/1",
            PEOPLE[0],
            "topic",
            "main",
            draft=draw(st.booleans()),
            state="closed" if merged else "open",
            opened_at=at(0),
            closed_at=at(merged_at) if merged and merged_at is not None else None,
            merged_at=at(merged_at) if merged and merged_at is not None else None,
            updated_at=at(second),
            signals=frozenset(draw(st.sets(st.sampled_from("abc"), max_size=2))),
            node_id=draw(st.sampled_from(["", "PR_1"])),
            additions=draw(st.integers(0, 3)) if sized else None,
            deletions=second if sized else None,
            changed_files=1 if sized else None,
            commit_count=len([one for one in pushed if one <= second]) if sized else None,
            labels=frozenset(draw(st.sets(st.sampled_from(["bug", "two words"])))),
            merged_by=PEOPLE[1] if merged and sized else None,
            merge_sha="f" * 40 if merged and sized else None,
        )

    def review(submitted: int, second: int) -> Review:
        gone = dismissed_at is not None and second >= dismissed_at and submitted == reviewed[0]
        state = ReviewState.DISMISSED if gone else ReviewState.APPROVED
        return Review(submitted, PEOPLE[submitted % 3], state, at(submitted))

    def webhook(second: int) -> Snapshot:
        reviews = [review(one, second) for one in reviewed if one <= second]
        turns = [TimelineEvent(turn, at(when)) for turn, when in turned if when <= second]
        return Snapshot(
            pull_request(second, sized=draw(st.booleans())),
            tuple(reviews[-1:]),
            timeline=tuple(turns[-1:]),
        )

    def look(second: int) -> Snapshot:
        commits = [Commit(f"{one:040}", at(one), at(one)) for one in pushed if one <= second]
        longer = draw(st.booleans()) and len(commits) > 2
        return Snapshot(
            pull_request(second, sized=True),
            tuple(review(one, second) for one in reviewed if one <= second),
            tuple(commits[:2] if longer else commits),
            tuple(sorted({TimelineEvent(t, at(when)) for t, when in turned if when <= second})),
            frozenset({Trace("commit", f"trace {second}")}),
            complete=not longer,
            longer=frozenset({"commits"}) if longer else frozenset(),
        )

    seconds = st.integers(0, 9)
    told = [webhook(one) for one in draw(st.lists(seconds, max_size=6))]
    told += [look(one) for one in draw(st.lists(seconds, max_size=4))]
    last = look(10)
    truth = replace(
        last,
        pull_request=replace(
            last.pull_request, signals=frozenset("abc"), node_id="PR_1", updated_at=at(10)
        ),
        commits=tuple(Commit(f"{one:040}", at(one), at(one)) for one in pushed),
        traces=frozenset(trace for one in told for trace in one.traces),
        complete=True,
        longer=frozenset(),
    )
    return Life(told, truth)


@pytest_asyncio.fixture
async def world(database: TestDatabase) -> AsyncIterator[World]:
    async with make_world(database, people=1) as made:
        yield made


def numbered(told: Sequence[Snapshot], number: int) -> list[Snapshot]:
    return [replace(one, pull_request=replace(one.pull_request, number=number)) for one in told]


async def keep(world: World, *batches: Sequence[Snapshot]) -> dict[str, Any]:
    """Tell it batch after batch of a pull request of its own; all that is known of it then."""
    number = next(NUMBERS)
    for batch in batches:
        async with world.transaction() as tx:
            await keep_snapshots(tx, numbered(batch, number), history=True, now=world.now)
    found = {}
    for table, order in TABLES.items():
        rows = await world.rows(f"SELECT * FROM {table} WHERE number = $1 ORDER BY {order}", number)
        found[table] = [row | {"number": 0} for row in rows]
    return found


together = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@together
@given(life=lives(), more=st.data())
async def test_any_order_and_any_repetition_end_in_the_same_rows(
    world: World, life: Life, more: st.DataObject
) -> None:
    told = [*life.told, life.truth]
    again = more.draw(st.lists(st.sampled_from(told), max_size=3))
    shuffled = more.draw(st.permutations([*told, *again]))
    cut = more.draw(st.integers(0, len(shuffled)))
    one_by_one = await keep(world, *[[one] for one in told])
    assert await keep(world, shuffled[:cut], shuffled[cut:]) == one_by_one
    assert await keep(world, *[[one] for one in shuffled]) == one_by_one


@together
@given(life=lives(), more=st.data())
async def test_whatever_was_missed_a_look_in_the_end_makes_up_for_it(
    world: World, life: Life, more: st.DataObject
) -> None:
    heard = [one for one in life.told if more.draw(st.booleans())]
    shuffled = more.draw(st.permutations([*heard, life.truth]))
    everything = await keep(world, *[[one] for one in [*life.told, life.truth]])
    assert await keep(world, *[[one] for one in shuffled]) == everything
