"""Admins set the game up in their Home: at once, audited, and nobody else can."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.databases import TestDatabase
from tests.scenario.home_support import (
    audited,
    dialog_text,
    home_text,
    member_id,
    open_home,
    use_home,
)
from tests.stage import Stage, set_stage

_GAME = """
    SELECT switched_on_at IS NOT NULL AS switched_on, reveals_on, leaderboard_channel, weekday,
           hour, timezone, daily_budget, weekly_budget, names_opt_in FROM games
"""


async def _game(stage: Stage) -> Mapping[str, Any]:
    (game,) = await stage.rows(_GAME)
    return game


async def test_every_setting_takes_effect_at_once_is_audited_and_can_be_repeated(
    stage: Stage,
) -> None:
    channel = stage.slack.state.add_channel(
        stage.workspace_id, "team", members=[stage.installation.bot_user]
    )
    me = str(await member_id(stage, "person1"))
    await open_home(stage, "person1")
    for action_id, choice, column, value in (
        ("home.reveals_off", None, "reveals_on", False),
        ("home.reveals_on", None, "reveals_on", True),
        ("home.names_opt_in", None, "names_opt_in", True),
        ("home.names_opt_out", None, "names_opt_in", False),
        ("home.channel", channel.id, "leaderboard_channel", channel.id),
        ("home.weekday", "5", "weekday", 5),
        ("home.hour", "0", "hour", 0),
        ("home.daily_budget", "4", "daily_budget", 4),
        ("home.weekly_budget", "6", "weekly_budget", 6),
        ("home.game_off", None, "switched_on", False),
        ("home.game_on", None, "switched_on", True),
    ):
        before = await audited(stage)
        await use_home(stage, "person1", action_id, choice)
        assert (await _game(stage))[column] == value
        for _ in range(2):
            await use_home(stage, "person1", action_id, choice, forged=True, block_id="x")
        assert await audited(stage) == [*before, ("game.changed", me)]
    assert stage.person("person1").modal is None


async def test_a_days_budget_over_the_weeks_raises_the_weeks(stage: Stage) -> None:
    await open_home(stage, "person1")
    await use_home(stage, "person1", "home.weekly_budget", "50")
    await use_home(stage, "person1", "home.daily_budget", "3")
    await use_home(stage, "person1", "home.weekly_budget", "5")
    await use_home(stage, "person1", "home.daily_budget", "12")
    game = await _game(stage)
    assert (game["daily_budget"], game["weekly_budget"]) == (12, 12)


async def test_the_leaderboard_is_posted_now(stage: Stage) -> None:
    await open_home(stage, "person1")
    await use_home(stage, "person1", "home.post_leaderboard")
    channel = stage.slack.state.find_channel(stage.workspace_id, "general")
    assert len(stage.slack.state.history(stage.workspace_id, channel.id)) == 1


async def test_no_leaderboard_while_the_game_is_off(stage: Stage) -> None:
    await open_home(stage, "person1")
    await use_home(stage, "person1", "home.game_off")
    await use_home(stage, "person1", "home.post_leaderboard")
    assert "The game is off" in dialog_text(stage, "person1")


async def test_the_timezone_is_asked_for_and_set(stage: Stage) -> None:
    await open_home(stage, "person1")
    await use_home(stage, "person1", "home.timezone")
    done = await stage.person("person1").submit({"value": " Europe/Berlin "})
    assert done.ok
    assert stage.person("person1").modal is None
    await stage.quiet()
    assert (await _game(stage))["timezone"] == "Europe/Berlin"
    assert "Europe/Berlin" in home_text(stage, "person1")


async def test_impossible_timezones_are_said_beside_the_field(stage: Stage) -> None:
    await open_home(stage, "person1")
    await use_home(stage, "person1", "home.timezone")
    before = await _game(stage), await audited(stage)
    impossible: tuple[dict[str, Any], ...] = (
        {"timezone": {"value": {"value": "Mars/Phobos"}}},
        {"timezone": {"value": {"value": "../../etc/passwd"}}},
        {"timezone": {"value": {"value": "x" * 3001}}},
        {"timezone": {"value": {"value": "UTC\0C"}}},
        {"timezone": {"value": {"value": 5}}},
        {"timezone": {"value": None}},
        {"timezone": []},
        {},
    )
    for values in impossible:
        done = await stage.person("person1").submit(forged_values=values)
        assert done.answer is not None
        assert "timezone" in done.answer["errors"]
        assert stage.person("person1").modal is not None
    assert (await _game(stage), await audited(stage)) == before


async def test_values_that_are_not_on_offer_change_nothing(stage: Stage) -> None:
    await open_home(stage, "person1")
    before = await _game(stage), await audited(stage)
    for action_id, choice in (
        ("home.weekday", "8"),
        ("home.weekday", "0"),
        ("home.weekday", "-1"),
        ("home.weekday", "monday"),
        ("home.hour", "24"),
        ("home.daily_budget", "0"),
        ("home.daily_budget", "51"),
        ("home.daily_budget", "x"),
        ("home.weekly_budget", "999"),
        ("home.channel", "everywhere"),
        ("home.channel", ""),
        ("home.claim_confirm", "x:ada"),
        ("home.claim_confirm", "1"),
        ("home.claim_confirm", "9999999999999999999:ada"),
        ("home.claim_confirm", "99999:ada"),
        ("home.claim_refuse", "99999:ada"),
        ("home.link", "U0NOBODY"),
        ("home.unheard_of", "1"),
    ):
        person = stage.person("person1")
        while person.modal is not None:
            await person.close_modal()
        await use_home(stage, "person1", action_id, choice, forged=True, block_id="home:link:ada")
        assert dialog_text(stage, "person1"), (action_id, choice)
    assert (await _game(stage), await audited(stage)) == before


async def test_the_controls_replayed_by_somebody_else_change_nothing(stage: Stage) -> None:
    await open_home(stage, "person2")
    assert "For admins" not in home_text(stage, "person2")
    rows = "SELECT (SELECT count(*) FROM github_links), (SELECT count(*) FROM audits)"
    before = await _game(stage), await stage.rows(rows)
    value = f"{await member_id(stage, 'person2')}:person2-gh"
    person = stage.person("person2")
    for action_id in (
        "home.game_on",
        "home.game_off",
        "home.reveals_on",
        "home.reveals_off",
        "home.names_opt_in",
        "home.names_opt_out",
        "home.channel",
        "home.weekday",
        "home.hour",
        "home.daily_budget",
        "home.weekly_budget",
        "home.post_leaderboard",
        "home.link",
        "home.claim_confirm",
        "home.claim_refuse",
    ):
        while person.modal is not None:
            await person.close_modal()
        await use_home(stage, "person2", action_id, value, forged=True)
        assert "Only workspace admins" in dialog_text(stage, "person2")
    await person.close_modal()
    await use_home(stage, "person2", "home.timezone", forged=True)
    done = await person.submit({"value": "Asia/Tokyo"})
    assert done.answer is not None
    assert "Only workspace admins" in done.answer["errors"]["timezone"]
    assert (await _game(stage), await stage.rows(rows)) == before


async def test_a_yes_that_takes_a_login_from_somebody_is_announced_and_audited(
    stage: Stage,
) -> None:
    await stage.merge("person2", "person1")
    await stage.until_dm("person2", "Was this PR AI-assisted?")
    await open_home(stage, "person2")
    await use_home(stage, "person2", "home.claim")
    await stage.person("person2").submit({"value": "person3-gh"})
    await open_home(stage, "person1")
    told = home_text(stage, "person1")
    holder = stage.person("person3").id
    assert f"`person3-gh` is linked to <@{holder}> now; Yes takes it from them." in told
    assert "It replaces `person2-gh`." in told

    winner, loser = [str(await member_id(stage, name)) for name in ("person2", "person3")]
    await use_home(stage, "person1", "home.claim_confirm", f"{winner}:person3-gh")
    assert await stage.rows(
        "SELECT subject FROM audits WHERE action = 'member.unlinked' ORDER BY subject"
    ) == [{"subject": one} for one in sorted((winner, loser))]
    assert await stage.rows("SELECT github_login FROM unlinked_accounts") == [
        {"github_login": "person2-gh"}
    ]
    assert "`person2-gh`, 1 pull request" in home_text(stage, "person1")


async def test_reveals_switched_on_again_tell_what_was_held_back(stage: Stage) -> None:
    await open_home(stage, "person1")
    await use_home(stage, "person1", "home.reveals_off")
    await stage.merge("person1", "person2")
    author = await stage.until_dm("person1", "Was this PR AI-assisted?")
    reviewer = await stage.until_dm("person2", "How good is it?")
    await stage.person("person2").click(reviewer, "survey.rate.ok")
    await stage.until_dm("person2", "Was it AI-assisted?")
    await stage.person("person2").click(reviewer, "survey.guess.yes")
    await stage.person("person1").click(author, "survey.answer.helped")
    await stage.quiet()
    assert stage.dm("person2", "Good hunch") is None
    await use_home(stage, "person1", "home.reveals_on")
    await stage.until_dm("person2", "Good hunch")


async def test_messages_that_slack_refused_are_listed_with_the_reason(stage: Stage) -> None:
    channel = stage.slack.state.find_channel(stage.workspace_id, "general")
    channel.is_archived = True
    stage.slack.state.put_channel(channel)
    await open_home(stage, "person1")
    await use_home(stage, "person1", "home.post_leaderboard")
    await open_home(stage, "person1")
    assert "the channel is archived" in home_text(stage, "person1")


async def test_five_hundred_unlinked_accounts_and_claims_fit_into_the_home(
    database: TestDatabase,
) -> None:
    async with set_stage(database, people=45, linked=False) as stage:
        async with stage.transaction() as tx:
            await tx.execute(
                "INSERT INTO unlinked_accounts (workspace_id, github_login, last_seen_at)"
                " SELECT $1, 'login-' || n, now() FROM generate_series(1, 500) AS n",
                stage.workspace_id,
            )
            await tx.execute(
                "INSERT INTO github_links SELECT $1, 'login-' || member_id || '-' || n,"
                " member_id, 'claimed', 'member', now() FROM members, generate_series(1, 12) AS n",
                stage.workspace_id,
            )
        home = await open_home(stage, "person1")
        assert len(home.blocks) <= 100
        told = home_text(stage, "person1")
        assert "… and 488 more." in told
        assert f"… and {45 * 12 - 12} more." in told
        assert "For admins" in json.dumps(home.blocks)
