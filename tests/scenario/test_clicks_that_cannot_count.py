"""Taps that cannot count: a kind word to the one who tapped, and no row changed."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

from bot.domain.ids import WorkspaceId
from bot.ports import TokenOwner
from bot.use_cases import installs
from playground.envelopes import Envelope, Kind
from playground.people import Done
from playground.records import Message
from tests.databases import TestDatabase
from tests.stage import Stage, set_stage

_WHAT_PEOPLE_SAID = """
    SELECT part_id, answer, reveal_ok, tool, rework, rating, guess, outcome, state FROM parts
     ORDER BY part_id
"""


async def said(stage: Stage) -> list[dict[str, Any]]:
    return await stage.rows(_WHAT_PEOPLE_SAID)


async def until_told(stage: Stage, name: str, words: str) -> None:
    """Wait for a word that only this person sees."""
    person = stage.person(name)
    await stage.slack.until(lambda: any(words in seen.text for seen in person.ephemerals))


async def asked(stage: Stage) -> tuple[Message, Message]:
    """The author's (person1) and the reviewer's (person2) messages about a fresh merge."""
    await stage.merge("person1", "person2")
    author = await stage.until_dm("person1", "Was this PR AI-assisted?")
    reviewer = await stage.until_dm("person2", "How good is it?")
    await stage.quiet()
    return author, reviewer


def block_of(message: Message) -> str:
    """The block of its question, which names the part."""
    ids = (str(block.get("block_id", "")) for block in message.blocks)
    return next(one for one in ids if one.startswith("part:"))


async def tap(stage: Stage, name: str, message: Message, action_id: str, **how: Any) -> Done:
    done = await stage.person(name).click(message, action_id, forged=True, **how)
    assert done.ok
    return done


async def test_another_persons_question(stage: Stage) -> None:
    author, _ = await asked(stage)
    before = await said(stage)
    await tap(stage, "person3", author, "survey.answer.no")
    await until_told(stage, "person3", "sent to somebody else")
    assert await said(stage) == before
    assert stage.person("person1").ephemerals == []


async def test_a_question_of_the_other_role(stage: Stage) -> None:
    author, _ = await asked(stage)
    block = block_of(author)
    before = await said(stage)
    await tap(stage, "person1", author, "survey.guess.yes", block_id=block)
    await until_told(stage, "person1", "for somebody else")
    assert await said(stage) == before


async def test_a_survey_that_is_gone(stage: Stage) -> None:
    author, _ = await asked(stage)
    for block in ("part:999999:answer", "part:999999999999999999:answer"):
        await tap(stage, "person1", author, "survey.answer.no", block_id=block)
    await until_told(stage, "person1", "can't find this survey")


async def test_values_no_button_of_ours_sends(stage: Stage) -> None:
    author, _ = await asked(stage)
    block = block_of(author)
    before = await said(stage)
    for action_id in (
        "survey.answer.perhaps",
        "survey.answer",
        "survey.",
        "survey.rate.7",
        "survey.guess.yes.no",
        "survey.unheard",
        "survey.tool",
        "survey.rework",
    ):
        await tap(stage, "person1", author, action_id, block_id=block)
    await tap(stage, "person1", author, "survey.answer.no", block_id="part:-1:answer")
    await tap(stage, "person1", author, "survey.answer.no", block_id="part:9999999999999999999:x")
    await tap(stage, "person1", author, "never.heard.of")
    await until_told(stage, "person1", "not on offer")
    await stage.quiet()
    assert len(stage.person("person1").ephemerals) == 11
    assert await said(stage) == before


async def test_a_part_of_another_workspace(stage: Stage) -> None:
    author, _ = await asked(stage)
    elsewhere = stage.slack.add_company("Other")
    services = stage.services
    other = WorkspaceId(elsewhere.team_id)
    async with services.store.database.transaction(other, name="test") as tx:
        owner = TokenOwner(other, "Other", elsewhere.bot_user)
        await installs.register(
            tx, owner, elsewhere.bot_token, vault=services.vault, now=stage.clock.now()
        )
    stranger = stage.slack.person("person1", team_id=other)
    stage.slack.state.open_dm(elsewhere, stranger.id)
    before = await said(stage)
    assert (await stranger.command("/copilot", "help")).ok
    seen = stranger.ephemerals[-1]
    block = block_of(author)
    done = await stranger.click(seen, "survey.answer.no", block_id=block, forged=True)
    assert done.ok
    await stage.slack.until(lambda: "can't find this survey" in stranger.ephemerals[-1].text)
    assert await said(stage) == before


async def test_a_guess_before_the_rating_and_a_rating_after_the_guess(stage: Stage) -> None:
    _, reviewer = await asked(stage)
    block = block_of(reviewer)
    before = await said(stage)
    await tap(stage, "person2", reviewer, "survey.guess.yes", block_id=block)
    await until_told(stage, "person2", "rate the pull request first")
    assert await said(stage) == before
    await tap(stage, "person2", reviewer, "survey.rate.ok")
    await tap(stage, "person2", reviewer, "survey.guess.yes", block_id=block)
    before = await said(stage)
    await tap(stage, "person2", reviewer, "survey.rate.super", block_id=block)
    await until_told(stage, "person2", "rating is final")
    assert await said(stage) == before


async def test_details_before_the_answer(stage: Stage) -> None:
    author, _ = await asked(stage)
    block = block_of(author)
    payload = {
        "type": "block_actions",
        "team": {"id": stage.workspace_id},
        "user": {"id": stage.person("person1").id},
        "actions": [
            {
                "type": "static_select",
                "action_id": "survey.tool",
                "block_id": block,
                "selected_option": {"value": "copilot"},
                "action_ts": "7.7",
            }
        ],
    }
    done = await tap(stage, "person1", author, "survey.answer.none")
    payload["response_url"] = done.response_url
    app = stage.slack.state.apps[stage.installation.app_id]
    assert (await stage.slack.deliveries.send(app, Envelope(Kind.INTERACTION, payload))).ok
    await until_told(stage, "person1", "say first whether AI")


async def test_five_taps_at_once_are_one(stage: Stage) -> None:
    author, reviewer = await asked(stage)
    taps = [stage.person("person1").click(author, "survey.answer.helped") for _ in range(5)]
    taps += [stage.person("person2").click(reviewer, "survey.rate.super") for _ in range(5)]
    assert all(done.ok for done in await asyncio.gather(*taps))
    await stage.quiet()
    assert [(row["answer"], row["rating"]) for row in await said(stage)] == [
        ("helped", None),
        (None, "super"),
    ]
    for name in ("person1", "person2"):
        assert len(stage.person(name).messages) == 1
        assert stage.person(name).ephemerals == []


async def test_five_different_taps_at_once_leave_one_answer(stage: Stage) -> None:
    _, reviewer = await asked(stage)
    ways = ("could_be_better", "ok", "super", "ok", "super")
    person = stage.person("person2")
    taps = [person.click(reviewer, f"survey.rate.{way}") for way in ways]
    assert all(done.ok for done in await asyncio.gather(*taps))
    await stage.quiet()
    (rated,) = [row["rating"] for row in await said(stage) if row["rating"]]
    shown = json.dumps(stage.person("person2").messages[0].blocks)
    chosen = [way for way in set(ways) if f'"survey.rate.{way}", "style": "primary"' in shown]
    assert rated in ways
    assert chosen in ([rated], [])


async def test_minds_change_until_the_reveal_and_not_after(stage: Stage) -> None:
    author, reviewer = await asked(stage)
    for way in ("ok", "super"):
        await tap(stage, "person2", reviewer, f"survey.rate.{way}")
    await stage.until_dm("person2", "Was it AI-assisted?")
    for guess in ("yes", "no", "no_idea", "yes"):
        await tap(stage, "person2", reviewer, f"survey.guess.{guess}")
    assert [row["guess"] for row in await said(stage)] == [None, "yes"]
    await tap(stage, "person1", author, "survey.answer.wrote")
    await stage.until_dm("person2", "Good hunch")
    await stage.quiet()
    before = await said(stage)
    block = block_of(reviewer)
    await tap(stage, "person2", reviewer, "survey.guess.no", block_id=block)
    await until_told(stage, "person2", "revealed already")
    block = block_of(author)
    await tap(stage, "person1", author, "survey.answer.no", block_id=block)
    await until_told(stage, "person1", "revealed already")
    assert await said(stage) == before


async def test_an_expired_survey(database: TestDatabase) -> None:
    async with set_stage(database, ahead=timedelta(days=-9)) as stage:
        author, _ = await asked(stage)
        stage.wait(timedelta(days=8))
        await tap(stage, "person1", author, "survey.answer.no")
        await until_told(stage, "person1", "closed")
        assert [row["answer"] for row in await said(stage)] == [None, None]


async def test_somebody_we_do_not_know_and_a_bot(stage: Stage) -> None:
    author, _ = await asked(stage)
    newcomer = stage.slack.state.add_user(stage.workspace_id, "newcomer")
    robot = stage.slack.state.add_user(stage.workspace_id, "robot", is_bot=True)
    before = await said(stage)
    for name in (newcomer.name, robot.name):
        await tap(stage, name, author, "survey.answer.no")
        await until_told(stage, name, "sent to somebody else")
        await tap(stage, name, author, "member.stop")
        await until_told(stage, name, "don't know that person")
    assert await said(stage) == before


async def test_a_survey_button_in_the_home_opens_a_dialog(stage: Stage) -> None:
    await stage.person("person1").open_home()
    person = stage.person("person1")
    await stage.slack.until(lambda: person.home)
    assert (await person.click_home("survey.answer.no", forged=True)).ok
    assert person.modal is not None
    assert "not on offer" in json.dumps(person.modal.blocks)
