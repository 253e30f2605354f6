"""Slack's date tokens, such as `<!date^1700000000^{date_short} at {time}|then>`.

Source: https://docs.slack.dev/messaging/formatting-message-text/#date-formatting
"""

from __future__ import annotations

import re
from datetime import datetime

from playground.page.names import Names

_TOKEN = re.compile(r"\{([a-z_]+)\}")
_LATEST = 253_402_300_799


def formatted_date(seconds: str, form: str, fallback: str, names: Names) -> str:
    """Return a date for the reader's clock; the fallback where the time makes no sense."""
    if not seconds.isdecimal() or int(seconds) > _LATEST - 86_400:
        return fallback
    at = names.at(int(seconds))
    return _TOKEN.sub(lambda found: _part(found[1], at, names) or found[0], form)


def _part(token: str, at: datetime, names: Names) -> str | None:
    if token.endswith("_pretty"):
        days = (at.date() - names.today().date()).days
        pretty = {0: "today", 1: "tomorrow", -1: "yesterday"}.get(days)
        return pretty or _part(token.removesuffix("_pretty"), at, names)
    return {
        "date": f"{at:%B} {at.day}, {at.year}",
        "date_num": f"{at:%Y-%m-%d}",
        "date_short": f"{at:%b} {at.day}, {at.year}",
        "date_long": f"{at:%A}, {at:%B} {at.day}, {at.year}",
        "date_slash": f"{at:%d/%m/%Y}",
        "day_divider": f"{at:%A}, {at:%B} {at.day}",
        "time": f"{at:%H:%M}",
        "time_secs": f"{at:%H:%M:%S}",
        "ago": _ago(at, names),
    }.get(token)


def _ago(at: datetime, names: Names) -> str:
    seconds = int((names.today() - at).total_seconds())
    for length, unit in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        count = abs(seconds) // length
        if count:
            words = f"{count} {unit}{'' if count == 1 else 's'}"
            return f"in {words}" if seconds < 0 else f"{words} ago"
    return "just now"
