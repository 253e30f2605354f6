"""Progress in words and bars, the same in Slack and in the terminal."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.progress import Progress
from bot.views.texts import counted

_WIDTH = 20
_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)


def bar(share: float, width: int = _WIDTH) -> str:
    """A bar that is full at 1, and only then."""
    full = min(int(share * width), width if share >= 1 else width - 1)
    return "▓" * full + "░" * (width - full)


def progress_line(shown: Progress) -> str:
    """Say "▓▓▓░░░ 50%, 500 of 1,000, about 3 minutes left"."""
    parts = [
        f"{bar(shown.share)} {int(shown.share * 100)}%",
        f"{shown.done:,} of {shown.total:,}",
    ]
    if shown.left is not None:
        parts.append(f"about {rough(shown.left)} left")
    return ", ".join(parts)


def rough(span: timedelta) -> str:
    """A span as people say it: "less than a minute", "12 minutes", "3 hours"."""
    if span < _MINUTE:
        return "less than a minute"
    if span < _HOUR:
        return counted(round(span / _MINUTE), "minute")
    return counted(round(span / _HOUR), "hour")


def exact(span: timedelta) -> str:
    """How long it took: "8 s", "3 min 20 s", "4 min", "2 h 5 min"."""
    seconds = max(0, round(span.total_seconds()))
    if seconds >= 3600:
        parts = (seconds // 3600, "h"), (seconds % 3600 // 60, "min")
    else:
        parts = (seconds // 60, "min"), (seconds % 60, "s")
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 s"
