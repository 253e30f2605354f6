"""Every view is as reviewed: run with UPDATE_SNAPSHOTS=1 to accept what changed, then read it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from playground.validation import problems
from tests.unit.views.examples import EXAMPLES

SNAPSHOTS = Path(__file__).parent / "snapshots"
UPDATE = os.environ.get("UPDATE_SNAPSHOTS") == "1"

every_example = pytest.mark.parametrize("name", sorted(EXAMPLES))


@every_example
def test_the_view_is_as_reviewed(name: str) -> None:
    _, payload = EXAMPLES[name]
    kept = SNAPSHOTS / f"{name}.json"
    if UPDATE:
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(json.dumps(payload, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert json.loads(kept.read_text(encoding="utf-8")) == json.loads(json.dumps(payload))


@every_example
def test_slack_takes_the_view(name: str) -> None:
    surface, payload = EXAMPLES[name]
    assert problems(payload, surface=_surface(surface)) == []


@every_example
def test_a_message_has_words_for_notifications_and_screen_readers(name: str) -> None:
    surface, payload = EXAMPLES[name]
    assert surface != "message" or payload["text"].strip()


def test_no_snapshot_is_left_of_a_view_that_is_gone() -> None:
    kept = {str(path.relative_to(SNAPSHOTS).with_suffix("")) for path in SNAPSHOTS.rglob("*.json")}
    assert kept == set(EXAMPLES)


def _surface(name: str) -> Any:
    return name
