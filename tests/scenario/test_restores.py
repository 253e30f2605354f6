"""A restored Hunch goes on where its backup stopped, and does nothing a second time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest_asyncio

from bot.app import Roles
from playground.faults import Fault, FaultKind
from tests.databases import TestDatabase
from tests.restores import backed_up, restored, working
from tests.stage import Stage, set_stage


@pytest_asyncio.fixture
async def stage(database: TestDatabase) -> AsyncIterator[Stage]:
    """A workspace in play with nobody working yet."""
    async with set_stage(database, roles=Roles(0)) as stage:
        yield stage


async def asked(stage: Stage) -> None:
    await stage.merge("person1", "person2")
    await stage.until_dm("person1", "Was this PR AI-assisted?")
    await stage.until_dm("person2", "How good is it?")
    await stage.quiet()


async def click(stage: Stage, name: str, action: str) -> None:
    message = stage.person(name).messages[0]
    assert (await stage.person(name).click(message, action)).ok


async def rate_and_guess(stage: Stage) -> None:
    await click(stage, "person2", "survey.rate.super")
    await stage.until_dm("person2", "Was it AI-assisted?")
    await click(stage, "person2", "survey.guess.yes")


def counts(stage: Stage) -> tuple[int, int]:
    return len(stage.person("person1").messages), len(stage.person("person2").messages)


async def test_a_survey_answered_before_the_backup_is_revealed_after_the_restore(
    stage: Stage, database: TestDatabase, empty_database: TestDatabase, tmp_path: Path
) -> None:
    async with working(stage):
        await asked(stage)
        await rate_and_guess(stage)
        await stage.quiet()
    file = await backed_up(stage, database, tmp_path)
    async with restored(stage, empty_database, file) as again, working(again):
        await click(again, "person1", "survey.answer.helped")
        await again.until_dm("person2", "Good hunch")
        await again.quiet()
        assert counts(again) == (1, 2)
        parked = await again.rows("SELECT reason FROM outbox WHERE state <> 'sent'")
        assert parked == []
        # A restore knows all keys that parts have; a new kind of message must be added there.
        kinds = await again.value("SELECT count(*) FROM messages")
        assert kinds == 2 * await again.value("SELECT count(*) FROM parts")


async def test_a_reveal_that_was_due_at_the_backup_and_sent_after_it_is_not_sent_again(
    stage: Stage, database: TestDatabase, empty_database: TestDatabase, tmp_path: Path
) -> None:
    async with working(stage):
        await asked(stage)
        await rate_and_guess(stage)
        await stage.quiet()
    async with working(stage, Roles.SERVE):
        await click(stage, "person1", "survey.answer.helped")
    file = await backed_up(stage, database, tmp_path)
    async with working(stage):
        await stage.until_dm("person2", "Good hunch")
        await stage.quiet()
    async with restored(stage, empty_database, file) as again, working(again):
        await again.until_row("SELECT count(*) FROM parts WHERE revealed_at IS NOT NULL")
        await again.quiet()
        assert counts(again) == (1, 2)


async def test_a_reveal_that_was_due_at_the_backup_and_never_sent_is_sent_after_the_restore(
    stage: Stage, database: TestDatabase, empty_database: TestDatabase, tmp_path: Path
) -> None:
    async with working(stage):
        await asked(stage)
        await rate_and_guess(stage)
        await stage.quiet()
    async with working(stage, Roles.SERVE):
        await click(stage, "person1", "survey.answer.helped")
    file = await backed_up(stage, database, tmp_path)
    async with restored(stage, empty_database, file) as again, working(again):
        await again.until_dm("person2", "Good hunch")
        await again.quiet()
        assert counts(again) == (1, 2)


async def test_questions_that_waited_for_slack_at_the_backup_are_not_asked_again(
    stage: Stage, database: TestDatabase, empty_database: TestDatabase, tmp_path: Path
) -> None:
    stage.slack.faults.add(Fault(FaultKind.HTTP_503, method="chat.postMessage", times=None))
    async with working(stage):
        await stage.merge("person1", "person2")
        await stage.until_row("SELECT count(*) FROM outbox", lambda count: count == 2)
    file = await backed_up(stage, database, tmp_path)
    stage.slack.faults.clear()
    async with working(stage):
        await stage.until_dm("person1", "Was this PR AI-assisted?")
        await stage.until_dm("person2", "How good is it?")
        await stage.quiet()
    async with restored(stage, empty_database, file) as again, working(again):
        await again.quiet()
        assert counts(again) == (1, 1)
        await rate_and_guess(again)
        await click(again, "person1", "survey.answer.helped")
        await again.until_dm("person2", "Good hunch")


async def test_what_was_merged_since_the_backup_is_not_asked_about_again(
    stage: Stage, database: TestDatabase, empty_database: TestDatabase, tmp_path: Path
) -> None:
    file = await backed_up(stage, database, tmp_path)
    async with working(stage):
        await asked(stage)
    async with restored(stage, empty_database, file) as again, working(again):
        for sent in list(again.github.deliveries):
            await again.github.redeliver(sent)
        await again.quiet()
        assert counts(again) == (1, 1)
        assert await again.value("SELECT count(*) FROM pull_requests") == 1


async def test_buttons_from_after_the_backup_are_nobody_elses(
    stage: Stage, database: TestDatabase, empty_database: TestDatabase, tmp_path: Path
) -> None:
    """They name a part that the restored database has not given out yet, and must never mean
    another one."""
    file = await backed_up(stage, database, tmp_path)
    async with working(stage):
        await asked(stage)
        old = stage.person("person2").messages[0]
    async with restored(stage, empty_database, file) as again, working(again):
        again.wait(timedelta(seconds=2))  # a merge's time is in whole seconds
        await again.merge("person1", "person2")
        await again.until_row("SELECT count(*) FROM parts", lambda count: count == 2)
        await again.quiet()
        await again.person("person2").click(old, "survey.rate.super")
        await again.quiet()
        assert await again.value("SELECT count(*) FROM parts WHERE rating IS NOT NULL") == 0


async def test_a_leaderboard_of_the_gap_is_not_posted_again_and_unread_webhooks_are_not_read(
    stage: Stage, database: TestDatabase, empty_database: TestDatabase, tmp_path: Path
) -> None:
    async with working(stage, Roles.SERVE):
        await stage.merge("person1", "person2")
    file = await backed_up(stage, database, tmp_path)
    async with restored(stage, empty_database, file) as again, working(again):
        await again.run_job("housekeeping.sweep")
        assert counts(again) == (0, 0)
        failures = await again.rows("SELECT DISTINCT failure FROM deliveries")
        assert failures == [{"failure": "restored"}]
        made_at = await again.value("SELECT gap_from FROM games")
        effective = await again.value("SELECT min(effective_from) FROM schedules")
        assert effective > made_at
