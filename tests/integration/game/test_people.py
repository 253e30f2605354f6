"""The people the game is played with: read from Slack by pages, found by their GitHub accounts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.ids import WorkspaceId
from bot.errors import UserError
from bot.ports import SlackPage
from bot.use_cases import connections, members
from jobs.engine import QueuedJob
from jobs.members import MemberSyncer
from tests.databases import TestDatabase
from tests.integration.game.support import (
    NOON,
    World,
    login,
    make_world,
    profile,
    slack_id,
)
from tests.stories import Story, by_agent


class Pages:
    """`users.list` in pages of two."""

    def __init__(self, users: Sequence[Mapping[str, Any]]) -> None:
        self.users = users

    async def for_workspace(self, workspace_id: WorkspaceId) -> Any:
        return self

    async def list_users(self, cursor: str) -> SlackPage:
        at = int(cursor or 0)
        following = str(at + 2) if at + 2 < len(self.users) else ""
        return SlackPage(self.users[at : at + 2], following)


async def queued(world: World) -> list[str]:
    rows = await world.rows(
        "SELECT convert_from(payload, 'UTF8') AS ref FROM pgqueuer.pgqueuer"
        " WHERE entrypoint = 'members.sync' AND headers ->> 'workspace_id' = $1",
        world.team,
    )
    return [row["ref"] for row in rows]


async def test_people_are_read_page_by_page_and_the_last_page_ends_it(world: World) -> None:
    users = [profile(f"new{number}") for number in range(5)]
    syncer = MemberSyncer(world.db, Pages(users), lambda: world.now)
    refs = [""]
    for ref in refs:
        await syncer.sync(QueuedJob("members.sync", world.team, ref, 1))
        refs += [found for found in await queued(world) if found not in refs]
    assert refs == ["", "2", "4"]
    names = await world.rows("SELECT name FROM members WHERE name LIKE 'New%' ORDER BY name")
    assert [row["name"] for row in names] == [f"New{number}" for number in range(5)]
    assert await world.value("SELECT members_synced_at FROM workspaces") == NOON


async def test_every_workspace_is_read_again_on_the_clocks_word(database: TestDatabase) -> None:
    async with make_world(database) as one, make_world(database) as other:
        syncer = MemberSyncer(one.db, Pages([]), lambda: one.now)
        await syncer.sync_all(QueuedJob("members.sync_all", WorkspaceId(""), "", 1))
        assert await queued(one) == await queued(other) == [""]


async def test_an_installation_of_the_app_belongs_to_one_workspace(
    shared_database: TestDatabase,
) -> None:
    async with make_world(shared_database) as one, make_world(shared_database) as other:
        number = 10**9 + one.ids["person1"]
        assert await connections.find_installation(one.db, number) is None
        for _ in range(2):
            async with one.transaction() as tx:
                await connections.connect_installation(tx, number, now=NOON)
        with pytest.raises(UserError, match="another workspace"):
            async with other.transaction() as tx:
                await connections.connect_installation(tx, number, now=NOON)
        assert await connections.find_installation(one.db, number) == one.team


async def test_reading_people_again_while_surveys_open_makes_nobody_wait_for_ever(
    world: World,
) -> None:
    """People's rows are in another order than their Slack ids, as after years of joining."""
    names = ["zoe", "yan", "xia", "wim"]
    for name in names:
        async with world.transaction() as tx:
            await members.keep_profiles(tx, [profile(name)], now=world.now)
            known = members.normalized_login(login(name))
            await members.link(
                tx, slack_id(name), known, actor="test", source="admin", now=world.now
            )
    syncer = MemberSyncer(world.db, Everybody(names), lambda: world.now)
    job = QueuedJob("members.sync", world.team, "", 1)
    for number in range(10, 20):
        story = Story(number, NOON, author=login("wim"), merged_at=NOON)
        reviews = [
            story.reviewed(login(name), "approved", NOON, review=review)
            for review, name in enumerate(names[:3], start=1)
        ]
        await asyncio.gather(world.tell(*reviews, story.merged()), syncer.sync(job))
    assert len(await world.surveys()) == 10


class Everybody:
    """`users.list` on one page, each time with other names."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names

    async def for_workspace(self, workspace_id: WorkspaceId) -> Any:
        return self

    async def list_users(self, cursor: str) -> SlackPage:
        return SlackPage([profile(name) for name in self.names])


async def test_an_agents_work_that_lost_its_initiator_still_asks_late_approvers(
    world: World,
) -> None:
    devin = ("devin-ai-integration[bot]", 158243242)
    story = Story(7, NOON, merged_at=NOON, change=by_agent(devin, login("person1")))
    await world.tell(story.merged())
    nobodys = Story(7, NOON, merged_at=NOON, change=by_agent(devin))
    later = NOON + timedelta(minutes=1)
    await world.tell(nobodys.reviewed(login("person2"), "approved", later, review=1))
    assert await world.parts(7) == [("person2", "reviewer", False)]
