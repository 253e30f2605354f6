"""What everybody can decide about themselves: a pause, a stop, their name; and our answers."""

from __future__ import annotations

from datetime import datetime

from bot.domain.ids import GithubLogin
from bot.views.blocks import Element, Message, button, confirm, note, select
from bot.views.texts import escaped, moment

SNOOZES = (("1", "1 day"), ("3", "3 days"), ("7", "1 week"), ("14", "2 weeks"), ("28", "4 weeks"))
"""Days, as menu values, and their names."""


def snooze_menu() -> Element:
    """A menu whose value is a number of days."""
    return select("member.snooze", "Snooze", SNOOZES)


def stop_button() -> Element:
    question = confirm(
        "Stop asking you?",
        "You get no more surveys until you say so. Guesses you made still count.",
        "Stop asking me",
        "Keep asking me",
    )
    return button("Stop asking me", "member.stop", confirm=question)


def resume_button() -> Element:
    return button("Ask me again", "member.resume")


def name_off_button() -> Element:
    return button("Keep my name off", "member.name_off")


def name_on_button() -> Element:
    return button("Show my name", "member.name_on")


def link_ended(login: GithubLogin) -> Message:
    """Tell somebody that a GitHub account counts as another person's from now on."""
    return note(
        f"The GitHub account `{escaped(login.replace('`', ''), 40)}` is no longer linked to you: "
        "somebody has signed in to it. If it is yours, sign in to it yourself: *That's me …* in my "
        "Home tab. You get no surveys about its pull requests until then."
    )


def snoozed(until: datetime, timezone: str) -> Message:
    """Answer a snooze."""
    return note(
        f"Snoozed. You hear from me again after {moment(until, timezone)}. "
        "*Ask me again* in my Home tab ends it sooner."
    )


def stopped() -> Message:
    """Answer a stop."""
    return note(
        "Done: I won't ask you again. To come back, type `/copilot resume` or open my Home tab."
    )


def resumed() -> Message:
    """Answer somebody who is back."""
    return note("Welcome back! You get surveys again, outside your quiet hours.")


def name_off() -> Message:
    """Answer a name taken off."""
    return note(
        "Done: your name stays off the leaderboard, and nothing shows that it is missing. "
        "You can change this in my Home tab."
    )


def name_on() -> Message:
    """Answer a name put back."""
    return note(
        "Done: your name may appear on the leaderboard. You can change this in my Home tab."
    )


def quiet_hours_set() -> Message:
    """Answer new quiet hours."""
    return note("Done: your quiet hours are set. What waits for you comes at the next opening.")
