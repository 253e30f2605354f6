"""Kind words for a click that cannot count."""

from __future__ import annotations

from typing import assert_never

from bot.domain.surveys import WhyRefused
from bot.views.blocks import Message, note


def refused(reason: WhyRefused) -> Message:
    """Say to the one who clicked why nothing changed."""
    return note(_why(reason))


def _why(reason: WhyRefused) -> str:
    match reason:
        case WhyRefused.CLOSED:
            return "This survey is closed, so nothing changed. Thanks for looking in!"
        case WhyRefused.ALREADY_REVEALED:
            return "This has been revealed already, so your answer stays as it was."
        case WhyRefused.RATING_IS_FINAL:
            return "You have guessed already, and the rating is final from then on."
        case WhyRefused.RATE_FIRST:
            return "Please rate the pull request first; the guess comes right after."
        case WhyRefused.NO_GUESS_HERE:
            return "There is no guess on this pull request, so nothing changed."
        case WhyRefused.NOT_YOUR_QUESTION:
            return "This question is for somebody else, so nothing changed."
        case WhyRefused.ANSWER_FIRST:
            return "Please say first whether AI was involved; this question goes with it."
        case _:
            assert_never(reason)


def not_yours() -> Message:
    """Somebody clicked in another person's survey."""
    return note("This survey was sent to somebody else, so nothing changed.")


def gone() -> Message:
    """The survey is not there any more, or never was."""
    return note(
        "I can't find this survey any more, so nothing changed. New ones come by themselves."
    )


def impossible() -> Message:
    """A value no button or menu of ours sends."""
    return note("That choice is not on offer, so nothing changed. Please pick one from the menu.")
