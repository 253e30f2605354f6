"""The make-believe GitHub's generated pasts: the same everywhere, in order, crowded, and not held."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.clock import Clock
from playground.feed import Feed
from playground.github import GitHub
from playground.github.histories import History, at_work, working_seconds
from playground.github.pulls import CREATED_AT, UPDATED_AT, Pulls, Wanted, key_of, state_of
from playground.github.records import Plan
from playground.github.world import World
from playground.state import State

SHOP = "acme/shop"
LARGE = History(SHOP, Plan(100_000))


@given(st.integers(0, 99_999))
def test_ranks_and_numbers_belong_together(rank: int) -> None:
    assert LARGE.rank_of(LARGE.number_at(rank)) == rank
    assert LARGE.at(rank) == LARGE.find(LARGE.number_at(rank))


@given(st.integers(1, 99_999))
def test_they_stand_in_the_order_of_their_last_update(rank: int) -> None:
    assert LARGE.updated_at(rank - 1) < LARGE.updated_at(rank)
    assert LARGE.first_after(LARGE.updated_at(rank)) == rank
    assert LARGE.at(rank).updated_at == LARGE.updated_at(rank)
    assert state_of(LARGE.at(rank)) == LARGE.state_at(rank)


@given(st.integers(0, 99_999))
def test_nothing_in_a_life_happens_in_the_wrong_order(rank: int) -> None:
    pr = LARGE.at(rank)
    ended = pr.closed_at or pr.updated_at
    assert pr.commits[0].authored_at < pr.opened_at < ended <= pr.updated_at
    happened = [*(r.submitted_at for r in pr.reviews), *(c.committed_at for c in pr.commits[1:])]
    assert all(at <= ended for at in happened)
    assert [t.at for t in pr.timeline] == sorted(t.at for t in pr.timeline)
    assert (pr.merged_at is None) == (pr.merged_by is None)


@given(st.integers(0, 10**9))
def test_working_time_goes_there_and_back(seconds: int) -> None:
    assert working_seconds(at_work(seconds)) == seconds


def test_many_have_more_commits_or_reviews_than_a_page() -> None:
    some = [LARGE.at(rank) for rank in range(40_000, 43_000)]
    crowded = sum(len(pr.commits) > 50 or len(pr.reviews) > 30 for pr in some)
    assert crowded >= 0.05 * len(some)
    kinds = {pr.author.endswith("[bot]") for pr in some}
    assert kinds == {True, False}
    assert any(pr.title.startswith("Revert ") for pr in some)
    assert {state_of(pr) for pr in some} == {"MERGED", "CLOSED"}
    assert any(LARGE.at(rank).draft for rank in range(99_980, 100_000))


def test_memory_does_not_grow_with_what_was_read() -> None:
    world = World(State(clock=Clock(), feed=Feed()))
    repository = world.add_repository(SHOP, plan=Plan(100_000))
    walk = Pulls(world, repository).walk(Wanted(UPDATED_AT, True))
    tracemalloc.start()
    for _ in range(300):
        next(walk)
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(1500):
        next(walk)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 100_000


@pytest.mark.parametrize("order", [UPDATED_AT, CREATED_AT])
@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("states", [(), ("MERGED",), ("OPEN", "CLOSED")])
async def test_a_walk_can_go_on_from_anywhere(
    order: str, descending: bool, states: tuple[str, ...]
) -> None:
    """Generated and hand-made pull requests, and changed ones, in one order."""
    state = State(clock=Clock(frozen_at=datetime(2026, 10, 1, tzinfo=UTC).timestamp()), feed=Feed())
    world = World(state)
    repository = world.add_repository(SHOP, plan=Plan(60))
    acting = GitHub(state)
    changed = Pulls(world, repository).find(30)
    state.put_document("pull_request", changed.key, changed.as_document())
    await acting.label(changed, "bug", by="a")
    for _ in range(3):
        await acting.open(SHOP, "a")
    pulls = Pulls(world, repository)
    rows = list(pulls.walk(Wanted(order, descending, states)))
    keys = [key for key, _ in rows]
    assert keys == sorted(keys, reverse=descending)
    assert [key_of(pr, order) for _, pr in rows] == keys
    assert len(rows) == pulls.count(states)
    for place in range(0, len(rows), 7):
        rest = pulls.walk(Wanted(order, descending, states, after=keys[place]))
        assert [key for key, _ in rest] == keys[place + 1 :]
