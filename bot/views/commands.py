"""What `/copilot` answers."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.reveals import Score
from bot.views.blocks import Message, note
from bot.views.texts import counted, escaped

_COMMANDS = (
    ("help", "this list"),
    ("leaderboard", "the latest leaderboard"),
    ("leaderboard post", "post it to its channel now (admins)"),
    ("mine", "what is known of AI in your own pull requests, to put it right"),
    ("mystats", "your own score, for your eyes only"),
    ("pause", "no more surveys until you say so"),
    ("resume", "surveys again"),
    ("evidence owner/name#12", "what points to AI in a pull request, to put it right (admins)"),
    ("runs", "what Hunch has been working on (admins)"),
    ("run 12", "how run 12 goes (admins)"),
    ("retry 12", "go on with run 12, which failed (admins)"),
    ("sync", "read GitHub now (admins)"),
)


def help_text() -> Message:
    """Answer `/copilot help`."""
    rows = "\n".join(f"`/copilot {name}`: {what}" for name, what in _COMMANDS)
    return note(
        "When a pull request merges I ask its author whether AI helped, and those who approved it "
        f"how good it is and what they guess.\n{rows}\nEverything else is in my Home tab."
    )


@dataclass(frozen=True, slots=True)
class MyStats:
    """One person's own numbers."""

    score: Score
    answered: int
    open_surveys: int


def my_stats(stats: MyStats) -> Message:
    """Answer `/copilot mystats`."""
    score = stats.score
    guesses = f"Your guesses: *{score}* right." if score.revealed else "No guess was revealed yet."
    return note(
        f"{guesses}\n"
        f"You answered {counted(stats.answered, 'survey')}; "
        f"{counted(stats.open_surveys, 'more is', 'more are')} waiting for you."
    )


def posted() -> Message:
    """Answer an admin who had the leaderboard posted."""
    return note("Done: the leaderboard is on its way to its channel.")


def locked() -> Message:
    """Answer anything while no key opens the token that Hunch speaks with."""
    return note(
        "Sorry, I can't speak in Slack right now: my key is missing. An admin should restore it, or "
        "reinstall me. What I have to say waits until then; nothing is lost."
    )


def unknown(words: str) -> Message:
    """Answer anything else somebody typed after `/copilot`."""
    typed = escaped(words, 80, otherwise="")
    said = f"I don't know “{typed}” yet. " if typed else ""
    return note(f"{said}Try `/copilot help` to see what I can do.")


def failed(reference: str) -> Message:
    """Say that it is our fault, with a reference an operator can find in the logs."""
    code = escaped(reference.replace("`", ""), 40, otherwise="unknown")
    return note(
        "Sorry, that did not work, and it is not your fault. Please try again in a minute. "
        f"If it happens again, give your admin this reference: `{code}`."
    )
