"""States of people on their way through Slack's page: good once, in time, in the same browser."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.app.databases import Store, open_store
from bot.settings import Settings
from bot.use_cases.oauth_states import Late, Returned, Stranger, Ticket, come_back, set_out
from tests.databases import TestDatabase

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
BROWSERS = ("a" * 43, "b" * 43)


@pytest.fixture
async def store(database: TestDatabase) -> AsyncIterator[Store]:
    urls = {"database_url": database.app_url, "database_admin_url": database.admin_url}
    async with open_store(Settings(_env_file=None, **urls)) as store:  # type: ignore[call-arg, arg-type]
        yield store


@dataclass(frozen=True)
class Step:
    """Somebody sets out, comes back with the n-th state that was issued, or time passes."""

    kind: str
    browser: str = BROWSERS[0]
    nth: int = 0
    seconds: int = 0


steps = st.one_of(
    st.builds(Step, st.just("out"), st.sampled_from(BROWSERS)),
    st.builds(Step, st.just("back"), st.sampled_from(BROWSERS), st.integers(0, 3)),
    st.builds(Step, st.just("back"), st.sampled_from(BROWSERS), st.integers(0, 3)),
    st.builds(Step, st.just("wait"), seconds=st.sampled_from([1, 300, 599, 600])),
)


@given(st.lists(steps, max_size=14))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_each_departure_leads_to_one_return_at_most(store: Store, story: list[Step]) -> None:
    db, now = store.database, START
    issued: list[tuple[Ticket, datetime]] = []
    returned: set[str] = set()
    for step in story:
        match step.kind:
            case "wait":
                now += timedelta(seconds=step.seconds)
            case "out":
                ticket = await set_out(db, browser=step.browser, now=now)
                issued.append((ticket, now))
            case _ if step.nth < len(issued):
                ticket, since = issued[step.nth]
                shown = Ticket(ticket.state, step.browser)
                outcome = await come_back(db, shown, now=now)
                fresh = ticket.state not in returned and step.browser == ticket.browser
                in_time = now - since < timedelta(minutes=10)
                if isinstance(outcome, Returned | Late):
                    assert fresh
                    assert isinstance(outcome, Returned) is in_time
                    returned.add(ticket.state)
                else:
                    # Old states may have been forgotten when a later one was issued.
                    assert not (fresh and in_time)


async def test_of_many_at_once_one_gets_through(store: Store) -> None:
    ticket = await set_out(store.database, wanted_id="T1", now=START)
    attempts = [come_back(store.database, ticket, now=START) for _ in range(20)]
    outcomes = await asyncio.gather(*attempts)
    assert sorted(map(str, outcomes)) == sorted(
        map(str, [Returned("T1"), *[Stranger() for _ in range(19)]])
    )


async def test_states_are_long_and_stored_as_fingerprints_only(store: Store) -> None:
    departures = [await set_out(store.database, now=START) for _ in range(5)]
    assert len({one.state for one in departures} | {one.browser for one in departures}) == 10
    assert all(len(one.state) >= 43 for one in departures)
    rows = "SELECT string_agg(o::text, ' ') FROM oauth_states o"
    stored = await store.pool.fetchval(rows)
    assert not any(one.state in stored or one.state.encode().hex() in stored for one in departures)


async def test_states_that_nobody_came_back_with_are_forgotten(store: Store) -> None:
    for hours in range(3):
        await set_out(store.database, now=START + timedelta(hours=hours))
    assert await store.pool.fetchval("SELECT count(*) FROM oauth_states") == 1
