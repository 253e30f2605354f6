"""Progress in words and bars: never full before the end, never an estimate out of nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.progress import Progress, progress
from bot.domain.runs import State
from bot.views.progress import bar, exact, progress_line, rough
from bot.views.run_lines import run_line, run_lines, watch_line
from tests.unit.views.run_examples import NOON, READING, RUN, VIEWS


@given(st.integers(0, 10**9), st.integers(1, 10**9), st.integers(1, 60))
def test_a_bar_is_as_wide_as_asked_and_full_at_the_end_only(
    done: int, total: int, width: int
) -> None:
    shown = bar(Progress(done, total, None).share, width)
    assert len(shown) == width
    assert ("░" not in shown) is (done >= total)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (8.4, "8 s"), (60, "1 min"), (200, "3 min 20 s"), (7500, "2 h 5 min")],
)
def test_how_long_it_took(seconds: float, said: str) -> None:
    assert exact(timedelta(seconds=seconds)) == said


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(0.5, "less than a minute"), (1, "1 minute"), (12, "12 minutes"), (185, "3 hours")],
)
def test_how_long_it_may_take(minutes: float, said: str) -> None:
    assert rough(timedelta(minutes=minutes)) == said


def test_the_estimate_goes_by_the_pace_so_far() -> None:
    found = progress(RUN, [replace(READING, done=250)], now=NOON)
    assert found is not None
    assert found.left == timedelta(minutes=12)
    assert progress_line(found) == "▓▓▓▓▓░░░░░░░░░░░░░░░ 25%, 250 of 1,000, about 12 minutes left"


@pytest.mark.parametrize(
    "change",
    [
        {"done": 0},
        {"done": 1000},
        {"done": 999},
        {"started_at": None},
        {"started_at": NOON - timedelta(seconds=9)},
        {"state": State.RETRYING},
    ],
)
def test_there_is_no_estimate_where_there_is_nothing_to_go_by(change: dict[str, object]) -> None:
    found = progress(RUN, [replace(READING, **change)], now=NOON)  # type: ignore[arg-type]
    assert found is not None
    assert found.left is None


def test_there_is_no_progress_without_a_total_or_when_it_is_over() -> None:
    assert progress(RUN, [replace(READING, total=None)], now=NOON) is None
    assert progress(RUN, [], now=NOON) is None
    over = replace(RUN, state=State.FAILED, finished_at=NOON)
    assert progress(over, [READING], now=NOON) is None


def test_every_run_has_its_lines_in_the_terminal() -> None:
    for view in VIEWS.values():
        assert run_line(view.run).strip().startswith("12  ")
        assert run_lines(view.detail, now=NOON).startswith("Run 12, github.sync: ")
    told = {name: watch_line(view.detail, now=NOON) for name, view in VIEWS.items()}
    assert told["under_way"].startswith("Reading pull requests: ▓▓▓▓")
    assert told["waiting"] == "pending"
    assert told["failed"] == "failed: The token was revoked."
    waits = "GitHub's limit is used up; it goes on at 12:57 (UTC)."
    assert told["retrying"] == f"Reading pull requests: {waits}"
    lines = run_lines(VIEWS["retrying"].detail, now=NOON)
    assert (waits in lines, "rate_limited" in lines) == (True, False)
    assert run_line(VIEWS["skipped"].run).split()[1] == "skipped"
    assert run_line(VIEWS["done_in_part"].run).split()[1] == "partial"
    assert run_line(VIEWS["being_cancelled"].run).split()[1] == "cancelling"
