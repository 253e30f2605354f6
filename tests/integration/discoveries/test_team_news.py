"""Who is in the organisation and in which team, since when: by webhooks, and by looking."""

from __future__ import annotations

import asyncio
import json
import uuid
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.ids import GithubLogin
from bot.domain.pull_requests import Actor, ActorKind
from bot.domain.teams import Team
from bot.ports import Transaction
from bot.use_cases import discoveries, teams
from storage import accounts
from tests.integration.game.support import NOON, World
from tests.stories import Told, account, real

ORG = "octocoders"
TEAM = Team(3253328, ORG, "github", "github")
MEMBER = real("membership.added")["member"]
ADA = Actor(GithubLogin("ada"), 7, ActorKind.USER)
HOUR = timedelta(hours=1)
_KEEPS_SOMEBODY_WAITING = """
    SELECT EXISTS (SELECT FROM pg_locks
                    WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))
"""


def membership(action: str, **who: Any) -> Told:
    payload = real(f"membership.{action}")
    payload["member"] |= who
    payload["organization"]["login"] = ORG
    return Told("membership", payload)


def organisation(action: str, who: dict[str, Any] = MEMBER) -> Told:
    payload = real("organization.member_added") | {"action": action}
    payload["membership"]["user"] = who
    return Told("organization", payload)


def team_told(action: str, **changes: Any) -> Told:
    payload = real("membership.added")
    return Told("team", payload | {"action": action, "team": payload["team"] | changes})


async def spells_of(world: World, account_id: int = MEMBER["id"]) -> list[tuple[Any, Any]]:
    rows = await world.rows(
        "SELECT since::text, until FROM team_memberships WHERE account_id = $1 ORDER BY since",
        account_id,
    )
    return [(row["since"], row["until"]) for row in rows]


async def seen(world: World, *members: Actor, at: datetime = NOON) -> None:
    async with world.transaction() as tx:
        await discoveries.keep_teams(tx, ORG, [TEAM], looked_at=at)
        await discoveries.keep_team_members(tx, TEAM.github_team_id, members, looked_at=at)


async def test_a_first_look_finds_people_who_have_always_been_there(world: World) -> None:
    await seen(world, ADA)
    assert await spells_of(world, ADA.github_id) == [("-infinity", None)]
    await seen(world, at=NOON + HOUR)
    assert await spells_of(world, ADA.github_id) == [("-infinity", NOON + HOUR)]
    await seen(world, ADA, at=NOON + 2 * HOUR)
    assert len(await spells_of(world, ADA.github_id)) == 2


async def test_who_is_new_at_a_later_look_came_then(world: World) -> None:
    await seen(world)
    await seen(world, ADA, at=NOON + HOUR)
    row = "SELECT since FROM team_memberships WHERE account_id = $1"
    assert await world.value(row, ADA.github_id) == NOON + HOUR


async def test_a_webhook_knows_the_time(world: World) -> None:
    await world.tell(membership("added"))
    world.wait(hours=1)
    await world.tell(membership("removed"))
    (row,) = await world.rows("SELECT since, until FROM team_memberships")
    assert tuple(row.values()) == (NOON, NOON + HOUR)
    (team,) = await world.rows("SELECT organisation, slug, name, gone_at FROM teams")
    assert team == {"organisation": ORG, "slug": "github", "name": "github", "gone_at": None}


async def test_who_leaves_the_organisation_leaves_its_teams(world: World) -> None:
    await world.tell(organisation("member_added"), membership("added"))
    world.wait(hours=1)
    await world.tell(organisation("member_removed"))
    (person,) = await world.rows("SELECT in_org, left_at FROM github_accounts")
    assert person == {"in_org": False, "left_at": NOON + HOUR}
    assert (await spells_of(world))[0][1] == NOON + HOUR


async def test_late_news_of_somebody_end_the_same(world: World) -> None:
    for number, order in enumerate(permutations(range(3))):
        who = account(f"someone{number}")
        said = ("member_added", "member_removed", "member_added")
        for place in order:
            world.now = NOON + place * HOUR
            await world.tell(organisation(said[place], who))
    people = await world.rows("SELECT in_org, left_at, heard_at FROM github_accounts")
    assert people == [{"in_org": True, "left_at": None, "heard_at": NOON + 2 * HOUR}] * 6


async def test_whoever_all_organisations_lack_has_left(world: World) -> None:
    await world.tell(organisation("member_added"), Told("member", real("member.added")))
    async with world.transaction() as tx:
        await discoveries.keep_members(tx, [ADA], looked_at=NOON + HOUR)
        assert await discoveries.miss_members(tx, looked_at=NOON + HOUR) == 1
    rows = await world.rows("SELECT login, in_org FROM github_accounts ORDER BY login")
    assert [tuple(row.values()) for row in rows] == [
        ("ada", True), ("codertocat", False), ("hacktocat", False),
    ]  # fmt: skip


async def test_a_deleted_team_has_nobody_and_its_past_stays(world: World) -> None:
    await world.tell(membership("added"))
    world.wait(hours=1)
    await world.tell(team_told("deleted"))
    assert (await spells_of(world))[0][1] == NOON + HOUR
    assert await world.value("SELECT gone_at FROM teams") == NOON + HOUR


async def test_a_team_that_a_look_misses_is_gone(world: World) -> None:
    await seen(world, ADA)
    async with world.transaction() as tx:
        await discoveries.keep_teams(tx, ORG, [], looked_at=NOON + HOUR)
    assert await spells_of(world, ADA.github_id) == [("-infinity", NOON + HOUR)]


async def test_teams_are_nested_and_renamed_with_their_organisation(world: World) -> None:
    parent = real("membership.added")["team"] | {"id": 5}
    await world.tell(team_told("edited", name="New", slug="new", parent=parent))
    payload = real("organization.renamed")
    payload["changes"]["login"]["from"] = ORG
    payload["organization"]["login"] = "NewCo"
    await world.tell(Told("organization", payload))
    (team,) = await world.rows("SELECT organisation, slug, name, parent_id FROM teams")
    assert team == {"organisation": "newco", "slug": "new", "name": "New", "parent_id": 5}


async def test_news_of_a_team_nobody_ever_heard_of_are_dropped(world: World) -> None:
    async with world.transaction() as tx:
        await teams.look_at_people(tx, 99, [1], looked_at=NOON)
        await teams.close_team(tx, 99, heard_at=NOON)
    assert await world.rows("SELECT 1 FROM team_memberships") == []


async def test_a_look_and_a_webhook_wait_for_each_other_in_one_order(world: World) -> None:
    await seen(world)

    async def hear() -> None:
        async with world.transaction() as tx:
            await teams.hear_of_team_member(tx, TEAM, ADA, joined=True, heard_at=NOON + HOUR)

    async with asyncio.TaskGroup() as both, world.transaction() as tx:
        await accounts.keep(tx, [ADA])
        both.create_task(hear())
        await until_somebody_waits(tx)
        await discoveries.keep_team_members(tx, TEAM.github_team_id, [], looked_at=NOON + 2 * HOUR)
    assert len(await spells_of(world, ADA.github_id)) == 1


async def until_somebody_waits(tx: Transaction) -> None:
    async with asyncio.timeout(20):
        while not await tx.fetchval(_KEEPS_SOMEBODY_WAITING):  # noqa: ASYNC110  (locks tell nobody)
            await asyncio.sleep(0.01)


CHANGES = st.lists(
    st.tuples(st.integers(0, 20), st.booleans()), max_size=6, unique_by=lambda c: c[0]
)


@given(changes=CHANGES, look=st.none() | st.integers(0, 20), chance=st.randoms())
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_late_news_of_a_team_end_the_same_around_a_look(
    world: World, changes: list[tuple[int, bool]], look: int | None, chance: Any
) -> None:
    """What the look saw is what had happened until then."""
    before = [joined for hour, joined in sorted(changes) if look is not None and hour < look]
    found = bool(before and before[-1])
    things: list[Any] = [*changes, *([] if look is None else ["look"])]
    ends = []
    for shuffled in (False, True):
        someone = account(f"p{uuid.uuid4().hex[:8]}", uuid.uuid4().int % 10**9)
        github_team_id = uuid.uuid4().int % 10**9
        order = chance.sample(things, k=len(things)) if shuffled else _in_order(things, look)
        for thing in order:
            if thing == "look":
                assert look is not None
                await _look(world, github_team_id, someone, found, NOON + look * HOUR - HOUR / 2)
            else:
                await _hear(world, github_team_id, someone, *thing)
        ends.append(await spells_of(world, someone["id"]))
    assert ends[0] == ends[1]


def _in_order(things: list[Any], look: int | None) -> list[Any]:
    return sorted(things, key=lambda t: (look or 0) - 0.5 if t == "look" else t[0])


async def _look(world: World, team: int, someone: Any, found: bool, at: datetime) -> None:
    who = Actor(someone["login"], someone["id"], ActorKind.USER)
    async with world.transaction() as tx:
        await _make_team(tx, team, at)
        await discoveries.keep_team_members(tx, team, [who] if found else [], looked_at=at)


async def _make_team(tx: Any, team: int, at: datetime) -> None:
    await teams.hear_of_team(tx, Team(team, ORG, "s", "S"), gone=False, heard_at=at)


async def _hear(world: World, team: int, someone: Any, hour: int, joined: bool) -> None:
    told = membership("added" if joined else "removed", **someone)
    told.payload["team"] |= {"id": team}
    world.now = NOON + hour * HOUR
    await world.tell(Told(told.event, json.loads(json.dumps(told.payload))))
