"""The dialogs that the Home opens."""

from __future__ import annotations

from bot.views.blocks import (
    Block,
    View,
    actions,
    link_button,
    modal,
    notice,
    section,
    text_input,
)


def claim_dialog(sign_in_url: str | None = None) -> View:
    """Ask for the GitHub login of the person who pressed "That's me".

    `sign_in_url`: where they can show it themselves instead, for ten minutes.
    """
    return modal(
        "home.claim",
        "Who are you on GitHub?",
        "That's me",
        [
            *(_sign_in(sign_in_url) if sign_in_url is not None else []),
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


def _sign_in(url: str) -> list[Block]:
    return [
        section(
            "*The quick way:* sign in to GitHub, and no admin has to confirm it. I read who you "
            "are, once, and nothing else."
        ),
        actions("home:sign_in", link_button("Link my GitHub account", "home.to_github", url)),
        section("*Or tell me your login:*"),
    ]


def connect_dialog(url: str) -> View:
    """Lead an admin to GitHub's page, on which our App is installed."""
    return notice(
        "Connect GitHub",
        [
            section(
                "On GitHub you choose an organisation and the repositories that I may read. You "
                "need to be one of its owners. The link is good for ten minutes."
            ),
            actions("home:to_github", link_button("Go to GitHub", "home.to_github", url)),
        ],
    )


def token_dialog() -> View:
    """Ask for a fine-grained token, where the App cannot be installed."""
    return modal(
        "home.github_token",
        "Connect by a token",
        "Connect",
        [
            section(
                "Make a *fine-grained token* on GitHub for the organisation, with read access to "
                "*Contents*, *Metadata* and *Pull requests* of its repositories, and to *Members* "
                "of the organisation. I ask GitHub what it opens before I keep it, encrypted."
            ),
            text_input(
                "account",
                "Organisation",
                action_id="account",
                hint="For example acme, as in github.com/acme",
                limit=39,
            ),
            text_input(
                "token",
                "Token",
                action_id="token",
                hint="It begins with github_pat_",
                limit=255,
            ),
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
