"""Slack over signed HTTP: the same game, and every event as often as Slack likes to send it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest_asyncio

from tests.databases import TestDatabase
from tests.doors import FORM, happen, interact, knock_as_slack
from tests.stage import Stage, set_stage


@pytest_asyncio.fixture
async def stage(database: TestDatabase) -> AsyncIterator[Stage]:
    async with set_stage(database, http=True) as stage:
        yield stage


async def test_the_game_is_played_over_http(stage: Stage) -> None:
    await stage.merge("person1", "person2")
    asked_author = await stage.until_dm("person1", "Was this PR AI-assisted?")
    asked_reviewer = await stage.until_dm("person2", "How good is it?")
    assert (await stage.person("person2").click(asked_reviewer, "survey.rate.ok")).ok
    await stage.until_dm("person2", "Was it AI-assisted?")
    assert (await stage.person("person2").click(asked_reviewer, "survey.guess.no")).ok
    assert (await stage.person("person1").click(asked_author, "survey.answer.no")).ok
    await stage.until_dm("person2", "1 of 1")
    assert (await stage.person("person1").command("/copilot", "help")).answer


async def test_the_address_answers_slacks_challenge_and_certificate_check(stage: Stage) -> None:
    assert await stage.slack.verify_request_url(stage.installation.app_id)
    answer = await knock_as_slack(stage, b"ssl_check=1&token=x", content_type=FORM)
    assert answer.status == 200


async def test_events_withheld_by_slack_are_taken_note_of(stage: Stage) -> None:
    sent = {"type": "app_rate_limited", "team_id": stage.workspace_id, "minute_rate_limited": 1}
    assert (await knock_as_slack(stage, json.dumps(sent).encode())).status == 200


async def test_a_home_opened_three_times_is_shown_and_stays_as_it_is(stage: Stage) -> None:
    opened = {"type": "app_home_opened", "user": stage.person("person2").id, "tab": "home"}
    for _ in range(3):
        assert (await happen(stage, opened, event_id="Ev1")).status == 200
        await stage.quiet()
        home = stage.person("person2").home
        assert home is not None
        assert "Your hunches" in json.dumps(home.blocks)
    assert len(await stage.rows("SELECT 1 FROM members")) == 3


async def test_the_messages_tab_opened_publishes_no_home(stage: Stage) -> None:
    opened = {"type": "app_home_opened", "user": stage.person("person2").id, "tab": "messages"}
    assert (await happen(stage, opened)).status == 200
    await stage.quiet()
    assert stage.person("person2").home is None


async def test_somebody_joining_three_times_is_one_member(stage: Stage) -> None:
    user = {"id": "U0NEW", "name": "new", "profile": {"display_name": "New"}, "tz": "Asia/Tokyo"}
    for _ in range(3):
        assert (await happen(stage, {"type": "team_join", "user": user})).status == 200
    rows = await stage.rows("SELECT name, timezone FROM members WHERE slack_user_id = 'U0NEW'")
    assert rows == [{"name": "New", "timezone": "Asia/Tokyo"}]


async def test_a_change_told_three_times_is_one_change(stage: Stage) -> None:
    user = stage.person("person2").user.as_slack() | {"tz": "Europe/Paris", "profile": {}}
    for _ in range(3):
        changed = {"type": "user_change", "user": user | {"real_name": "Renée"}}
        assert (await happen(stage, changed)).status == 200
    rows = await stage.rows(
        "SELECT name, timezone FROM members WHERE slack_user_id = $1", stage.person("person2").id
    )
    assert rows == [{"name": "Renée", "timezone": "Europe/Paris"}]


async def test_an_event_is_answered_even_if_nobody_cares(stage: Stage) -> None:
    for kind in ("message", "app_mention", "emoji_changed", "something_of_2031"):
        assert (await happen(stage, {"type": kind, "user": "U1"})).status == 200


async def test_whatever_nobody_handles_is_acknowledged_and_counted(stage: Stage) -> None:
    common = {"team": {"id": stage.workspace_id}, "user": {"id": stage.person("person2").id}}
    for kind, facts, reason in (
        ("shortcut", {"callback_id": "x"}, "unknown_shortcut"),
        ("message_action", {"callback_id": "x"}, "unknown_shortcut"),
        ("block_suggestion", {"action_id": "x"}, "unknown_options"),
        ("view_submission", {"view": {"callback_id": "x"}}, "unknown_view"),
        ("view_closed", {"view": {"callback_id": "x"}}, None),
        ("block_actions", {"actions": [{"action_id": "x"}]}, "unknown_action"),
    ):
        answer = await interact(stage, {"type": kind, **common, **facts})
        assert answer.status == 200, kind
        counted = stage.services.desk.refusals.by_reason
        assert list(counted) == ([("slack", reason)] if reason else [])
        counted.clear()
