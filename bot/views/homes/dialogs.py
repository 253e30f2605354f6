"""The dialogs that the Home opens."""

from __future__ import annotations

from bot.views.blocks import View, modal, notice, section, text_input


def claim_dialog() -> View:
    """Ask for the GitHub login of the person who pressed "That's me"."""
    return modal(
        "home.claim",
        "Who are you on GitHub?",
        "That's me",
        [
            text_input(
                "login",
                "Your GitHub login",
                action_id="value",
                hint="For example octocat, as in github.com/octocat",
                limit=39,
            ),
            section("An admin confirms it. Nothing is sent to you before that."),
        ],
    )


def timezone_dialog(current: str) -> View:
    """Ask for the timezone in which the leaderboard's day and hour are meant."""
    return modal(
        "home.timezone",
        "Leaderboard timezone",
        "Save",
        [
            text_input(
                "timezone",
                "Timezone",
                action_id="value",
                hint="For example Europe/Berlin or America/New_York",
                initial=current,
                limit=64,
            )
        ],
    )


def notice_dialog(text: str) -> View:
    """Say why a click in the Home changed nothing; `text` is escaped."""
    return notice("Nothing changed", [section(text)])
