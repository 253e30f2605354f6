"""Why an attribution is as it is, in words for people."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from bot.domain.attributions.evidence import Evidence, Place, Strength
from bot.domain.attributions.tools import TOOLS

_LABELS = {marks.tool: marks.label for marks in TOOLS}
_PLACES = {
    Place.ACCOUNT: "the account it was opened by",
    Place.BRANCH: "the name of its branch",
    Place.BODY: "a line of its description",
    Place.BODY_LINK: "a link in its description",
    Place.COMMIT: "a line of a commit's message",
    Place.COMMIT_LINK: "a link in a commit's message",
    Place.COMMIT_ACCOUNT: "the account of a commit",
    Place.COMMIT_AUTHOR: "the author of a commit",
    Place.COMMITTER: "the address of a committer",
    Place.NOTE: "a note on a commit",
    Place.EARLIER: "what earlier rules saw",
    Place.STARTED_BY: "who started it",
}


def label_of(tool: str) -> str:
    """The name of a tool as people write it."""
    return _LABELS.get(tool, tool.replace("_", " "))


def reason_for(one: Evidence) -> str:
    """Say where the evidence was found and what it points to."""
    return f"{_PLACES[one.place]} points to {label_of(one.tool)}"


def counted(evidence: Iterable[Evidence], dismissed: Collection[str]) -> list[Evidence]:
    """What of the evidence says something about who wrote it, the strong first."""
    wrote = [
        one for one in evidence if one.strength is not Strength.REVIEW and one.rule not in dismissed
    ]
    return sorted(wrote, key=lambda one: (one.strength is not Strength.STRONG, one))
