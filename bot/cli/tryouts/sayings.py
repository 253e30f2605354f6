"""What a generated person says to Hunch, by the buttons that Hunch's messages carry."""

from __future__ import annotations

from collections.abc import Iterator

from playground.companies import PullRequest
from playground.companies.players import Say
from playground.pull_requests import Sign

COMMAND = "leaderboard post"


def sayings(pr: PullRequest, login: str) -> Iterator[Say]:
    """The author's answer and tool, or a reviewer's rating and guess; nothing from the silent."""
    if login == pr.initiator:
        yield from _author(pr)
        return
    for review in pr.reviews:
        if review.reviewer == login and review.rating is not None:
            yield Say("rating", f"survey.rate.{review.rating}")
            if review.guess is not None:
                yield Say("guess", f"survey.guess.{review.guess}")


def _author(pr: PullRequest) -> Iterator[Say]:
    if pr.answer is None:
        return
    yield Say("answer", f"survey.answer.{pr.answer}")
    if pr.used_ai and pr.sign is Sign.NONE:
        yield Say("tool", "survey.tool", pr.tool)
