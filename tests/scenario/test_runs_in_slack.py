"""Runs in Slack: `/copilot runs`, `run`, `retry`, `sync`, and the message that follows a run."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from time import monotonic
from typing import Any

import pytest

from bot import failpoints
from bot.domain.ids import SlackUserId
from bot.domain.runs import RunId, Trigger
from bot.errors import DatabaseAway
from bot.use_cases import runs
from bot.use_cases.runs import follows
from jobs.engine import QueuedJob
from jobs.run_follows import RunLooker
from playground.records import Message
from playground.validation import problems
from storage import run_follows
from tests.databases import TestDatabase
from tests.operators import Count, Show
from tests.scenario.places import around
from tests.stage import Stage, set_stage

# Cut off there, the message is in the end as if nothing had been: see below.
FOLLOWING = around("look_at_run", "steer_run", "show_run")


@pytest.fixture
def show(monkeypatch: pytest.MonkeyPatch) -> Show:
    """Hunch has these pipelines, too; `/copilot sync` starts the one that waits."""
    made = Show()
    made.join(monkeypatch)
    monkeypatch.setattr("handlers.commands.SYNC", "test.wait")
    monkeypatch.setattr(follows, "_OFTEN", timedelta(seconds=0.3))
    return made


@pytest.fixture
async def stage(show: Show, database: TestDatabase) -> AsyncIterator[Stage]:
    # Over HTTP: what is not acknowledged is known at once.
    async with set_stage(database, people=2, http=True) as stage:
        yield stage


async def say(stage: Stage, name: str, text: str) -> str:
    """What `/copilot <text>` answers."""
    done = await stage.person(name).command("/copilot", text)
    assert done.answer is not None
    message = {key: done.answer[key] for key in ("text", "blocks")}
    assert problems(message, surface="message") == []
    return str(message["text"])


async def start(stage: Stage, kind: str, params: Any) -> RunId:
    async with stage.transaction() as tx:
        found = await runs.start(
            tx, kind, params, trigger=Trigger.CRON, by=kind, now=stage.clock.now()
        )
    return found.run_id


async def ended(stage: Stage, run_id: RunId) -> None:
    await stage.until_row(f"SELECT finished_at FROM runs WHERE run_id = {run_id}")


async def shown(stage: Stage, words: str, name: str = "person1") -> Message:
    """The message about a run, once it says so."""
    return await stage.until_dm(name, words, timeout_s=30)


async def test_an_admin_starts_a_sync_sees_it_go_cancels_and_retries_it(
    stage: Stage, show: Show
) -> None:
    one = stage.person("person1")
    assert "Run 1 is on its way" in await say(stage, "person1", "sync")
    assert "Run 1 has not ended yet" in await say(stage, "person1", "sync")
    message = await shown(stage, "1 of 4")
    assert "Waiting at the gate." in json.dumps(message.blocks)
    assert "░░░ 25%, 1 of 4" in json.dumps(message.blocks, ensure_ascii=False)
    assert (await one.click(message, "runs.cancel")).ok
    message = await shown(stage, "run 1* · cancelled")
    show.open = True
    assert (await one.click(message, "runs.retry")).ok
    message = await shown(stage, "run 1* · done")
    assert "attempt 2" in json.dumps(message.blocks)
    await stage.quiet()
    assert len(one.messages) == 1
    assert [row["state"] for row in await stage.rows("SELECT state FROM runs")] == ["succeeded"]
    assert (await one.click(message, "runs.details")).ok
    assert one.modal is not None
    assert "Wait for it" in json.dumps(one.modal.body)
    assert "run.cancelled" in str(await stage.rows("SELECT action FROM audits"))


async def test_who_is_no_admin_is_told_kindly_and_changes_nothing(stage: Stage) -> None:
    run_id = await start(stage, "test.count", Count(total=0))
    await ended(stage, run_id)
    for text, wish in {
        "runs": "see",
        "run 1": "see",
        "retry 1": "change",
        "sync": "change",
    }.items():
        assert f"Only workspace admins can {wish} this" in await say(stage, "person2", text)
    await say(stage, "person1", "run 1")
    message = await shown(stage, "nothing to do")
    two = stage.person("person2")
    assert (await two.click(message, "runs.details")).ok
    assert (await two.click(message, "runs.cancel", forged=True)).ok
    await stage.until_row("SELECT count(*) = 2 FROM outbox WHERE op = 'reply' AND state = 'sent'")
    told = [one.text for one in two.ephemerals[-2:]]
    assert ["Only workspace admins" in one for one in told] == [True, False]
    assert "A run has a number" in told[1]
    assert await stage.value("SELECT count(*) FROM runs") == 1


async def test_runs_are_listed_and_asked_for_by_number(stage: Stage, show: Show) -> None:
    assert "Nothing has run yet" in await say(stage, "person1", "runs")
    show.broken = True
    run_id = await start(stage, "test.count", Count(total=3))
    await ended(stage, run_id)
    done = await stage.person("person1").command("/copilot", "runs")
    assert "Counting sheep: failed" in json.dumps(done.answer)
    assert "in our direct messages" in await say(stage, "person1", "run #1")
    assert "failed" in (await shown(stage, "run 1* · failed")).text
    for text in ("run", "run x", "retry", "run 1234567890123456789"):
        assert "A run has a number" in await say(stage, "person1", text)
    assert "There is no run 77" in await say(stage, "person1", "run 77")
    assert "There is no run 77" in await say(stage, "person1", "retry 77")
    show.broken = False
    assert "Run 1 is on its way" in await say(stage, "person1", "retry 1")
    await shown(stage, "run 1* · done")
    assert "has done its work" in await say(stage, "person1", "retry 1")


async def test_a_run_with_many_pages_updates_its_message_seldom_and_at_its_end(
    stage: Stage,
) -> None:
    """A hundred pages, told as often as the clock of the messages allows, and no more often."""
    began = monotonic()
    run_id = await start(stage, "test.count", Count(total=1000))
    await say(stage, "person1", "run 1")
    await ended(stage, run_id)
    await shown(stage, "run 1* · done")
    sent = await stage.value("SELECT count(*) FROM outbox WHERE effect_key LIKE 'run:%'")
    assert sent <= 2 + (monotonic() - began) / 0.3


async def test_where_nothing_can_be_synced_that_is_said(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.commands.SYNC", "test.nothing")
    assert "nothing to start here yet" in await say(stage, "person1", "sync")


async def test_a_look_that_was_lost_is_made_up_for(stage: Stage) -> None:
    run_id = await start(stage, "test.count", Count(total=0))
    await ended(stage, run_id)
    async with stage.transaction() as tx:
        person = stage.person("person1").id
        long_ago = stage.clock.now() - timedelta(minutes=2)
        await run_follows.follow(tx, run_id, SlackUserId(person), now=long_ago)
    await stage.run_job("housekeeping.sweep")
    await shown(stage, "nothing to do")
    async with stage.transaction() as tx:
        assert await follows.wake_overdue(tx, now=stage.clock.now()) == 0


async def test_a_click_and_a_look_survive_being_cut_off(stage: Stage, show: Show) -> None:
    one, db = stage.person("person1"), stage.services.store.database
    looker = RunLooker(db, stage.services.desk.kinds, stage.clock.now)
    job = QueuedJob("runs.look", stage.workspace_id, "1", 1)
    await say(stage, "person1", "sync")
    message = await shown(stage, "1 of 4")
    clicks = {"show_run": "runs.details", "steer_run": "runs.cancel"}
    for place in FOLLOWING[2:]:
        failpoints.arm({place: "fail"})
        await one.click(message, clicks[place.partition(".")[0]])
    await ended(stage, RunId(1))
    for place in FOLLOWING[:2]:
        failpoints.arm({place: "fail"})
        with suppress(DatabaseAway, OSError):
            await looker.look(job)
    failpoints.arm({})
    message = await shown(stage, "run 1* · cancelled")
    await one.click(message, "runs.details")
    assert one.modal is not None
    await stage.quiet()
    assert len(one.messages) == 1
    assert await stage.rows("SELECT look_at FROM run_follows") == [{"look_at": None}]
