"""Why a run waits, and when it goes on, in a line for people."""

from __future__ import annotations

from datetime import datetime, timedelta

_WHY = {
    "rate_limited": "GitHub's limit is used up",
    "no_data": "GitHub could not answer in full",
    "ratelimited": "Slack asks for patience",
    "DatabaseAway": "The database could not be reached",
    "DatabaseFull": "The database has no room left",
    "DatabaseReadOnly": "The database refuses to write",
    "Conflict": "Somebody changed the same at the same time",
}
# From here on nobody counts the seconds.
_LONG = timedelta(minutes=2)


def wait_for(reason: str, due_at: datetime, *, now: datetime) -> str:
    """Say why, and when it goes on in UTC; `reason` is what the error said, free of secrets."""
    return f"{_why(reason)}; it goes on at {_moment(due_at, now)} (UTC)."


def _why(reason: str) -> str:
    if reason in _WHY:
        return _WHY[reason]
    if reason.startswith("HTTP "):
        return f"GitHub did not answer as it should ({reason})"
    method, colon, told = reason.partition(": ")
    if colon and method.isidentifier():
        return told
    return reason if " " in reason else f"It was asked for patience ({reason})"


def _moment(due_at: datetime, now: datetime) -> str:
    if due_at - now < _LONG:
        return f"{due_at:%H:%M:%S}"
    # Rounded up: at the minute that is named it does go on.
    return f"{due_at + timedelta(seconds=59):%H:%M}"
