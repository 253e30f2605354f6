"""Why a run waits, in people's words, and when it goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.waits import wait_for

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("reason", "wait_s", "said"),
    [
        ("rate_limited", 2401, "GitHub's limit is used up; it goes on at 12:41 (UTC)."),
        ("rate_limited", 2400, "GitHub's limit is used up; it goes on at 12:40 (UTC)."),
        ("HTTP 502", 30, "GitHub did not answer as it should (HTTP 502); it goes on at 12:00:30"),
        ("graph: GitHub cannot be reached", 4, "GitHub cannot be reached; it goes on"),
        ("GitHub could not answer in time", 4, "GitHub could not answer in time; it goes on"),
        ("DatabaseAway", 2, "The database could not be reached; it goes on at 12:00:02 (UTC)."),
        ("no_answer", 1, "It was asked for patience (no_answer); it goes on"),
        ("Something broke (KeyError at jobs/syncs.py:7)", 1, "Something broke (KeyError at jobs/"),
    ],
)
def test_a_run_says_why_it_waits_and_when_it_goes_on(reason: str, wait_s: int, said: str) -> None:
    assert wait_for(reason, NOON + timedelta(seconds=wait_s), now=NOON).startswith(said)


def test_a_minute_that_is_named_is_never_too_early() -> None:
    for wait_s in range(120, 400):
        due_at = NOON + timedelta(seconds=wait_s)
        minute = wait_for("rate_limited", due_at, now=NOON)[-12:-7]
        assert minute >= f"{due_at:%H:%M}"
        assert f"{due_at:%H:%M}" == minute or due_at.second
