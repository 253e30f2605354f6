"""What generated people say to Hunch, in Hunch's own buttons, and who keeps silent."""

from __future__ import annotations

from bot.cli.tryouts.sayings import sayings
from playground.companies import PullRequest, Review
from playground.pull_requests import Sign

MADE = PullRequest(
    number=7,
    repository="fernweh-works/web",
    title="Round totals once",
    author="ada",
    initiator="ada",
    team=0,
    opened_at=1,
    reviews=(
        Review("bo", "changes_requested", 2, None, None),
        Review("bo", "approved", 3, "super", "yes"),
        Review("cy", "approved", 4, "ok", None),
        Review("di", "approved", 5, None, None),
    ),
    merged_at=6,
    closed_at=None,
    additions=1,
    deletions=1,
    changed_files=1,
    commits=1,
    used_ai=True,
    tool="cursor",
    sign=Sign.NONE,
    answer="helped",
    rework="none",
    reverts=None,
)


def said(pr: PullRequest, login: str) -> list[tuple[str, str | None]]:
    return [(one.action_id, one.choice) for one in sayings(pr, login)]


def test_the_author_answers_and_names_the_tool() -> None:
    assert said(MADE, "ada") == [("survey.answer.helped", None), ("survey.tool", "cursor")]


def test_without_ai_there_is_no_tool_to_name() -> None:
    without = MADE._replace(used_ai=False, tool="", answer="no")
    assert said(without, "ada") == [("survey.answer.no", None)]


def test_a_reviewer_rates_and_then_guesses() -> None:
    assert said(MADE, "bo") == [("survey.rate.super", None), ("survey.guess.yes", None)]
    assert said(MADE, "cy") == [("survey.rate.ok", None)]


def test_some_keep_silent_and_so_does_everybody_else() -> None:
    assert said(MADE, "di") == said(MADE, "eve") == []
    assert said(MADE._replace(answer=None), "ada") == []
