"""What people read about whose work a pull request is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.domain.surveys import AiAnswer
from bot.views import attributions
from bot.views.attributions import OwnWork
from tests.unit.views.makers import PR

REASON = "a line of a commit's message points to Claude Code"


def _work(number: int, **changes: Any) -> OwnWork:
    known: dict[str, Any] = {"declared": None, "reasons": (), "asked": False, "corrected": False}
    return OwnWork(7, replace(PR, number=number), **{**known, **changes})


WORKS = (
    _work(42),
    _work(43, reasons=(REASON, "the name of its branch points to Cursor")),
    _work(44, declared=AiAnswer.HELPED),
    _work(45, declared=AiAnswer.NO, reasons=(REASON,), corrected=True),
    _work(46, asked=True),
)

ATTRIBUTIONS: dict[str, tuple[str, Mapping[str, Any]]] = {
    "attributions/mine": ("message", attributions.own_works(WORKS)),
    "attributions/none_yet": ("message", attributions.own_works([])),
    "attributions/declared": ("message", attributions.declared()),
    "attributions/taken_back": ("message", attributions.taken_back()),
    "attributions/dismissed": ("message", attributions.dismissed(PR, REASON)),
    "attributions/restored": ("message", attributions.dismissed(PR, REASON, undone=True)),
}
