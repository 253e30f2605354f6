"""Taps that race one another, or the reveal, or are about nothing."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.ids import PartId, SlackUserId
from bot.domain.surveys import AiAnswer, AnswerIt, Guess, GuessIt, Refused, WhyRefused
from bot.errors import Conflict
from bot.use_cases.surveys import Answered, Unknown, answer
from storage import replies
from tests.integration.game.support import NOON, World, login, slack_id
from tests.stories import Story

STORY = Story(7, NOON - timedelta(hours=5), merged_at=NOON - timedelta(hours=1))


async def asked(world: World) -> None:
    await world.tell(STORY.reviewed(login("person2"), "approved", NOON, review=1), STORY.merged())
    await world.settle()


async def tap(world: World, name: str, said: AiAnswer | Guess) -> Any:
    part_id = PartId((await world.part(7, name))["part_id"])
    who = SlackUserId(slack_id(name))
    reply = (
        AnswerIt(part_id, who, said) if isinstance(said, AiAnswer) else GuessIt(part_id, who, said)
    )
    return await answer(world.db, world.team, reply, response_url=None, now=world.now)


async def test_a_tap_on_what_was_never_asked_is_unknown(world: World) -> None:
    reply = AnswerIt(PartId(10**15), SlackUserId("UPERSON1"), AiAnswer.NO)
    found = await answer(world.db, world.team, reply, response_url=None, now=NOON)
    assert found == Unknown()


async def test_of_many_taps_at_once_one_is_kept_and_none_is_lost_silently(world: World) -> None:
    await asked(world)
    said = [AiAnswer.NO, AiAnswer.HELPED, AiAnswer.WROTE] * 2
    outcomes = await asyncio.gather(*(tap(world, "person1", one) for one in said))
    assert Answered(changed=True) in outcomes
    assert set(map(type, outcomes)) == {Answered}
    assert (await world.part(7, "person1"))["answer"] in ("no", "helped", "wrote")


async def test_a_tap_that_meets_the_reveal_is_counted_before_it_or_refused(world: World) -> None:
    await asked(world)
    await world.rates_and_guesses(7, "person2", "yes")
    await tap(world, "person1", AiAnswer.HELPED)
    survey_id = (await world.part(7, "person1"))["survey_id"]
    outcome, _ = await asyncio.gather(tap(world, "person1", AiAnswer.NO), world.look(survey_id))
    await world.settle()
    author, reviewer = await world.part(7, "person1"), await world.part(7, "person2")
    was_late = outcome == Refused(WhyRefused.ALREADY_REVEALED)
    assert (author["answer"], reviewer["outcome"]) == (
        ("helped", "right") if was_late else ("no", "wrong")
    )


async def test_a_part_that_never_stops_changing_is_a_conflict_not_a_lost_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asked(world)
    save = replies.save_part

    async def save_too_late(*args: Any, **how: Any) -> bool:
        await world.run("UPDATE parts SET changed_at = clock_timestamp()")
        return await save(*args, **how)

    monkeypatch.setattr(replies, "save_part", save_too_late)
    with pytest.raises(Conflict):
        await tap(world, "person1", AiAnswer.NO)
    assert (await world.part(7, "person1"))["answer"] is None


async def test_the_quick_way_to_update_a_message_is_used_while_it_is_fresh(world: World) -> None:
    await asked(world)
    part_id = PartId((await world.part(7, "person1"))["part_id"])
    reply = AnswerIt(part_id, SlackUserId("UPERSON1"), AiAnswer.HELPED)
    url = "https://hooks.slack.test/1"
    await answer(world.db, world.team, reply, response_url=url, now=world.now)
    await world.settle()
    newest = "SELECT response_url FROM outbox WHERE effect_key = $1 ORDER BY outbox_id DESC"
    assert await world.value(newest, f"part:{part_id}") == url
    await world.run("UPDATE outbox SET state = 'sent', finished_at = $1", NOON)
    world.wait(hours=1)
    await world.tell(STORY.reviewed(login("person1"), "approved", world.now, review=5))
    await world.settle()
    assert await world.value(newest, f"part:{part_id}") is None
