"""GitHub's own example payloads, signed, against the running bot; and merges derived from them."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.shared_data import shared
from tests.stage import Stage, login
from tests.stories import WEBHOOKS, Story, by_agent, real

DEVIN = ("devin-ai-integration[bot]", 158243242)


def names() -> list[str]:
    return sorted(path.name.removesuffix(".1.json") for path in shared(WEBHOOKS).glob("*.json"))


async def test_every_example_payload_is_taken_processed_and_opens_nothing(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    with capture_logs() as logs:
        for name in names():
            status = await stage.deliver(name.split(".", maxsplit=1)[0], real(name))
            assert status == 202, name
        await stage.quiet()
    assert len(names()) == 38
    assert [log for log in logs if log["log_level"] not in ("debug", "info")] == []
    assert caplog.records == []
    unprocessed = "SELECT event, failure FROM deliveries WHERE processed_at IS NULL"
    assert await stage.rows(unprocessed) == []
    assert await stage.value("SELECT count(*) FROM deliveries") == len(names())
    assert await stage.value("SELECT count(*) FROM pull_requests") == 1
    assert await stage.value("SELECT count(*) FROM surveys") == 0
    assert [person for person in ("person1", "person2") if stage.person(person).messages] == []


async def tell(stage: Stage, *tolds: Any) -> None:
    for told in tolds:
        assert await stage.deliver(told.event, told.payload) == 202
        await stage.quiet()


async def test_a_merge_derived_from_them_asks_author_and_approver(stage: Stage) -> None:
    now = stage.clock.now()
    story = Story(5, now - timedelta(hours=3), author=login("person1"), merged_at=now)
    approved_at = now - timedelta(hours=1)
    await tell(
        stage,
        story.opened(),
        story.reviewed(login("person2"), "approved", approved_at, review=1),
        story.reviewed(login("person3"), "approved", approved_at, review=2),
        story.dismissed(login("person3"), now, review=2, submitted_at=approved_at),
        story.merged(),
        story.merged(),
    )
    await stage.until_dm("person1", "Was this PR AI-assisted?")
    await stage.until_dm("person2", "How good is it?")
    assert stage.person("person3").messages == []
    assert await stage.value("SELECT count(*) FROM surveys") == 1
    assert await stage.value("SELECT count(*) FROM parts") == 2


async def test_an_agents_merge_asks_its_approver_for_a_rating_only(stage: Stage) -> None:
    now = stage.clock.now()
    change = by_agent(DEVIN, login("person1"))
    story = Story(6, now - timedelta(hours=3), merged_at=now, change=change)
    approved = story.reviewed(login("person2"), "approved", now, review=1)
    await tell(stage, story.opened(), approved, story.merged())
    message = await stage.until_dm("person2", "How good is it?")
    await stage.person("person2").click(message, "survey.rate.ok")
    told = await stage.until_dm("person2", "No guess on this one")
    assert "survey.guess" not in str(told.blocks)
    assert stage.person("person1").messages == []


async def test_a_dismissal_takes_the_question_back_in_slack(stage: Stage) -> None:
    pr = await stage.merge("person1", "person2")
    await stage.until_dm("person2", "How good is it?")
    await stage.github.dismiss(pr, login("person2"), by=login("person1"))
    await stage.until_dm("person2", "taken back")
    await stage.github.review(pr, login("person2"))
    await stage.until_dm("person2", "How good is it?")
    assert len(stage.person("person2").messages) == 1
