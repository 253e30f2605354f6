"""What people read on their way to GitHub's pages and back, however it ends."""

from __future__ import annotations

import re

from bot.views.pages import Button, Page
from bot.views.texts import one_line, shortened

INSTALL = "/github/install"
INSTALL_BEGIN = "/github/install/begin"
INSTALLED = "/github/installed"
LINK = "/github/link"
LINK_BEGIN = "/github/link/begin"
LINKED = "/github/linked"
_AGAIN = "Open Hunch's Home tab in Slack and begin anew; nothing was changed."
_WORD = re.compile(r"[a-z0-9_ ]{1,60}")
# Our and GitHub's words for what only whoever runs Hunch can mend, and how.
_FOR_OPERATORS = {
    "no_app": "GITHUB_APP_ID and GITHUB_PRIVATE_KEY are not set.",
    "revoked": "GitHub does not take the App's key: look at GITHUB_APP_ID and GITHUB_PRIVATE_KEY.",
    # A word of GitHub's and what to do, not a secret.
    "incorrect_client_credentials": (  # nosec B105
        "GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET are not the App's. Copy them anew."
    ),
    "redirect_uri_mismatch": (
        "The App's callback URLs are not HUNCH_BASE_URL/github/installed and /github/linked."
    ),
    "application_suspended": "GitHub has suspended the App itself.",
}


def before_install(person: str, workspace: str, url: str) -> Page:
    """Before GitHub's page: what is about to happen, and for whom."""
    return Page(
        f"Connect GitHub to {_name(workspace)}",
        (
            "On GitHub's page you choose an organisation and the repositories that Hunch may "
            "read: pull requests, commits, reviews, members and teams. It changes nothing there.",
            f"{_name(person)} asked for this in Slack. Go on only if you know that, and if that "
            "workspace may see those pull requests.",
        ),
        button=Button("Go on to GitHub", url),
    )


def before_link(person: str, workspace: str, url: str) -> Page:
    """The same for somebody's own account."""
    return Page(
        "Link a GitHub account",
        (
            f"The GitHub account you sign in with becomes {_name(person)}'s in "
            f"{_name(workspace)}, in Hunch's eyes. Go on only if that is you.",
            "Hunch reads who you are on GitHub, once, and nothing else.",
        ),
        button=Button("Go on to GitHub", url),
    )


def connected(account: str, missing: tuple[str, ...]) -> Page:
    """The App is installed, all went well, or nearly."""
    told = (
        ("GitHub did not give Hunch all it asks for, so a part will not work. Missing:",)
        if missing
        else ()
    )
    return Page(
        f"GitHub is connected: {_name(account)}",
        ("Hunch now reads its repositories. You can close this page.", *told),
        items=missing,
    )


def linked(login: str) -> Page:
    return Page(
        f"You are {_name(login)} on GitHub",
        ("Hunch knows that from GitHub itself now. You can close this page.",),
    )


def requested() -> Page:
    """They may not install Apps, so GitHub has asked those who may."""
    return Page(
        "An owner has to say yes",
        (
            "GitHub has asked the organisation's owners to install Hunch. When one of them has, "
            "press “Connect GitHub” in Hunch's Home tab once more.",
        ),
    )


def denied() -> Page:
    return Page("Nothing was changed", ("You said no on GitHub's page.", _AGAIN))


def late() -> Page:
    return Page("This link has expired", ("For safety it is good for ten minutes only.", _AGAIN))


def stranger() -> Page:
    return Page(
        "This link cannot be used",
        (
            "It was used before, or begun in another browser, or it is not one of ours. If you "
            "have only reloaded the page, all may be well: Hunch's Home tab shows it.",
        ),
    )


def not_yours(reason: str) -> Page:
    """They name an installation that is not theirs to connect."""
    why = (
        "Only an owner of that organisation can connect it, and Hunch must be allowed to read its "
        "members to know one."
        if reason == "not_owner"
        else "GitHub does not show you that installation."
    )
    return Page("That is not yours to connect", (why, _AGAIN))


def refused(reason: str) -> Page:
    """GitHub gave nothing; `reason` is its word for why, or ours."""
    word = reason if _WORD.fullmatch(reason) else "no"
    mend = _FOR_OPERATORS.get(word)
    if mend is not None:
        return Page(
            "Hunch is not set up right",
            ("Please tell whoever runs Hunch; nothing was changed.", mend),
            small=(f"The word for it: {word}.",),
        )
    return Page("GitHub said no", (_AGAIN,), small=(f"GitHub's word for it: {word}.",))


def said(text: str) -> Page:
    """Something we cannot do, in a line that says why."""
    return Page("Nothing was changed", (text,))


def away() -> Page:
    return Page("GitHub does not answer", (f"Please try again shortly. {_AGAIN}",))


def not_stored() -> Page:
    return Page("Hunch cannot store anything", (f"Please try again shortly. {_AGAIN}",))


def _name(text: str) -> str:
    return shortened(one_line(text), 80) or "your workspace"
