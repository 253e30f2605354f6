"""Reviews that come after the merge: who is asked then, and whose question is taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.integration.game.lives import (
    BOTH,
    HOUR,
    MERGED,
    RATING_ONLY,
    STORY,
    approved,
    live_through,
)
from tests.integration.game.support import NOON, World, login
from tests.stories import COPILOT, Json, Story, Told, by_a_ghost, by_agent


async def test_an_approval_after_the_merge_adds_its_part_once(world: World) -> None:
    await live_through(world, STORY)
    late = approved(STORY, "person3", HOUR, review=2)
    await world.tell(late, late, STORY.edited(NOON + HOUR), late)
    await world.settle()
    assert await world.parts(7) == [*BOTH, ("person3", "reviewer", True)]
    assert "How good is it?" in await world.message(7, "person3")


@pytest.mark.parametrize("first", ["approved", "merged"])
async def test_who_snoozes_for_long_is_asked_the_same_whichever_event_comes_first(
    world: World, first: str
) -> None:
    until = NOON + timedelta(days=5, hours=1)
    await world.run(
        "UPDATE members SET snoozed_until = $1 WHERE member_id = $2", until, world.ids["person2"]
    )
    told = [approved(STORY, "person2", -HOUR), STORY.merged()]
    await world.tell(*(told if first == "approved" else reversed(told)))
    assert ("person2", "reviewer", True) in await world.parts(7)
    assert (await world.part(7, "person2"))["send_at"] == NOON + timedelta(days=5)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (by_a_ghost, ("person3", "reviewer", False)),
        (by_agent(COPILOT, "person4-gh"), ("person3", "reviewer", False)),
    ],
)
async def test_an_approval_is_asked_even_if_nobody_could_be_at_the_merge(
    world: World, change: Callable[[Json], None], expected: tuple[str, str, bool]
) -> None:
    story = Story(7, NOON, merged_at=MERGED, change=change)
    await world.tell(story.merged())
    assert await world.surveys() == [(7, "open")]
    await world.tell(approved(story, "person3", HOUR), approved(story, "person4", HOUR, review=2))
    assert expected in await world.parts(7)
    assert ("person4", "reviewer", False) in await world.parts(7) or change is not by_a_ghost


async def test_who_started_an_agents_work_is_not_asked_when_approving_it_late(
    world: World,
) -> None:
    story = Story(7, NOON, merged_at=MERGED, change=by_agent(COPILOT, "person4-gh"))
    await world.tell(story.merged(), approved(story, "person4", HOUR, review=2))
    assert await world.parts(7) == []


async def test_approving_ones_own_work_late_makes_it_one_combined_message(world: World) -> None:
    await live_through(world, STORY)
    await world.tell(approved(STORY, "person1", HOUR, review=2))
    await world.settle()
    assert await world.parts(7) == [("person1", "combined", False), ("person2", "reviewer", True)]
    message = await world.message(7, "person1")
    assert "How good is it?" in message
    assert "You wrote and approved it" in message
    await world.tell(
        STORY.dismissed(login("person1"), NOON + 2 * HOUR, review=2, submitted_at=NOON + HOUR)
    )
    await world.settle()
    assert await world.parts(7) == BOTH


async def test_an_author_linked_since_the_merge_is_not_asked_when_approving(world: World) -> None:
    await world.run("DELETE FROM github_links WHERE github_login = 'person1-gh'")
    await live_through(world, STORY)
    await relink_author(world)
    await world.tell(approved(STORY, "person1", HOUR, review=2))
    late = approved(STORY, "person3", HOUR, review=3)
    await world.tell(late)
    assert await world.parts(7) == [*RATING_ONLY, ("person3", "reviewer", False)]


async def relink_author(world: World) -> None:
    await world.run(
        "INSERT INTO github_links (workspace_id, github_login, member_id, state, source, linked_at)"
        " SELECT workspace_id, 'person1-gh', member_id, 'confirmed', 'admin', now()"
        "   FROM members WHERE slack_user_id = 'UPERSON1'"
    )


async def test_a_dismissal_takes_an_unanswered_question_back_and_the_message_says_so(
    world: World,
) -> None:
    await live_through(world, STORY)
    await world.tell(dismissed())
    await world.settle()
    assert await world.parts(7) == [("person1", "author", False)]
    assert "taken back" in await world.message(7, "person2")
    world.wait(days=8)
    await world.settle()
    assert "taken back" in await world.message(7, "person2")


def dismissed(name: str = "person2", review: int = 1, at: timedelta = HOUR) -> Told:
    submitted_at = NOON - 2 * HOUR
    return STORY.dismissed(login(name), NOON + at, review=review, submitted_at=submitted_at)


async def test_a_dismissal_keeps_what_was_answered(world: World) -> None:
    await live_through(world, STORY)
    await world.rates(7, "person2")
    await world.tell(dismissed())
    await world.settle()
    assert await world.parts(7) == BOTH
    assert "Was it AI-assisted?" in await world.message(7, "person2")


async def test_approving_again_asks_again_in_the_same_message(world: World) -> None:
    await live_through(world, STORY)
    asked_at = (await world.part(7, "person2"))["asked_at"]
    await world.tell(dismissed(), approved(STORY, "person2", 2 * HOUR, review=9))
    world.wait(hours=3)
    await world.settle()
    part = await world.part(7, "person2")
    assert (part["state"], part["asked_at"], part["send_at"]) == ("asked", asked_at, asked_at)
    assert "How good is it?" in await world.message(7, "person2")


async def test_approving_again_asks_again_even_when_the_budget_is_full(world: World) -> None:
    await world.game(daily_budget=1, weekly_budget=1)
    await live_through(world, STORY)
    await world.tell(dismissed(), approved(STORY, "person2", 2 * HOUR, review=9))
    await world.settle()
    assert await world.parts(7) == BOTH


async def test_a_question_taken_back_before_it_was_sent_is_never_sent(world: World) -> None:
    await world.run("UPDATE members SET snoozed_until = $1", NOON + 3 * HOUR)
    await live_through(world, STORY)
    await world.tell(dismissed())
    world.wait(hours=4)
    await world.settle()
    assert (await world.part(7, "person2"))["asked_at"] is None
    assert await world.message(7, "person2") == ""
    assert await world.message(7, "person1") != ""


async def test_requesting_changes_after_approving_takes_the_question_back(world: World) -> None:
    await live_through(world, STORY)
    changes = STORY.reviewed(login("person2"), "changes_requested", NOON + HOUR, review=4)
    comment = STORY.reviewed(login("person2"), "commented", NOON, review=3)
    await world.tell(comment)
    assert await world.parts(7) == BOTH
    await world.tell(changes)
    assert await world.parts(7) == [("person1", "author", False)]
    await world.tell(dismissed(review=4))
    assert await world.parts(7) == BOTH


async def test_reviews_by_people_who_were_not_asked_change_nothing(world: World) -> None:
    await live_through(world, STORY)
    await world.tell(
        STORY.reviewed(login("person3"), "commented", NOON, review=3),
        STORY.reviewed("stranger", "changes_requested", NOON, review=4),
        STORY.reviewed(login("person3"), "pending", NOON, review=5),
        STORY.reviewed(login("person3"), "astonished", NOON, review=6),
    )
    assert await world.parts(7) == BOTH


async def test_an_approver_without_room_before_the_expiry_is_not_asked_late(world: World) -> None:
    await live_through(world, STORY)
    world.wait(days=6)
    await world.tell(approved(STORY, "person3", timedelta(days=6), review=2))
    assert await world.parts(7) == BOTH


async def test_an_approver_who_stopped_is_not_asked_late(world: World) -> None:
    await live_through(world, STORY)
    await world.run("UPDATE members SET stopped_at = now() WHERE slack_user_id = 'UPERSON3'")
    await world.tell(approved(STORY, "person3", HOUR, review=2))
    assert await world.parts(7) == BOTH
