"""What people read on their way of installing Hunch in a workspace, however it ends."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.domain.installs import GRACE, Install, is_org
from bot.views.pages import Button, Page
from bot.views.texts import one_line, shortened

INSTALL = "/slack/install"
BEGIN = "/slack/install/begin"
_AGAIN = Button("Start again", INSTALL)
_WORD = re.compile(r"[a-z0-9_]{1,60}")
_KEPT = (
    f"If Hunch is uninstalled, its tokens are deleted at once and everything else {GRACE.days} days "
    "later; until then installing it again goes on where it stopped."
)
# Slack's words for what only whoever runs Hunch can mend, and how.
_FOR_OPERATORS = {
    # A word of Slack's and what to do, not a secret.
    "bad_client_secret": (  # nosec B105
        "SLACK_CLIENT_SECRET is not this app's. Copy it anew from the app's page."
    ),
    "bad_redirect_uri": "The app's redirect URL is not HUNCH_BASE_URL/slack/oauth_redirect.",
    "invalid_client_id": "SLACK_CLIENT_ID is no app's. Copy it anew from the app's page.",
}


def invitation() -> Page:
    """Before anything has happened."""
    return Page(
        "Was that pull request AI-assisted?",
        (
            "Hunch asks the author and the reviewers of a merged pull request, with one tap each, "
            "and tells the reviewers whether their guess was right.",
            "On the next page Slack asks you to choose a workspace and shows what Hunch may do "
            "there. Nobody gets a message before an admin switches the game on.",
        ),
        button=Button("Add to Slack", BEGIN),
        small=(_KEPT,),
    )


def installed(install: Install, missing: Iterable[str], *, open_url: str | None = None) -> Page:
    """All went well, or nearly; `missing` are scopes that Slack did not give."""
    lacking = tuple(sorted(missing))
    what_next = (
        "Add it to the organisation's workspaces in Slack's admin pages. It gets to know each one "
        "when something happens there first."
        if is_org(install.workspace_id)
        else "Open Hunch in Slack: its Home tab has the switch for the game and says what is "
        "still to do."
    )
    told = (
        ("Slack did not give Hunch all it asks for, so a part of it will not work. Missing:",)
        if lacking
        else ()
    )
    mend = (
        "Whoever runs Hunch can update the Slack app with what “hunch manifest --http” prints; then "
        "install it once more.",
    )
    return Page(
        f"Hunch is in {_name(install.name)}",
        (what_next, *told),
        items=lacking,
        button=Button("Open Hunch in Slack", open_url) if open_url else None,
        small=((mend if lacking else ()) + (_KEPT,)),
    )


def denied() -> Page:
    return Page(
        "Hunch was not installed",
        ("You said no on Slack's page, so nothing was changed.",),
        button=_AGAIN,
        small=("If you may not add apps here, ask one of your Slack admins to open this address.",),
    )


def late() -> Page:
    return Page(
        "This link has expired",
        ("For safety it is good for ten minutes only. Nothing was changed.",),
        button=_AGAIN,
    )


def stranger() -> Page:
    return Page(
        "This link cannot be used",
        (
            "It was used before, or begun in another browser, or it is not one of ours. If you "
            "have just installed Hunch and only reloaded the page, all is well.",
        ),
        button=_AGAIN,
    )


def refused(reason: str) -> Page:
    """Slack gave no token; `reason` is its word for why."""
    word = reason if _WORD.fullmatch(reason) else "no"
    mend = _FOR_OPERATORS.get(word)
    if mend is not None:
        return Page(
            "Hunch is not set up right",
            ("Please tell whoever runs Hunch; nothing was changed.", mend),
            small=(f"Slack's word for it: {word}.",),
        )
    return Page(
        "Slack said no",
        ("Slack did not let Hunch in, so nothing was changed. Trying again often helps.",),
        button=_AGAIN,
        small=(f"Slack's word for it: {word}.",),
    )


def other_workspace() -> Page:
    return Page(
        "That was another workspace",
        (
            "The link you followed was for one workspace, and the token Slack gave is of another. "
            "Hunch keeps no such token; nothing was changed.",
        ),
        button=_AGAIN,
        small=("To install Hunch in a new workspace, start again and choose it on Slack's page.",),
    )


def other_app() -> Page:
    return Page(
        "Hunch is not set up right",
        (
            "Please tell whoever runs Hunch; nothing was changed.",
            "SLACK_CLIENT_ID and SLACK_APP_TOKEN belong to different Slack apps. Copy both from "
            "the same app's page.",
        ),
    )


def no_key() -> Page:
    return Page(
        "Hunch cannot keep secrets right now",
        (
            "The key it keeps them with is missing, so nothing was changed. Please tell whoever "
            "runs Hunch: “hunch keys status” says what to do.",
        ),
        button=_AGAIN,
    )


def slack_away() -> Page:
    return Page(
        "Slack does not answer",
        ("Nothing was changed. Please try again in a minute.",),
        button=_AGAIN,
    )


def not_stored() -> Page:
    return Page(
        "Hunch could not store this",
        ("Its database is away for a moment. Please try again in a minute; nothing is lost.",),
        button=_AGAIN,
    )


def _name(name: str) -> str:
    return shortened(one_line(name), 80) or "your workspace"
