"""A tap is read as the reply it stands for, or as none."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.ids import PartId, SlackUserId
from bot.domain.surveys import (
    AiAnswer,
    AnswerIt,
    Guess,
    GuessIt,
    NameTool,
    RateIt,
    Rating,
    Reply,
    Rework,
    SayRework,
    SetReveal,
    Tool,
)
from handlers.clicks import read_click
from handlers.payloads import understood
from handlers.surveys import read_reply

_WHO = (PartId(7), SlackUserId("U1"))


def reply(action_id: str, block_id: str = "part:7:answer", **action: Any) -> Reply | None:
    sent = {
        "type": "block_actions",
        "team": {"id": "T1"},
        "user": {"id": "U1"},
        "actions": [{"action_id": action_id, "block_id": block_id, **action}],
    }
    payload = understood(sent)
    assert payload is not None
    return read_reply(read_click(payload))


@pytest.mark.parametrize(
    ("action_id", "action", "expected"),
    [
        ("survey.answer.wrote", {}, AnswerIt(*_WHO, AiAnswer.WROTE)),
        ("survey.rate.could_be_better", {}, RateIt(*_WHO, Rating.COULD_BE_BETTER)),
        ("survey.guess.no_idea", {}, GuessIt(*_WHO, Guess.NO_IDEA)),
        ("survey.tool", {"selected_option": {"value": "cursor"}}, NameTool(*_WHO, Tool.CURSOR)),
        ("survey.rework", {"selected_option": {"value": "much"}}, SayRework(*_WHO, Rework.MUCH)),
        ("survey.reveal", {"selected_options": []}, SetReveal(*_WHO, ok=True)),
        ("survey.reveal", {"selected_options": [{"value": "x"}]}, SetReveal(*_WHO, ok=False)),
    ],
)
def test_our_buttons_and_menus(action_id: str, action: dict[str, Any], expected: Reply) -> None:
    assert reply(action_id, **action) == expected


@pytest.mark.parametrize(
    ("action_id", "block_id"),
    [
        ("survey.answer", "part:7:answer"),
        ("survey.answer.perhaps", "part:7:answer"),
        ("survey.answer.no.", "part:7:answer"),
        ("survey.unheard", "part:7:answer"),
        ("survey.tool", "part:7:tool"),
        ("survey.answer.no", "part:x:answer"),
        ("survey.answer.no", "part:-7:answer"),
        ("survey.answer.no", "part:\u0667:answer"),
        ("survey.answer.no", "part:7:answer\n"),
        ("survey.answer.no", "part:9999999999999999999:answer"),
        ("survey.answer.no", ""),
    ],
)
def test_what_none_of_our_controls_sends(action_id: str, block_id: str) -> None:
    assert reply(action_id, block_id) is None
