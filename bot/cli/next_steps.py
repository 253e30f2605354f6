"""`hunch` alone: looks at how far things have come, and says what to do next."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from bot.app.standings import Standing, is_running, list_standings
from bot.cli.terminal import say
from bot.errors import SettingsError
from bot.settings import Settings

_HELLO = "Is AI helping us? Hunch asks, in Slack, when it matters."
_MORE = "`hunch --help` lists every command, `hunch doctor` looks closely."


async def say_next_step(settings: Settings, words: argparse.Namespace) -> int:
    """Always 0: nothing was asked of us that could fail."""
    running = await is_running(settings)
    if settings.playground_wanted:
        lines = _to_try(settings, running)
    else:
        lines = await _to_use(settings, running)
    say(
        "\n".join(
            ["", f"  {_HELLO}", "", *(f"  {line}".rstrip() for line in lines), "", f"  {_MORE}", ""]
        )
    )
    return 0


def _to_try(settings: Settings, running: bool) -> list[str]:
    page = f"http://127.0.0.1:{settings.playground_port}/"
    if running:
        first = [f"It is running, with a Slack to try. Open {page}"]
    else:
        first = [
            "No Slack is connected yet. To try it, in a Slack that comes along:",
            "",
            "    hunch run",
            "",
            f"then open {page} (`hunch run --company large` brings hundreds of people).",
        ]
    return [
        *first,
        "",
        "To use it in your workspace: paste what `hunch manifest` prints at",
        "https://api.slack.com/apps, set SLACK_BOT_TOKEN and SLACK_APP_TOKEN, and start it again.",
    ]


async def _to_use(settings: Settings, running: bool) -> list[str]:
    try:
        standings = await list_standings(settings)
    except SettingsError as error:
        return [str(error), "", "Next: mend that, then run `hunch doctor`."]
    state = "It is running." if running else "It is not running."
    if not standings:
        return [
            f"{state} No workspace is registered yet.",
            "",
            f"Next: {_first_start(settings, running)}",
        ]
    todo = _todo(standings, running, has_app=settings.github_client_id is not None)
    listed = [line for standing in standings for line in _describe(standing)]
    return [state, "", *listed, "", f"Next: {todo}"]


def _first_start(settings: Settings, running: bool) -> str:
    if settings.slack_bot_token is None and running:
        return f"install it from your browser at {settings.public_url}/slack/install"
    return "`hunch run` starts it, and the workspace of your token registers itself."


def _describe(standing: Standing) -> list[str]:
    slack = "Slack connected" if standing.slack_works else "Slack needs to be reconnected"
    github = "GitHub connected" if standing.github_connected else "GitHub not connected"
    game = "the game is on" if standing.game_on else "the game is off"
    return [
        f"{standing.name or standing.workspace_id} ({standing.workspace_id})",
        f"    {slack}, {github}, {game}",
    ]


def _todo(standings: Sequence[Standing], running: bool, *, has_app: bool) -> str:
    """The first thing that is missing, in the order in which one gets there."""
    one = "" if len(standings) == 1 else " --workspace {}"
    for standing in standings:
        which = one.format(standing.workspace_id)
        if not standing.slack_works:
            return "`hunch doctor` says how to reconnect Slack."
        if not standing.github_connected and has_app:
            return "press Connect GitHub in Hunch's Home tab in Slack, as an admin."
        if not standing.github_connected:
            return f"`hunch connect github-webhook{which}` prints what to enter in GitHub."
        if not standing.game_on:
            name = standing.name or standing.workspace_id
            return f"switch the game on in Hunch's Home tab in Slack ({name}), as an admin."
    if not running:
        return "`hunch run` starts it, or `hunch serve` and `hunch work` on many hosts."
    return "nothing: all is well. Hunch's Home tab in Slack shows how it goes."
