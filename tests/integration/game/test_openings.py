"""Which merges open a survey, and who is asked what: from a webhook's bytes to the rows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.integration.game.lives import (
    BOTH,
    HOUR,
    MERGED,
    MINUTE,
    RATING_ONLY,
    STORY,
    approved,
    live_through,
)
from tests.integration.game.support import NOON, World, login, slack_id
from tests.stories import (
    CLAUDE,
    COPILOT,
    DEPENDABOT,
    DEVIN,
    Edit,
    Story,
    by_a_ghost,
    by_agent,
    by_bot,
    from_a_fork,
    with_a_minimal_account,
    with_extra_fields,
    with_nulls,
    without_newer_fields,
)


@pytest.mark.parametrize(
    ("story", "surveys", "parts"),
    [
        pytest.param(STORY, 1, BOTH, id="merged"),
        pytest.param(Story(7, NOON - HOUR, merged_at=MERGED, squash=True), 1, BOTH, id="squash"),
        pytest.param(Story(7, NOON - HOUR), 0, [], id="not merged"),
        pytest.param(
            Story(7, NOON, merged_at=MERGED, change=by_agent(COPILOT, "person3-gh")),
            1,
            RATING_ONLY,
            id="Copilot's",
        ),
        pytest.param(
            Story(7, NOON, merged_at=MERGED, change=by_agent(CLAUDE, "person3-gh")),
            1,
            RATING_ONLY,
            id="Claude's",
        ),
        pytest.param(
            Story(7, NOON, merged_at=MERGED, change=by_agent(DEVIN, "person2-gh")),
            1,
            [],
            id="Devin's, approved by who started it",
        ),
        pytest.param(
            Story(7, NOON, merged_at=MERGED, change=by_agent(DEVIN)), 0, [], id="nobody's agent's"
        ),
        pytest.param(
            Story(7, NOON, merged_at=MERGED, change=by_agent(DEVIN, "person1-gh", "person3-gh")),
            0,
            [],
            id="an agent's with two people assigned",
        ),
        pytest.param(
            Story(7, NOON, merged_at=MERGED, change=by_agent(DEVIN, "stranger")),
            1,
            RATING_ONLY,
            id="an agent's, started by somebody unlinked",
        ),
        pytest.param(
            Story(7, NOON, merged_at=MERGED, change=by_bot(DEPENDABOT)), 0, [], id="Dependabot's"
        ),
        pytest.param(
            Story(7, NOON, merged_at=MERGED, change=from_a_fork), 1, BOTH, id="from a fork"
        ),
        pytest.param(
            Story(7, NOON, merged_at=MERGED, change=by_a_ghost), 1, RATING_ONLY, id="a ghost's"
        ),
        pytest.param(
            Story(7, NOON, merged_at=MERGED, change=without_newer_fields), 1, BOTH, id="old GitHub"
        ),
        pytest.param(Story(7, NOON, merged_at=MERGED, change=with_nulls), 1, BOTH, id="nulls"),
        pytest.param(
            Story(7, NOON, merged_at=MERGED, change=with_extra_fields), 1, BOTH, id="new GitHub"
        ),
        pytest.param(
            Story(7, NOON, merged_at=MERGED, change=with_a_minimal_account),
            1,
            BOTH,
            id="a mannequin's",
        ),
        pytest.param(
            Story(7, NOON, merged_at=MERGED, author="Stranger"), 1, RATING_ONLY, id="a stranger's"
        ),
        pytest.param(
            Story(7, NOON, merged_at=MERGED, author="person2-gh"),
            1,
            [("person2", "combined", False)],
            id="approved by its author",
        ),
        pytest.param(
            Story(7, NOON, merged_at=MERGED, head="copilot/fix"),
            1,
            [("person1", "author", False), ("person2", "reviewer", False)],
            id="a tell-tale branch",
        ),
    ],
)
async def test_a_merge_asks_just_the_right_people(
    world: World, story: Story, surveys: int, parts: list[tuple[str, str, bool]]
) -> None:
    await live_through(world, story)
    assert len(await world.surveys()) == surveys
    assert await world.parts(7) == parts
    assert await world.rows("SELECT 1 FROM deliveries WHERE processed_at IS NULL") == []


@pytest.mark.parametrize(
    ("merged_ago", "opens"),
    [
        (timedelta(hours=48), False),
        (timedelta(hours=47, minutes=59, seconds=59), True),
        (timedelta(), True),
        (-10 * MINUTE, True),
        (-10 * MINUTE - timedelta(seconds=1), False),
        (timedelta(days=60), False),
    ],
)
async def test_only_a_merge_of_the_last_48_hours_opens_a_survey(
    world: World, merged_ago: timedelta, opens: bool
) -> None:
    await world.tell(Story(7, NOON - timedelta(days=90), merged_at=NOON - merged_ago).merged())
    assert bool(await world.surveys()) is opens


@pytest.mark.parametrize(
    ("switched_on", "opens"), [(MERGED - MINUTE, True), (MERGED, False), (NOON, False)]
)
async def test_only_a_merge_after_the_game_was_switched_on_opens_a_survey(
    world: World, switched_on: object, opens: bool
) -> None:
    await world.game(switched_on_at=switched_on)
    await world.tell(STORY.merged())
    assert bool(await world.surveys()) is opens


async def test_while_the_game_is_off_nothing_opens_and_switching_it_on_makes_up_for_nothing(
    world: World,
) -> None:
    await world.game(switched_on_at=None)
    await live_through(world, STORY)
    await world.game(switched_on_at=NOON)
    await world.tell(STORY.edited(NOON))
    assert await world.surveys() == []


async def test_questions_that_wait_when_the_game_is_switched_off_are_never_asked(
    world: World,
) -> None:
    await world.run("UPDATE members SET snoozed_until = $1", NOON + HOUR)
    await live_through(world, STORY)
    await world.game(switched_on_at=None)
    world.wait(hours=2)
    await world.settle()
    await world.game(switched_on_at=world.now)
    await world.settle()
    assert await world.parts(7) == []
    assert await world.value("SELECT count(*) FROM outbox") == 0


async def test_replays_weeks_later_open_nothing_new_and_ask_nobody_again(world: World) -> None:
    await live_through(world, STORY)
    world.wait(days=8)
    await world.settle()
    assert await world.surveys() == [(7, "closed")]
    sent = await world.value("SELECT count(*) FROM outbox")
    world.wait(days=30)
    other = Story(8, NOON - 5 * HOUR, merged_at=MERGED)
    await live_through(world, STORY)
    await live_through(world, other)
    await world.tell(approved(STORY, "person3", review=5))
    await world.settle()
    assert await world.surveys() == [(7, "closed")]
    assert await world.value("SELECT count(*) FROM outbox") == sent


async def test_a_late_account_link_asks_nobody_about_earlier_merges(world: World) -> None:
    await world.run("DELETE FROM github_links")
    await live_through(world, STORY)
    await relink(world)
    await live_through(world, STORY)
    assert await world.parts(7) == [("person2", "reviewer", False)]


async def relink(world: World) -> None:
    for name in ("person1", "person2"):
        await world.run(
            "INSERT INTO github_links (workspace_id, github_login, member_id, state, source,"
            " linked_at) SELECT workspace_id, $2, member_id, 'confirmed', 'admin', now()"
            "  FROM members WHERE slack_user_id = $1",
            slack_id(name),
            login(name),
        )


async def test_accounts_nobody_is_linked_to_are_listed_for_the_admin(world: World) -> None:
    await world.run("DELETE FROM github_links")
    await live_through(world, STORY)
    await world.tell(
        STORY.reviewed("looker", "commented", NOON, review=2),
        STORY.reviewed("late-approver", "approved", NOON, review=3),
    )
    await live_through(world, Story(8, NOON, merged_at=MERGED, change=by_a_ghost))
    listed = await world.rows("SELECT github_login FROM unlinked_accounts ORDER BY github_login")
    assert [row["github_login"] for row in listed] == ["late-approver", "person1-gh", "person2-gh"]


@pytest.mark.parametrize("column", ["excluded", "departed"])
async def test_a_reviewer_who_is_excluded_or_gone_is_not_asked(world: World, column: str) -> None:
    await world.run(f"UPDATE members SET {column} = true WHERE slack_user_id = 'UPERSON2'")
    await live_through(world, STORY)
    assert await world.parts(7) == [("person1", "author", False)]


async def test_an_excluded_members_pull_requests_open_none(world: World) -> None:
    await world.run("UPDATE members SET excluded = true WHERE slack_user_id = 'UPERSON1'")
    await live_through(world, STORY)
    await live_through(
        world, Story(8, NOON, merged_at=MERGED, change=by_agent(DEVIN, "person1-gh"))
    )
    assert await world.surveys() == []


async def test_an_author_who_stopped_leaves_the_approvers_a_rating_without_a_guess(
    world: World,
) -> None:
    await world.run("UPDATE members SET stopped_at = now() WHERE slack_user_id = 'UPERSON1'")
    await live_through(world, STORY)
    assert await world.parts(7) == RATING_ONLY


async def test_a_sign_of_ai_that_was_ever_visible_leaves_no_guess(world: World) -> None:
    marker = "🤖 Generated with [Claude Code](https://claude.com/claude-code)"
    edits = (Edit(NOON - 4 * HOUR, "T", marker), Edit(NOON - 3 * HOUR, "T", "Clean."))
    story = Story(7, NOON - 5 * HOUR, merged_at=MERGED, edits=edits)
    await world.tell(story.edited(NOON - 4 * HOUR), story.edited(NOON - 3 * HOUR))
    await live_through(world, story)
    assert await world.parts(7) == [("person1", "author", False), ("person2", "reviewer", False)]


HOSTILE = [
    "مرحبا بالعالم",
    "支持按门店筛选库存",
    "🦓" * 200,
    "<!channel> <@U123> <https://evil.example|click> *bold* `code`",
    "\u202e reversed \u200b\x00",
    "a" * 300,
    "&amp; <script>",
]


@pytest.mark.parametrize("title", HOSTILE)
async def test_any_title_and_any_name_gets_through(world: World, title: str) -> None:
    await world.run("UPDATE members SET name = $1", title.replace("\x00", "")[:80] or "x")
    await live_through(world, Story(7, NOON, merged_at=MERGED, title=title))
    message = await world.message(7, "person2")
    assert "How good is it?" in message
    assert "<!channel>" not in message
    assert "<https://evil.example" not in message


async def test_an_empty_workspace_keeps_what_it_hears_and_asks_nobody(world: World) -> None:
    await world.run("DELETE FROM github_links")
    await world.run("DELETE FROM members")
    await live_through(world, STORY)
    assert await world.surveys() == [(7, "open")]
    world.wait(days=7)
    await world.settle()
    assert await world.surveys() == [(7, "closed")]
    assert await world.value("SELECT count(*) FROM outbox") == 0
