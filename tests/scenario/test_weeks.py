"""What weeks bring, played in Slack with a clock that a test moves."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest_asyncio

from tests.databases import TestDatabase
from tests.stage import Stage, set_stage


@pytest_asyncio.fixture
async def past(database: TestDatabase) -> AsyncIterator[Stage]:
    """A stage two months ago, so that weeks can pass on it."""
    async with set_stage(database, ahead=-timedelta(days=60)) as stage:
        yield stage


async def sweep(stage: Stage) -> None:
    await stage.run_job("housekeeping.sweep")


async def test_a_survey_nobody_finishes_closes_after_a_week_and_the_guesser_hears_of_it(
    past: Stage,
) -> None:
    await past.merge("person1", "person2")
    asked = await past.until_dm("person2", "How good is it?")
    await past.person("person2").click(asked, "survey.rate.ok")
    await past.until_dm("person2", "Was it AI-assisted?")
    await past.person("person2").click(asked, "survey.guess.yes")
    await past.until_dm("person2", "Your guess:")
    past.wait(timedelta(days=6, hours=23))
    await sweep(past)
    assert past.dm("person2", "no reveal in time") is None
    past.wait(timedelta(hours=2))
    await sweep(past)
    await past.until_dm("person2", "There was no reveal in time")
    closed = await past.until_dm("person1", "This survey is closed")
    done = await past.person("person1").click(closed, "survey.answer.no", forged=True)
    assert done.ok
    await past.quiet()
    assert await past.value("SELECT count(*) FROM surveys WHERE state = 'closed'") == 1
    assert len(past.person("person1").messages) == 1
    assert len(past.person("person2").messages) == 2


async def test_the_weeks_leaderboard_is_posted_once_to_its_channel(past: Stage) -> None:
    general = past.slack.state.find_channel(past.workspace_id, "general")
    for _ in range(3):
        past.wait(timedelta(days=4))
        await past.run_job("leaderboards.due")
        await past.run_job("leaderboards.due")
    posted = [
        message
        for message in past.slack.state.history(past.workspace_id, general.id)
        if "The last 12 weeks in numbers" in json.dumps(message.blocks)
    ]
    slots = await past.rows("SELECT slot FROM leaderboards")
    assert len(posted) == len(slots) in (1, 2)


async def test_a_leaderboard_for_an_archived_channel_is_parked_and_the_admin_sees_it(
    stage: Stage,
) -> None:
    general = stage.slack.state.find_channel(stage.workspace_id, "general")
    general.is_archived = True
    admin = stage.person("person1")
    await admin.command("/copilot", "leaderboard post")
    parked = "SELECT reason FROM outbox WHERE state = 'parked'"
    assert await stage.until_row(parked) == "is_archived"
    await stage.merge("person1", "person2")
    await stage.until_dm("person2", "How good is it?")
    await admin.open_home()
    await stage.quiet()
    assert admin.home is not None
    assert "archived" in json.dumps(admin.home.blocks)


SECRETS = ("AI helped", "said AI", "Claude Code", "helped", "wrote")


async def test_no_surface_shows_an_answer_to_somebody_who_is_still_guessing(stage: Stage) -> None:
    await stage.merge("person1", "person2", title="Round totals once")
    asked = await stage.until_dm("person1", "Was this PR AI-assisted?")
    rated = await stage.until_dm("person2", "How good is it?")
    person1, person2 = stage.person("person1"), stage.person("person2")
    await person1.click(asked, "survey.answer.helped")
    await stage.until_dm("person1", "Which tool?")
    await person1.click(asked, "survey.tool", "claude_code")
    await person2.click(rated, "survey.rate.ok")
    await stage.until_dm("person2", "Was it AI-assisted?")
    await person1.command("/copilot", "leaderboard post")
    await person2.command("/copilot", "leaderboard")
    await person2.command("/copilot", "mystats")
    await person2.open_home()
    await stage.quiet()
    shown = [json.dumps(message.blocks) + message.text for message in person2.messages]
    shown += [json.dumps(message.blocks) + message.text for message in person2.ephemerals]
    shown.append(json.dumps(person2.home.blocks if person2.home else []))
    general = stage.slack.state.find_channel(stage.workspace_id, "general")
    history = stage.slack.state.history(stage.workspace_id, general.id)
    shown += [json.dumps(message.blocks) + message.text for message in history]
    assert len(shown) >= 5
    without_notice = [
        text.replace("whether the author said AI or not", "").replace(
            "Authors said AI was involved: not enough data", ""
        )
        for text in shown
    ]
    assert [text for text in without_notice if any(word in text for word in SECRETS)] == []
    await person2.click(rated, "survey.guess.yes")
    assert "AI was involved" in str((await stage.until_dm("person2", "Good hunch")).blocks)
