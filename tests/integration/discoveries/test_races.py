"""Webhooks and the sync race: whatever comes first, late, twice or never, the rows end the same."""

from __future__ import annotations

from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.pull_requests import Snapshot
from bot.use_cases import pull_requests
from tests.integration.discoveries.races import State, can_be_told, look, states, webhook
from tests.integration.game.support import World
from tests.stories import Told

NUMBERS = count(1)
BEFORE_THE_END = (
    "edited", "marked", "pushed", "labeled", "reviewed", "reviewed", "dismissed", "commented",
    "drafted", "ready", "requested", "closed", "reopened",
)  # fmt: skip
TABLES = {
    "pull_requests": "number",
    "reviews": "review_id",
    "commits": "sha",
    "pull_request_events": "happened_at, turn",
    "attribution_traces": "kind, trace",
}
ENDINGS = st.sampled_from([["merged"], ["merged", "labeled"], ["closed"], []])
LIVES = st.builds(
    lambda before, ending: [*_sensible(before), *ending],
    st.lists(st.sampled_from(BEFORE_THE_END), max_size=8),
    ENDINGS,
)


def _sensible(moments: list[str]) -> list[str]:
    """Only what is closed is reopened, and nothing is closed twice."""
    kept, closed = [], False
    for kind in moments:
        if kind in ("closed", "reopened") and closed is (kind == "closed"):
            continue
        closed = kind == "closed" if kind in ("closed", "reopened") else closed
        kept.append(kind)
    return [*kept, "reopened"] if closed else kept


async def tell(world: World, what: Told | Snapshot) -> None:
    if isinstance(what, Told):
        await world.tell(what)
        return
    async with world.transaction() as tx:
        await pull_requests.keep_snapshots(tx, [what], history=True, now=world.now)


async def rows_of(world: World, number: int) -> dict[str, Any]:
    found = {}
    for table, order in TABLES.items():
        rows = await world.rows(f"SELECT * FROM {table} WHERE number = $1 ORDER BY {order}", number)
        found[table] = [row | {"number": 0, "node_id": ""} for row in rows]
    return found


def webhooks(number: int, moments: list[str], known: list[State]) -> list[Told]:
    told = zip(moments, known[1:], strict=True)
    return [webhook(number, kind, state) for kind, state in told if can_be_told(kind, state)]


@given(moments=LIVES, chance=st.randoms(use_true_random=False))
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_the_rows_end_as_github_has_it_in_the_end(
    world: World, moments: list[str], chance: Any
) -> None:
    known = states(moments)
    quiet, raced = next(NUMBERS), next(NUMBERS)
    await tell(world, look(quiet, known[-1]))
    expected = await rows_of(world, quiet)

    told = webhooks(raced, moments, known)
    arrived: list[Told | Snapshot] = [one for one in told if chance.random() < 0.7]
    arrived += chance.sample(arrived, k=min(3, len(arrived)))
    arrived += [look(raced, chance.choice(known)) for _ in range(2)]
    # The last look comes at any time: it is what the night brings, and webhooks may be late.
    arrived.append(look(raced, known[-1]))
    chance.shuffle(arrived)
    for what in arrived:
        await tell(world, what)
    assert await rows_of(world, raced) == expected


@given(moments=LIVES, chance=st.randoms(use_true_random=False))
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_without_any_look_webhooks_end_the_same_in_any_order(
    world: World, moments: list[str], chance: Any
) -> None:
    known = states(moments)
    ends = []
    for shuffled in (False, True):
        number = next(NUMBERS)
        told = webhooks(number, moments, known)
        if shuffled:
            told += chance.sample(told, k=min(3, len(told)))
            chance.shuffle(told)
        for one in told:
            await world.tell(one)
        ends.append(await rows_of(world, number))
    assert ends[0] == ends[1]
