"""Values for views, right by themselves, that a test changes where it matters."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.domain.ids import MemberId, PartId, SurveyId
from bot.domain.leaderboards import Measure, Place, Standings, TeamFacts
from bot.domain.reveals import Score
from bot.domain.surveys import Part, PartState, Role
from bot.views.leaderboards import WeeklyPost
from bot.views.pull_requests import PullRequestView
from bot.views.surveys import SurveyDm

EXPIRES_AT = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
PR = PullRequestView(
    title="Make the parser faster & <safer>",
    url="https://github.com/acme/parser/pull/42",
    repository="acme/parser",
    number=42,
    author="ada",
)
NAMES = {
    MemberId(n): name for n, name in enumerate(["Ada", "Bo", "Cleo", "Dag", "Eve", "Fay"], start=1)
}


def part(role: Role = Role.AUTHOR, **said: Any) -> Part:
    made = Part(PartId(7), SurveyId(3), MemberId(1), role, state=PartState.ASKED, sent=True)
    return (
        replace(made, guessable=role is Role.REVIEWER, **said)
        if "guessable" not in said
        else (replace(made, **said))
    )


def dm(role: Role = Role.AUTHOR, *, view: Mapping[str, Any] | None = None, **said: Any) -> SurveyDm:
    return SurveyDm(PR, part(role, **said), EXPIRES_AT, timezone="Europe/Berlin", **(view or {}))


def places(*ranks: tuple[int, ...]) -> Standings:
    listed = (
        Place(rank, tuple(MemberId(who) for who in shared))
        for rank, shared in enumerate(ranks, start=1)
    )
    return Standings(tuple(listed))


FACTS = TeamFacts(
    merged=41,
    ai_share=Measure(0.42, 38),
    detection_rate=Measure(0.675, 40),
    mean_rating=Measure(2.44, 57),
    first_review_h=Measure(3.5, 39),
)


def post(**changed: Any) -> WeeklyPost:
    made = WeeklyPost(
        detectives=places((2, 1), (3,), (4, 5)),
        champions=places((1,), (2,), (3,), (4,), (5,)),
        facts=FACTS,
        names=NAMES,
        how_url="https://hunch.example.com/how",
    )
    return replace(made, **changed)


SCORE = Score(right=7, revealed=9)


def shown(payload: Mapping[str, Any]) -> str:
    """Everything in a view that people can read, one text a line."""
    return "\n".join(_texts(json.loads(json.dumps(payload))))


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["text"]] if isinstance(value.get("text"), str) else []
        return own + [text for inner in value.values() for text in _texts(inner)]
    return [text for one in value for text in _texts(one)] if isinstance(value, list) else []


def controls(payload: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every control of a view, in reading order."""
    found = []
    for block in payload["blocks"]:
        row = [block.get("accessory"), block.get("element"), *block.get("elements", [])]
        found += [one for one in row if one and "action_id" in one]
    return found


def control(payload: Mapping[str, Any], action_id: str) -> dict[str, Any]:
    """The one control with the action id."""
    (found,) = [one for one in controls(payload) if one["action_id"] == action_id]
    return found


def action_ids(payload: Mapping[str, Any]) -> list[str]:
    return [one["action_id"] for one in controls(payload)]
