"""Repositories as webhooks tell of them, and which of them count."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from bot.domain.ids import RepositoryId
from bot.domain.repositories import Choice, Repository, Selection
from bot.errors import UserError
from bot.use_cases import imports, repositories, syncs
from tests.integration.game.support import NOON, World, login
from tests.stories import SECOND, Json, Story, Told, real, written

STORY = Story(7, NOON - timedelta(hours=5), merged_at=NOON - timedelta(hours=1))
REPOSITORY = real("pull_request.opened")["repository"]
NAME = REPOSITORY["full_name"]


def a_repository(number: int, name: str) -> Repository:
    return Repository(RepositoryId(number), name, updated_at=NOON)


def told_of(action: str, at: int = 0, **changes: Any) -> Told:
    payload = real("repository.edited")
    payload["action"] = action
    payload["repository"] |= {"updated_at": written(NOON + at * SECOND), **changes}
    return Told("repository", payload)


async def known(world: World) -> dict[str, Json]:
    rows = await world.rows("SELECT * FROM repositories")
    return {row["full_name"]: row for row in rows}


async def learn(world: World, *found: Repository) -> None:
    async with world.transaction() as tx:
        await repositories.learn(tx, found, heard_at=world.now, now=world.now)


async def select(world: World, choice: Choice, *patterns: str, ids: tuple[int, ...] = ()) -> Any:
    wanted = Selection(choice, frozenset(map(RepositoryId, ids)), patterns)
    if choice is Choice.MATCHING:
        async with world.transaction() as tx:
            wanted = await repositories.read_wanted(tx, choice, patterns)
    async with world.transaction() as tx:
        return await repositories.select(tx, wanted, actor="U1", now=world.now)


async def test_with_a_webhook_and_nothing_else_all_that_arrives_counts(world: World) -> None:
    await world.tell(STORY.merged())
    assert (await known(world))[NAME]["selected"]
    assert await world.surveys() == [(7, "open")]


async def test_what_only_a_webhook_tells_of_can_not_be_read(world: World) -> None:
    await world.tell(STORY.merged())
    await select(world, Choice.MATCHING, "acme/*")
    assert (await select(world, Choice.ALL)).added == (NAME,)
    assert await world.value("SELECT count(*) FROM runs") == 0
    async with world.transaction() as tx:
        assert await syncs.nightly(tx) is None
        assert await syncs.begin(tx, syncs.Sync(began_at=world.now), now=world.now) == 0


async def test_what_was_imported_can_not_be_read(world: World) -> None:
    async with world.transaction() as tx:
        await imports.begin(tx, a_repository(-1, "acme/clone"), now=world.now)
        assert await syncs.nightly(tx) is None


async def test_what_is_not_selected_changes_nothing(world: World) -> None:
    await select(world, Choice.MATCHING, "acme/*")
    await world.tell(STORY.opened(), STORY.merged())
    assert await world.surveys() == []
    assert await world.value("SELECT count(*) FROM pull_requests") == 0
    assert await world.value("SELECT count(*) FROM deliveries WHERE processed_at IS NULL") == 0
    assert not (await known(world))[NAME]["selected"]


async def test_what_is_deselected_keeps_what_is_there(world: World) -> None:
    await world.tell(STORY.merged())
    changed = await select(world, Choice.MATCHING, "acme/*")
    assert (changed.counted, changed.of, changed.dropped) == (0, 1, (NAME,))
    await world.tell(STORY.reviewed(login("person2"), "approved", NOON, review=1))
    assert await world.value("SELECT count(*) FROM reviews") == 0
    assert await world.value("SELECT count(*) FROM pull_requests") == 1
    assert await world.surveys() == [(7, "open")]


async def test_a_new_repository_that_matches_is_selected_by_itself(world: World) -> None:
    await select(world, Choice.MATCHING, "acme/*", "!acme/old-*")
    await learn(world, a_repository(1, "acme/new"), a_repository(2, "acme/old-one"))
    selected = {name: row["selected"] for name, row in (await known(world)).items()}
    assert selected == {"acme/new": True, "acme/old-one": False}


async def test_a_renamed_repository_goes_by_its_new_name(world: World) -> None:
    await select(world, Choice.MATCHING, "octocoders/kept-*")
    await world.tell(told_of("edited", full_name="Octocoders/kept-one"))
    assert (await known(world))["Octocoders/kept-one"]["selected"]
    await world.tell(told_of("renamed", 1, full_name="Octocoders/dropped"))
    assert not (await known(world))["Octocoders/dropped"]["selected"]


async def test_a_list_holds_what_it_names_also_when_that_is_renamed(world: World) -> None:
    await learn(world, a_repository(1, "acme/one"), a_repository(2, "acme/two"))
    changed = await select(world, Choice.LISTED, ids=(1,))
    assert (changed.counted, changed.of, changed.dropped) == (1, 2, ("acme/two",))
    renamed = Repository(RepositoryId(1), "acme/uno", updated_at=NOON + SECOND)
    await learn(world, renamed, a_repository(3, "acme/three"))
    selected = {name for name, row in (await known(world)).items() if row["selected"]}
    assert selected == {"acme/uno"}


@pytest.mark.parametrize("order", list(permutations(range(4))))
async def test_news_of_a_repository_end_the_same_in_any_order(
    world: World, order: tuple[int, ...]
) -> None:
    news = [
        told_of("created", 0, full_name="octocoders/a", archived=False),
        told_of("renamed", 1, full_name="octocoders/b", archived=False),
        told_of("archived", 2, full_name="octocoders/b", archived=True, default_branch="trunk"),
        told_of("privatized", 2, full_name="octocoders/b", archived=True, private=True),
    ]
    await world.tell(*[news[place] for place in order], *news[:2])
    (row,) = await world.rows(
        "SELECT full_name, archived, private, default_branch, updated_at FROM repositories"
    )
    assert tuple(row.values()) == ("octocoders/b", True, False, "trunk", NOON + 2 * SECOND)


@pytest.mark.parametrize("late", [False, True])
async def test_of_two_names_in_one_second_the_one_heard_later_counts(
    world: World, late: bool
) -> None:
    first, second = (
        told_of("renamed", full_name="octocoders/z"),
        told_of("renamed", full_name="octocoders/a"),
    )
    for told, hour in ((second, 1), (first, 0)) if late else ((first, 0), (second, 1)):
        world.now = NOON + timedelta(hours=hour)
        await world.tell(told)
    assert list(await known(world)) == ["octocoders/a"]


async def test_a_deleted_repository_is_gone_and_stays_known(world: World) -> None:
    await world.tell(told_of("created"), told_of("deleted", 1))
    (row,) = (await known(world)).values()
    assert row["gone_at"] == NOON


async def test_what_an_installation_shows_comes_and_goes(world: World) -> None:
    added, removed = (
        real("installation_repositories.added"),
        real("installation_repositories.removed"),
    )
    repository = added["repositories_added"][0]
    removed["repositories_removed"] = [repository]
    await world.tell(Told("installation_repositories", added))
    assert (await known(world))[repository["full_name"]]["gone_at"] is None
    world.wait(hours=1)
    await world.tell(Told("installation_repositories", removed))
    assert (await known(world))[repository["full_name"]]["gone_at"] == world.now
    # Late news change nothing.
    world.wait(hours=-2)
    await world.tell(Told("installation_repositories", added))
    assert (await known(world))[repository["full_name"]]["gone_at"] is not None


async def test_of_those_that_are_shown_it_is_counted_how_many_count(world: World) -> None:
    async with world.transaction() as tx:
        assert await repositories.count_shown(tx) == (0, 0)
    await learn(world, *(a_repository(n, f"acme/{n}") for n in range(1, 5)))
    await select(world, Choice.LISTED, ids=(1, 4))
    async with world.transaction() as tx:
        await repositories.mark_gone(tx, [a_repository(4, "acme/4")], heard_at=world.now)
        assert await repositories.count_shown(tx) == (1, 3)


async def test_a_preview_changes_nothing(world: World) -> None:
    await learn(world, a_repository(1, "acme/one"), a_repository(2, "other/two"))
    wanted = Selection(Choice.MATCHING, patterns=("acme/*",))
    async with world.transaction() as tx:
        seen = await repositories.preview(tx, wanted)
    assert (seen.counted, seen.left_out) == (("acme/one",), ("other/two",))
    assert all(row["selected"] for row in (await known(world)).values())


async def test_a_choice_is_in_the_audit_with_its_size_and_without_names(world: World) -> None:
    await learn(world, a_repository(1, "acme/one"), a_repository(2, "other/two"))
    await select(world, Choice.MATCHING, "acme/*")
    (row,) = await world.rows(
        "SELECT actor, details FROM audits WHERE action = 'repositories.selected'"
    )
    assert row == {"actor": "U1", "details": {"choice": "matching", "added": 0, "dropped": 1}}


@pytest.mark.parametrize(
    ("patterns", "said"),
    [
        (("acme shop",), "acme shop: not a pattern"),
        (("!acme/*",), "Nothing would count"),
        (("a*",) * 101, "more than 100 patterns"),
        ((), "Nothing would count"),
    ],
)
async def test_patterns_that_cannot_be_meant_are_refused(
    world: World, patterns: tuple[str, ...], said: str
) -> None:
    with pytest.raises(UserError, match=said):
        await select(world, Choice.MATCHING, *patterns)


async def test_a_list_may_hold_what_is_not_shown_now_and_a_name_leads_to_what_is(
    world: World,
) -> None:
    await learn(world, a_repository(1, "acme/one"), a_repository(2, "acme/one"))
    async with world.transaction() as tx:
        await repositories.mark_gone(tx, [a_repository(1, "acme/one")], heard_at=NOON)
        wanted = await repositories.read_wanted(tx, Choice.LISTED, ["acme/one"])
        assert wanted.repository_ids == {2}
        await repositories.mark_gone(tx, [a_repository(2, "acme/one")], heard_at=NOON)
        assert await repositories.read_wanted(tx, Choice.LISTED, ["acme/one"]) is not None


async def test_names_that_nobody_shows_us_are_refused(world: World) -> None:
    await learn(world, a_repository(1, "acme/one"))
    async with world.transaction() as tx:
        wanted = await repositories.read_wanted(tx, Choice.LISTED, ["Acme/One"])
        assert wanted.repository_ids == {1}
        assert await repositories.lines_of(tx, wanted) == ("acme/one",)
        with pytest.raises(UserError, match="acme/two: GitHub shows me no such"):
            await repositories.read_wanted(tx, Choice.LISTED, ["acme/two"])
