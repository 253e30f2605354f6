"""What people read about whose work a pull request is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.domain.surveys import AiAnswer
from bot.views import attributions
from bot.views.attributions import EvidenceView, Match, OwnWork
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

MATCHES = (
    Match(
        "claude_code.address", f"{REASON}: Co-authored-by: Claude <noreply@anthropic.com>", 3, False
    ),
    Match("cursor.branch", "the name of its branch points to Cursor: cursor/x", 1, True),
)
EVIDENCE = EvidenceView(7, PR, MATCHES, ("coderabbitai",))

ATTRIBUTIONS: dict[str, tuple[str, Mapping[str, Any]]] = {
    "attributions/mine": ("message", attributions.own_works(WORKS)),
    "attributions/none_yet": ("message", attributions.own_works([])),
    "attributions/declared": ("message", attributions.declared()),
    "attributions/taken_back": ("message", attributions.taken_back()),
    "attributions/dismissed": ("message", attributions.dismissed(PR, REASON)),
    "attributions/restored": ("message", attributions.dismissed(PR, REASON, undone=True)),
    "attributions/evidence": ("message", attributions.evidence(EVIDENCE)),
    "attributions/no_evidence": ("message", attributions.evidence(EvidenceView(7, PR, (), ()))),
    "attributions/corrected": ("message", attributions.corrected(EVIDENCE, changed=True)),
    "attributions/corrected_before": ("message", attributions.corrected(EVIDENCE, changed=False)),
}
