"""People come from Slack page by page, join, move, leave; what waits for them follows."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from bot.ports import Job
from bot.use_cases import members
from playground.faults import FaultKind
from tests.stage import Stage, login


async def sync(stage: Stage) -> None:
    """Read everybody from Slack now."""
    async with stage.transaction() as tx:
        tx.enqueue(Job("members.sync", stage.workspace_id, "", "members.sync:test"))
    await stage.until_row("SELECT members_synced_at FROM workspaces")
    await stage.quiet()


async def _people(stage: Stage) -> set[str]:
    return {row["slack_user_id"] for row in await stage.rows("SELECT slack_user_id FROM members")}


async def test_450_people_are_read_page_by_page(stage: Stage) -> None:
    state = stage.slack.state
    await stage.quiet()
    for n in range(450):
        state.add_user(stage.workspace_id, f"somebody{n}", is_bot=n % 50 == 0)
    await sync(stage)
    everybody = {user.id for user in state.people(stage.workspace_id) if not user.is_bot}
    assert await _people(stage) == everybody
    assert len(everybody) == 3 + 441
    assert len(stage.slack.called("users.list")) >= 1 + 3


async def test_reading_goes_on_after_slack_asked_for_patience_and_broke_down(
    stage: Stage,
) -> None:
    await stage.quiet()
    async with stage.transaction() as tx:
        await tx.execute("UPDATE workspaces SET members_synced_at = NULL")
    for n in range(210):
        stage.slack.state.add_user(stage.workspace_id, f"somebody{n}")
    stage.slack.fail(FaultKind.RATELIMITED, "users.list", times=1)
    stage.slack.fail(FaultKind.HTTP_500, "users.list", times=1, skip=1)
    await sync(stage)
    assert len(await _people(stage)) == 213


async def test_somebody_joins_and_is_known(stage: Stage) -> None:
    user = stage.slack.join(stage.workspace_id, "newcomer", tz="Asia/Tokyo")
    found = await stage.until_row("SELECT timezone FROM members WHERE name = 'newcomer'")
    assert found == "Asia/Tokyo"
    assert user.id in await _people(stage)


async def test_bots_and_strangers_are_left_out(stage: Stage) -> None:
    before = await _people(stage)
    state = stage.slack.state
    bot = state.add_user(stage.workspace_id, "robot", is_bot=True)
    users: list[dict[str, Any]] = [
        bot.as_slack(),
        {"id": "USLACKBOT", "name": "slackbot"},
        {"id": "U0STRANGER", "name": "partner", "is_stranger": True},
        {"id": "B0BOT", "name": "integration"},
        {"id": "U1'; drop", "name": "x"},
        {"id": 5},
        {},
    ]
    async with stage.transaction() as tx:
        await members.keep_profiles(tx, users, now=stage.clock.now())
    assert await _people(stage) == before


async def test_names_and_timezones_that_cannot_be_are_made_sensible(stage: Stage) -> None:
    users: list[dict[str, Any]] = [
        {"id": "U0A", "profile": {"display_name": "\0\ud800", "real_name": "Ada\0 L."}, "tz": 5},
        {"id": "U0B", "profile": "none", "real_name": ["x"], "name": "", "tz": "Mars/Phobos"},
        {"id": "U0C", "profile": {"display_name": "C" * 500}, "tz": "Europe/Paris\0"},
    ]
    async with stage.transaction() as tx:
        await members.keep_profiles(tx, users, now=stage.clock.now())
    rows = await stage.rows(
        "SELECT name, timezone FROM members WHERE slack_user_id LIKE 'U0_' ORDER BY slack_user_id"
    )
    assert [(row["name"], row["timezone"]) for row in rows] == [
        ("Ada L.", "UTC"),
        ("U0B", "UTC"),
        ("C" * 79 + "…", "UTC"),
    ]


async def test_a_new_name_is_taken_over_and_choices_stay(stage: Stage) -> None:
    await stage.person("person2").command("/copilot", "pause")
    stage.slack.change_user(stage.workspace_id, "person2", real_name="Renée", name="renée")
    await stage.until_row("SELECT 1 FROM members WHERE name = 'renée'")
    assert await stage.value("SELECT stopped_at IS NOT NULL FROM members WHERE name = 'renée'")


async def test_an_admin_who_is_one_no_more_sees_no_controls(stage: Stage) -> None:
    stage.slack.change_user(stage.workspace_id, "person1", is_admin=False, is_owner=False)
    await stage.until_row("SELECT count(*) FROM members WHERE is_admin", lambda n: n == 0)
    person = stage.person("person1")
    await person.open_home()
    await stage.quiet()
    assert person.home is not None
    assert "For admins" not in json.dumps(person.home.blocks)


async def test_who_has_left_is_sent_nothing_any_more(stage: Stage) -> None:
    await stage.merge("person1", "person2")
    await stage.until_dm("person2", "How good is it?")
    author = await stage.until_dm("person1", "Was this PR AI-assisted?")
    await stage.quiet()
    stage.slack.change_user(stage.workspace_id, "person2", deleted=True)
    await stage.until_row("SELECT count(*) FROM members WHERE departed", lambda n: n == 1)
    await stage.quiet()
    them = stage.person("person2").id
    before = len(stage.slack.called("chat.postMessage"))
    await stage.merge("person3", "person2")
    await stage.until_dm("person3", "Was this PR AI-assisted?")
    assert (await stage.person("person1").click(author, "survey.answer.no")).ok
    await stage.quiet()
    posts = stage.slack.called("chat.postMessage")[before:]
    assert [post for post in posts if post.args.get("channel") == them] == []
    assert len(stage.person("person2").messages) == 1


async def _waits(stage: Stage, name: str) -> bool:
    found = await stage.value(
        "SELECT p.state FROM parts p JOIN members m USING (member_id)"
        " WHERE m.slack_user_id = $1 ORDER BY part_id DESC LIMIT 1",
        stage.person(name).id,
    )
    return bool(found == "waiting")


async def _rest(stage: Stage, name: str) -> None:
    """The whole day is quiet for them, but for an hour that is half a day away."""
    awake = (stage.clock.now() + timedelta(hours=12)).hour
    async with stage.transaction() as tx:
        await tx.execute(
            "UPDATE members SET timezone = 'UTC', quiet_start_h = $2, quiet_end_h = $3,"
            " quiet_weekends = false WHERE slack_user_id = $1",
            stage.person(name).id,
            (awake + 1) % 24,
            awake,
        )


async def test_quiet_hours_that_end_earlier_bring_what_waits(stage: Stage) -> None:
    await _rest(stage, "person2")
    await stage.merge("person1", "person2")
    await stage.until_dm("person1", "Was this PR AI-assisted?")
    await stage.quiet()
    assert await _waits(stage, "person2")
    person = stage.person("person2")
    await person.open_home()
    await stage.quiet()
    hour = str(stage.clock.now().hour)
    await person.click_home("home.quiet_start", hour)
    await person.click_home("home.quiet_end", hour)
    await stage.until_dm("person2", "How good is it?")


async def test_quiet_hours_that_begin_put_off_what_waits(stage: Stage) -> None:
    await _rest(stage, "person2")
    await stage.merge("person1", "person2")
    await stage.quiet()
    before = await stage.value("SELECT max(send_at) FROM parts")
    person = stage.person("person2")
    await person.open_home()
    await stage.quiet()
    later = before + timedelta(hours=2)
    await person.click_home("home.quiet_start", str((later.hour + 1) % 24))
    await person.click_home("home.quiet_end", str(later.hour))
    await stage.quiet()
    after = await stage.value("SELECT max(send_at) FROM parts")
    assert before < after <= later
    assert person.messages == []


async def test_who_moves_to_where_it_is_day_is_asked_at_once(stage: Stage) -> None:
    await _rest(stage, "person2")
    await stage.merge("person1", "person2")
    await stage.quiet()
    assert await _waits(stage, "person2")
    stage.slack.change_user(stage.workspace_id, "person2", tz="Etc/GMT-12")
    await stage.until_dm("person2", "How good is it?")


async def test_a_snooze_that_is_ended_brings_what_waits(stage: Stage) -> None:
    person = stage.person("person2")
    await person.open_home()
    await stage.quiet()
    await person.click_home("member.snooze", "28")
    await stage.merge("person1", "person2")
    await stage.until_dm("person1", "Was this PR AI-assisted?")
    await stage.quiet()
    assert await _waits(stage, "person2")
    assert (await person.command("/copilot", "resume")).ok
    await stage.until_dm("person2", "How good is it?")


async def test_who_snoozes_and_approves_late_is_asked_after_the_snooze_too(stage: Stage) -> None:
    person = stage.person("person2")
    await person.open_home()
    await stage.quiet()
    await person.click_home("member.snooze", "28")
    pr = await stage.github.open("acme/shop", login("person1"))
    pr = await stage.github.merge(pr, by=login("person1"))
    await stage.until_dm("person1", "Was this PR AI-assisted?")
    await stage.github.review(pr, login("person2"))
    await stage.quiet()
    assert await _waits(stage, "person2")
    assert (await person.command("/copilot", "resume")).ok
    await stage.until_dm("person2", "How good is it?")


async def test_a_stop_takes_back_what_waits_and_who_comes_back_hears_of_new_merges(
    stage: Stage,
) -> None:
    await _rest(stage, "person2")
    await stage.merge("person1", "person2")
    await stage.quiet()
    person = stage.person("person2")
    assert (await person.command("/copilot", "pause")).ok
    async with stage.transaction() as tx:
        await tx.execute("UPDATE members SET quiet_start_h = 0, quiet_end_h = 0")
    await stage.quiet()
    assert person.messages == []
    assert (await person.command("/copilot", "resume")).ok
    await stage.quiet()
    assert person.messages == []
    await stage.merge("person1", "person2")
    await stage.until_dm("person2", "How good is it?")


async def test_a_linked_newcomer_is_asked_like_everybody_else(stage: Stage) -> None:
    user = stage.slack.join(stage.workspace_id, "newcomer")
    await stage.until_row("SELECT 1 FROM members WHERE name = 'newcomer'")
    async with stage.transaction() as tx:
        known = members.normalized_login(login("newcomer"))
        now = stage.clock.now()
        await members.link(tx, user.id, known, actor="test", source="admin", now=now)
        await tx.execute(
            "UPDATE members SET quiet_start_h = 0, quiet_end_h = 0, quiet_weekends = false"
        )
    await stage.merge("newcomer", "person2")
    await stage.until_dm("newcomer", "Was this PR AI-assisted?")
