"""`/copilot …`: every answer within the acknowledgement, for the asker alone, as Slack takes it."""

from __future__ import annotations

from typing import Any

from playground.validation import problems
from tests.scenario.home_support import audited, open_home, use_home
from tests.stage import Stage


async def _say(stage: Stage, name: str, text: str) -> str:
    """What `/copilot <text>` answers."""
    done = await stage.person(name).command("/copilot", text)
    assert done.ok
    assert done.answer is not None
    assert done.answer["response_type"] == "ephemeral"
    message = {key: done.answer[key] for key in ("text", "blocks")}
    assert problems(message, surface="message") == []
    return str(message)


async def test_help_is_given_in_any_spelling(stage: Stage) -> None:
    for text in ("help", "", "HELP", "  help  ", "Help\t", "\u00a0help"):
        assert "leaderboard post" in await _say(stage, "person2", text)


async def test_anything_else_is_answered_in_a_friendly_way(stage: Stage) -> None:
    for text in (
        "dance",
        "help me",
        "leaderboard post please",
        "مساعدة",
        "\U0001f576 🎉",
        "<!channel> <@U1> *x*",
        "x" * 5000,
        "\u202e\u200b",
        "\0",
    ):
        answer = await _say(stage, "person2", text)
        assert "/copilot help" in answer
        assert "<!channel>" not in answer


async def test_the_leaderboard_is_shown_to_the_asker(stage: Stage) -> None:
    await _say(stage, "person2", "LeaderBoard")
    channel = stage.slack.state.find_channel(stage.workspace_id, "general")
    assert stage.slack.state.history(stage.workspace_id, channel.id) == []


async def test_only_admins_post_the_leaderboard(stage: Stage) -> None:
    before = await audited(stage)
    assert "Only workspace admins" in await _say(stage, "person2", "leaderboard post")
    await stage.quiet()
    channel = stage.slack.state.find_channel(stage.workspace_id, "general")
    assert stage.slack.state.history(stage.workspace_id, channel.id) == []
    assert await audited(stage) == before
    assert "on its way" in await _say(stage, "person1", "leaderboard  POST")
    await stage.quiet()
    assert len(stage.slack.state.history(stage.workspace_id, channel.id)) == 1


async def test_posting_without_a_channel_or_a_game_says_what_to_do(stage: Stage) -> None:
    await open_home(stage, "person1")
    await use_home(stage, "person1", "home.game_off")
    assert "The game is off" in await _say(stage, "person1", "leaderboard post")
    async with stage.transaction() as tx:
        await tx.execute("UPDATE games SET leaderboard_channel = NULL")
    assert "Choose the leaderboard" in await _say(stage, "person1", "leaderboard post")


async def test_my_stats_count_what_i_did(stage: Stage) -> None:
    assert "No guess was revealed yet" in await _say(stage, "person2", "mystats")
    await stage.merge("person1", "person2")
    asked = await stage.until_dm("person2", "How good is it?")
    assert "1 more is waiting" in await _say(stage, "person2", "mystats")
    await stage.person("person2").click(asked, "survey.rate.ok")
    assert "You answered 1 survey" in await _say(stage, "person2", "mystats")


async def test_pause_and_resume_hold_and_can_be_repeated(stage: Stage) -> None:
    for _ in range(2):
        assert "won't ask you again" in await _say(stage, "person2", "pause")
    await stage.merge("person1", "person2")
    await stage.until_dm("person1", "Was this PR AI-assisted?")
    await stage.quiet()
    assert stage.person("person2").messages == []
    for _ in range(2):
        assert "Welcome back" in await _say(stage, "person2", "resume")
    actions = [action for action, _ in await audited(stage) if action.startswith("member.")]
    assert actions[-2:] == ["member.stopped", "member.resumed"]
    await stage.merge("person1", "person2")
    await stage.until_dm("person2", "How good is it?")


async def test_strangers_are_told_why(stage: Stage) -> None:
    await stage.quiet()
    stage.slack.state.add_user(stage.workspace_id, "newcomer")
    for text in ("pause", "resume", "mystats", "leaderboard post"):
        assert "don't know that person yet" in await _say(stage, "newcomer", text)


async def test_another_command_of_ours_is_answered_too(stage: Stage) -> None:
    app = stage.slack.state.apps[stage.installation.app_id]
    app.commands.append("/other")
    done = await stage.person("person2").command("/other", "help")
    answer: Any = done.answer
    assert "/copilot help" in answer["text"]
    assert stage.services.desk.refusals.by_reason["slack", "unknown_command"] == 1
