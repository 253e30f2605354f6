"""From the first tap to the reveal and the expiry: who may say what, who learns what, and when."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from bot.domain.surveys import Refused, WhyRefused
from bot.use_cases.surveys import Answered, NotYours
from tests.integration.game.support import NOON, World, login
from tests.stories import Edit, Story, Told

HOUR = timedelta(hours=1)
MARKER = "🤖 Generated with [Claude Code](https://claude.com/claude-code)"
STORY = Story(7, NOON - 5 * HOUR, merged_at=NOON - HOUR)


def approvals(story: Story, *names: str) -> list[Told]:
    at = NOON - 2 * HOUR
    return [
        story.reviewed(login(name), "approved", at, review=review)
        for review, name in enumerate(names, start=1)
    ]


async def asked(world: World, *reviewers: str, story: Story = STORY) -> None:
    await world.tell(*approvals(story, *(reviewers or ("person2",))), story.merged())
    await world.settle()


async def outcome(world: World, name: str = "person2", number: int = 7) -> tuple[Any, ...]:
    part = await world.part(number, name)
    return part["state"], part["outcome"]


async def test_the_guess_shows_only_after_the_rating_and_makes_it_final(world: World) -> None:
    await asked(world)
    assert "AI-assisted" not in await world.message(7, "person2")
    assert await world.guesses(7, "person2", "yes") == Refused(WhyRefused.RATE_FIRST)
    assert await world.rates(7, "person2", "ok") == Answered(changed=True)
    assert "Was it AI-assisted?" in await world.message(7, "person2")
    assert await world.rates(7, "person2", "super") == Answered(changed=True)
    assert await world.guesses(7, "person2", "no") == Answered(changed=True)
    assert await world.rates(7, "person2", "ok") == Refused(WhyRefused.RATING_IS_FINAL)
    assert (await world.part(7, "person2"))["rating"] == "super"


async def test_a_guess_may_change_until_the_reveal(world: World) -> None:
    await asked(world)
    await world.rates_and_guesses(7, "person2", "no")
    assert await world.guesses(7, "person2", "yes") == Answered(changed=True)
    assert await world.guesses(7, "person2", "yes") == Answered(changed=False)
    await world.answers(7, "person1", "wrote")
    assert await outcome(world) == ("final", "right")
    assert await world.guesses(7, "person2", "no") == Refused(WhyRefused.ALREADY_REVEALED)
    assert await world.answers(7, "person1", "no") == Refused(WhyRefused.ALREADY_REVEALED)


@pytest.mark.parametrize("author_first", [True, False])
@pytest.mark.parametrize(
    ("answer", "guess", "expected"),
    [
        ("no", "no", "right"),
        ("no", "yes", "wrong"),
        ("helped", "yes", "right"),
        ("wrote", "yes", "right"),
        ("helped", "no", "wrong"),
    ],
)
async def test_the_reveal_comes_with_the_second_answer_whoever_gives_it(
    world: World, author_first: bool, answer: str, guess: str, expected: str
) -> None:
    await asked(world)
    if author_first:
        await world.answers(7, "person1", answer)
        assert await world.reveal(7, "person2") == ""
        await world.rates_and_guesses(7, "person2", guess)
    else:
        await world.rates_and_guesses(7, "person2", guess)
        assert await world.reveal(7, "person2") == ""
        await world.answers(7, "person1", answer)
    assert await outcome(world) == ("final", expected)
    assert (await world.part(7, "person1"))["state"] == "final"
    words = {"right": ("Good hunch", "1 of 1"), "wrong": ("Not this time", "0 of 1")}[expected]
    told = await world.reveal(7, "person2")
    assert all(word in told for word in words)


async def test_each_reviewer_is_told_alone_and_the_answer_is_final_after_the_first(
    world: World,
) -> None:
    await asked(world, "person2", "person3", "person4")
    await world.rates_and_guesses(7, "person2", "yes")
    await world.rates(7, "person3")
    await world.answers(7, "person1", "helped")
    assert await outcome(world, "person2") == ("final", "right")
    assert await outcome(world, "person3") == ("asked", None)
    assert await world.answers(7, "person1", "no") == Refused(WhyRefused.ALREADY_REVEALED)
    await world.guesses(7, "person3", "no")
    assert await outcome(world, "person3") == ("final", "wrong")
    assert await outcome(world, "person4") == ("asked", None)
    assert await world.reveal(7, "person4") == ""


@pytest.mark.parametrize("hidden_first", [True, False])
async def test_nothing_is_revealed_where_the_author_chose_not_to(
    world: World, hidden_first: bool
) -> None:
    await asked(world)
    steps = [world.hides(7, "person1"), world.answers(7, "person1", "helped")]
    for step in steps if hidden_first else reversed(steps):
        await step
    await world.rates_and_guesses(7, "person2", "yes")
    assert await outcome(world) == ("asked", None)
    assert await world.reveal(7, "person2") == ""
    world.wait(days=7)
    await world.settle()
    assert await outcome(world) == ("closed", "private")
    assert "private" in await world.reveal(7, "person2")


async def test_an_author_who_then_agrees_is_revealed_after_all(world: World) -> None:
    await asked(world)
    await world.hides(7, "person1")
    await world.answers(7, "person1", "helped")
    await world.rates_and_guesses(7, "person2", "yes")
    await world.hides(7, "person1", hidden=False)
    assert await outcome(world) == ("final", "right")


async def test_hiding_after_the_first_reveal_keeps_the_answer_from_the_others(
    world: World,
) -> None:
    await asked(world, "person2", "person3")
    await world.rates_and_guesses(7, "person2", "yes")
    await world.answers(7, "person1", "helped")
    await world.hides(7, "person1")
    await world.rates_and_guesses(7, "person3", "yes")
    assert await outcome(world, "person2") == ("final", "right")
    assert await outcome(world, "person3") == ("asked", None)
    assert await world.reveal(7, "person3") == ""


async def test_no_idea_is_neither_scored_nor_revealed(world: World) -> None:
    await asked(world)
    await world.rates_and_guesses(7, "person2", "no_idea")
    await world.answers(7, "person1", "helped")
    assert await outcome(world) == ("asked", None)
    world.wait(days=7)
    await world.settle()
    assert await outcome(world) == ("closed", None)
    assert await world.reveal(7, "person2") == ""


async def test_no_idea_may_become_a_guess_before_the_expiry(world: World) -> None:
    await asked(world)
    await world.rates_and_guesses(7, "person2", "no_idea")
    await world.answers(7, "person1", "helped")
    await world.guesses(7, "person2", "no")
    assert await outcome(world) == ("final", "wrong")


async def test_while_reveals_are_off_nothing_is_told_and_what_is_open_is_when_they_are_on(
    world: World,
) -> None:
    await asked(world)
    await world.game(reveals_on=False)
    await world.rates_and_guesses(7, "person2", "yes")
    await world.answers(7, "person1", "helped")
    assert await outcome(world) == ("asked", None)
    assert await world.reveal(7, "person2") == ""
    await world.run("DELETE FROM pgqueuer.pgqueuer")
    await world.game(reveals_on=True)
    looks = "SELECT count(*) FROM pgqueuer.pgqueuer WHERE headers ->> 'workspace_id' = $1"
    assert await world.value(looks, world.team) == 1
    await world.settle()
    assert await outcome(world) == ("final", "right")


async def test_what_expires_while_reveals_are_off_is_never_scored(world: World) -> None:
    await asked(world)
    await world.game(reveals_on=False)
    await world.rates_and_guesses(7, "person2", "yes")
    await world.answers(7, "person1", "helped")
    world.wait(days=7)
    await world.settle()
    await world.game(reveals_on=True)
    await world.settle()
    assert await outcome(world) == ("closed", "unresolved")


@pytest.mark.parametrize(
    ("guess", "expected"), [("yes", "unresolved"), ("no", "unresolved"), ("no_idea", None)]
)
async def test_a_guess_whose_author_never_answered_ends_unresolved_and_its_maker_is_told(
    world: World, guess: str, expected: str | None
) -> None:
    await asked(world)
    await world.rates_and_guesses(7, "person2", guess)
    world.wait(days=6, hours=23)
    await world.settle()
    assert await world.surveys() == [(7, "open")]
    world.wait(hours=1)
    await world.settle()
    assert await world.surveys() == [(7, "closed")]
    assert await outcome(world) == ("closed", expected)
    assert ("no reveal in time" in await world.reveal(7, "person2")) is (expected is not None)
    assert "closed" in await world.message(7, "person1")


async def test_who_never_answered_is_not_told_of_any_outcome(world: World) -> None:
    await asked(world, "person2", "person3")
    await world.answers(7, "person1", "helped")
    await world.rates(7, "person3")
    world.wait(days=7)
    await world.settle()
    assert await outcome(world, "person2") == ("closed", None)
    assert await world.reveal(7, "person2") == await world.reveal(7, "person3") == ""


async def test_after_the_expiry_every_tap_gets_a_kind_word_and_changes_nothing(
    world: World,
) -> None:
    await asked(world)
    world.wait(days=7)
    closed = Refused(WhyRefused.CLOSED)
    assert await world.answers(7, "person1", "helped") == closed
    await world.settle()
    assert await world.rates(7, "person2") == closed
    assert await world.hides(7, "person1") == closed
    before = await world.rows("SELECT * FROM parts ORDER BY part_id")
    await world.settle()
    assert await world.rows("SELECT * FROM parts ORDER BY part_id") == before


async def test_what_was_revealed_stays_when_the_survey_closes(world: World) -> None:
    await asked(world, "person2", "person3")
    await world.rates_and_guesses(7, "person2", "no")
    await world.answers(7, "person1", "helped")
    told = await world.reveal(7, "person2")
    world.wait(days=7)
    await world.settle()
    assert await outcome(world, "person1") == ("final", None)
    assert await outcome(world, "person2") == ("final", "wrong")
    assert await outcome(world, "person3") == ("closed", None)
    assert await world.reveal(7, "person2") == told
    for name in ("person1", "person2", "person3"):
        assert "This survey is closed" in await world.message(7, name)
        assert "survey." not in await world.message(7, name)


async def test_a_foreign_survey_is_not_ones_own_to_answer(world: World) -> None:
    await asked(world)
    await world.run("UPDATE parts SET slack_user_id = 'USOMEBODY' WHERE role = 'author'")
    part_id = await world.value("SELECT part_id FROM parts WHERE role = 'author'")
    assert await world.taps(part_id, "person2", "helped") == NotYours()


SIGNED = Story(
    7, NOON - 5 * HOUR, merged_at=NOON - HOUR, edits=(Edit(NOON + HOUR, Story.title, MARKER),)
)


async def test_a_sign_found_later_voids_the_guess_and_the_message_says_why(world: World) -> None:
    await asked(world, "person2", "person3", "person4", story=SIGNED)
    await world.rates_and_guesses(7, "person2", "yes")
    await world.rates_and_guesses(7, "person3", "no_idea")
    await world.tell(SIGNED.edited(NOON + HOUR))
    await world.settle()
    assert await outcome(world) == ("asked", "void")
    assert "Claude Code" in await world.reveal(7, "person2")
    assert await world.reveal(7, "person3") == ""
    assert "Claude Code" not in await world.message(7, "person4")
    await world.rates(7, "person4")
    assert "Claude Code" in await world.message(7, "person4")
    assert await world.guesses(7, "person4", "yes") == Refused(WhyRefused.NO_GUESS_HERE)
    await world.answers(7, "person1", "wrote")
    assert await outcome(world) == ("asked", "void")
    assert await outcome(world, "person3") == ("asked", None)


async def test_a_sign_found_after_the_reveal_changes_nothing(world: World) -> None:
    await asked(world, story=SIGNED)
    await world.rates_and_guesses(7, "person2", "no")
    await world.answers(7, "person1", "no")
    told = await world.reveal(7, "person2")
    await world.tell(SIGNED.edited(NOON + HOUR))
    await world.settle()
    assert await outcome(world) == ("final", "right")
    assert await world.reveal(7, "person2") == told
    assert "Claude Code" not in await world.message(7, "person2")


@pytest.mark.parametrize("head", ["copilot/fix-1", "claude/fix", "cursor/fix", "devin/1"])
async def test_a_tell_tale_branch_leaves_the_rating_and_says_why_only_after_it(
    world: World, head: str
) -> None:
    story = Story(7, NOON, merged_at=NOON - HOUR, head=head)
    await asked(world, story=story)
    assert head.partition("/")[0] not in await world.message(7, "person2")
    await world.rates(7, "person2")
    message = await world.message(7, "person2")
    assert f"starts with {head.partition('/')[0]}/" in message
    assert "survey.guess" not in message


async def test_the_running_score_stays_as_it_was_at_each_reveal(world: World) -> None:
    for number, guess in ((7, "yes"), (8, "no"), (9, "yes")):
        await asked(world, story=Story(number, NOON, merged_at=NOON - HOUR))
        await world.rates_and_guesses(number, "person2", guess)
    for number in (7, 8, 9):
        world.wait(minutes=1)
        await world.answers(number, "person1", "helped")
    for number, score in ((7, "1 of 1"), (8, "1 of 2"), (9, "2 of 3")):
        assert score in await world.reveal(number, "person2")
        assert score in await world.message(number, "person2")


async def test_looking_again_writes_nothing(world: World) -> None:
    await asked(world, "person2", "person3")
    await world.rates_and_guesses(7, "person2", "yes")
    await world.answers(7, "person1", "helped")
    versions = "SELECT xmin::text, * FROM parts ORDER BY part_id"
    messages = "SELECT outbox_id, xmin::text FROM outbox ORDER BY outbox_id"
    before = await world.rows(versions), await world.rows(messages)
    await world.settle()
    assert (await world.rows(versions), await world.rows(messages)) == before


async def test_one_persons_tap_does_not_touch_the_others_messages(world: World) -> None:
    await asked(world, "person2", "person3")
    await world.run("UPDATE outbox SET state = 'sent', finished_at = $1", NOON)
    await world.rates(7, "person2")
    pending = await world.rows("SELECT target FROM outbox WHERE state = 'pending'")
    assert [row["target"] for row in pending] == ["UPERSON2"]


async def test_who_left_slack_is_written_to_no_more(world: World) -> None:
    await asked(world)
    await world.rates_and_guesses(7, "person2", "yes")
    await world.run("UPDATE members SET departed = true WHERE slack_user_id = 'UPERSON2'")
    await world.answers(7, "person1", "helped")
    assert await outcome(world) == ("final", "right")
    assert await world.reveal(7, "person2") == ""


async def test_who_stopped_or_was_excluded_after_being_asked_may_still_finish(
    world: World,
) -> None:
    await asked(world)
    await world.rates_and_guesses(7, "person2", "yes")
    await world.run("UPDATE members SET stopped_at = $1, excluded = true", NOON)
    await world.answers(7, "person1", "helped")
    assert await outcome(world) == ("final", "right")


ORDERS = [*permutations(["answer", "rate", "guess", "hide", "show"], 5)][::7]


@pytest.mark.parametrize("order", ORDERS)
async def test_the_end_depends_on_what_was_said_not_on_when(
    world: World, order: tuple[str, ...]
) -> None:
    """Some of the orders in which author and reviewer can tap."""
    await asked(world)
    for step in order:
        match step:
            case "answer":
                await world.answers(7, "person1", "helped")
            case "hide" | "show":
                await world.hides(7, "person1", hidden=step == "hide")
            case "rate":
                await world.rates(7, "person2")
            case _:
                await world.guesses(7, "person2", "yes")
    if (await world.part(7, "person2"))["guess"] is None:
        assert order.index("guess") < order.index("rate")
        await world.guesses(7, "person2", "yes")
    hidden = order.index("hide") > order.index("show")
    revealed = (await world.part(7, "person2"))["outcome"]
    assert revealed == "right" or hidden
