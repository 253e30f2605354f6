"""Authors see what is known of AI in their own work, and put it right with a tap."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest_asyncio

from bot import failpoints
from bot.domain.ids import RepositoryId
from bot.domain.pull_requests import Actor, ActorKind, Snapshot
from bot.use_cases import attributions
from playground.records import Message
from storage import pull_requests
from tests.databases import TestDatabase
from tests.scenario.places import around
from tests.stage import Stage, set_stage
from tests.unit.domain.makers import NOON, a_merge

DECLARING = around("correct_in_slack")
_DECLARED = "SELECT declared FROM attributions"
_WEEK = timedelta(days=8)


@pytest_asyncio.fixture
async def old_work(database: TestDatabase) -> AsyncIterator[tuple[Stage, Message]]:
    """Person1's pull request whose survey is over; and a message to tap in, as Slack shows it."""
    async with set_stage(database, ahead=-2 * _WEEK) as stage:
        await stage.merge("person1", "person2")
        message = await stage.until_dm("person1", "Was this PR AI-assisted?")
        stage.wait(_WEEK)
        await stage.run_job("housekeeping.sweep")
        assert await stage.value("SELECT state FROM surveys") == "closed"
        yield stage, message
        failpoints.arm({})


async def mine(stage: Stage, name: str) -> str:
    done = await stage.person(name).command("/copilot", "mine")
    assert done.answer is not None
    return json.dumps(done.answer, ensure_ascii=False)


async def put_right(stage: Stage, name: str, message: Message, choice: str, block: str = "") -> Any:
    key = await stage.rows("SELECT repository_id, number FROM pull_requests")
    block = block or f"attribution:{key[0]['repository_id']}:{key[0]['number']}"
    person = stage.person(name)
    return await person.click(message, "attribution.declare", choice, block_id=block, forged=True)


async def until_told(stage: Stage, name: str, words: str) -> None:
    person = stage.person(name)
    await stage.slack.until(lambda: any(words in seen.text for seen in person.ephemerals))


async def test_an_author_puts_it_right_and_takes_it_back(old_work: tuple[Stage, Message]) -> None:
    stage, message = old_work
    assert "Unknown: it carries no mark" in await mine(stage, "person1")
    await put_right(stage, "person1", message, "helped")
    await until_told(stage, "person1", "Your word counts more than any mark")
    assert await stage.value(_DECLARED) == "helped"
    assert "you said AI helped" in await mine(stage, "person1")
    await put_right(stage, "person1", message, "take_back")
    await until_told(stage, "person1", "no longer counts")
    assert await stage.value(_DECLARED) is None


async def test_an_imported_pull_request_is_put_right_too(old_work: tuple[Stage, Message]) -> None:
    stage, message = old_work
    (who,) = await stage.rows("SELECT author_login, author_id FROM pull_requests")
    author = Actor(who["author_login"], who["author_id"], ActorKind.USER)
    imported = a_merge(repository_id=RepositoryId(-(2**56)), number=77, author=author)
    async with stage.transaction() as tx:
        await pull_requests.keep(tx, [Snapshot(imported)])
        await attributions.judge(tx, [imported.key], now=NOON)
    block = f"attribution:{imported.repository_id}:{imported.number}"
    assert block in await mine(stage, "person1")
    await put_right(stage, "person1", message, "wrote", block=block)
    await until_told(stage, "person1", "Your word counts more than any mark")
    assert await stage.value(f"{_DECLARED} WHERE number = 77") == "wrote"


async def test_an_admin_looks_at_the_evidence_and_puts_it_right(
    old_work: tuple[Stage, Message],
) -> None:
    stage, message = old_work
    async with stage.transaction() as tx:
        await tx.execute(
            "UPDATE attributions SET evidence ="
            """ '[["cursor.branch", "cursor", "weak", "branch", "cursor/x"]]'"""
        )
    asked = ("/copilot", "evidence acme/shop#1")
    shown = json.dumps((await stage.person("person1").command(*asked)).answer)
    assert "That is wrong" in shown
    block = next(b for b in json.loads(shown)["blocks"] if "accessory" in b)["block_id"]
    person = stage.person("person1")
    for action in ("attribution.dismiss", "attribution.explode"):
        await person.click(message, action, "cursor.branch", block_id=block, forged=True)
    await until_told(stage, "person1", "What points to AI")
    assert await stage.value("SELECT rule FROM attribution_corrections") == "cursor.branch"
    shown = json.dumps((await stage.person("person2").command(*asked)).answer)
    assert "Only workspace admins" in shown
    shown = json.dumps((await stage.person("person1").command("/copilot", "evidence")).answer)
    assert "name a pull request as owner/name#12" in shown


async def test_nobody_else_can_and_nonsense_changes_nothing(
    old_work: tuple[Stage, Message],
) -> None:
    stage, message = old_work
    assert "no merged pull request of yours" in await mine(stage, "person2")
    await put_right(stage, "person2", message, "no")
    await until_told(stage, "person2", "not your pull request")
    await put_right(stage, "person1", message, "maybe")
    await put_right(stage, "person1", message, "no", block="attribution:x:7")
    await stage.quiet()
    assert len(stage.person("person1").ephemerals) == 2
    assert await stage.value(_DECLARED) is None
    assert await stage.value("SELECT count(*) FROM attribution_corrections") == 0


async def test_a_tap_that_was_cut_off_counts_when_it_is_repeated(
    old_work: tuple[Stage, Message],
) -> None:
    stage, message = old_work
    for place in DECLARING:
        failpoints.arm({place: "fail"})
        await put_right(stage, "person1", message, "wrote")
        failpoints.arm({})
    await put_right(stage, "person1", message, "wrote")
    await until_told(stage, "person1", "Your word counts more than any mark")
    held = "SELECT count(*) FROM attribution_corrections WHERE undone_at IS NULL"
    assert (await stage.value(_DECLARED), await stage.value(held)) == ("wrote", 1)
