"""Words that are safe to show: what strangers typed cannot ping, link, hide or overflow."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from urllib.parse import urlsplit

from bot.domain.timezones import local

ELLIPSIS = "…"

_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Look like nothing, though Unicode calls them letters, marks or symbols."""
_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs"})
"""Unicode categories: controls, format (zero width, bidi, tags), private use, lone surrogates."""
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_IN_ADDRESS = {" ": "%20", "<": "%3C", ">": "%3E", "|": "%7C", '"': "%22"}
_LONGEST_ADDRESS = 2000

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def one_line(text: str) -> str:
    """Drop what cannot be seen or changes the direction of others; any whitespace is one space."""
    spaced = "".join(" " if char.isspace() else char for char in text)
    seen = (char for char in spaced if char not in _INVISIBLE)
    kept = "".join(char for char in seen if unicodedata.category(char) not in _UNSEEN)
    return " ".join(kept.split())


def shortened(text: str, limit: int) -> str:
    """Cut after `limit` characters, the last of which is then an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + ELLIPSIS


def escaped(text: str, limit: int = 150, *, otherwise: str = "(no title)") -> str:
    """Make what somebody typed fit into Slack's markup as mere text.

    At most `limit` characters before `&`, `<` and `>` are written as entities, so nothing in it
    pings or links. Text without anything to see becomes `otherwise`.
    """
    cut = shortened(one_line(text), limit) or otherwise
    return "".join(_ENTITIES.get(char, char) for char in cut)


def address(url: str) -> str | None:
    """Give the URL as Slack's markup may hold it; None unless it is https and of sane length."""
    clean = "".join(_IN_ADDRESS.get(char, char) for char in one_line(url))
    try:
        parts = urlsplit(clean)
    except ValueError:
        return None
    fine = parts.scheme == "https" and bool(parts.netloc) and len(clean) <= _LONGEST_ADDRESS
    return clean.replace("&", "&amp;") if fine else None


def link(url: str, label: str) -> str:
    """Link an escaped `label`; without a good address only the label is left."""
    target = address(url)
    return f"<{target}|{label}>" if target else label


def fitting(markup: str, limit: int) -> str:
    """Cut markup to `limit` characters without leaving half a link or half an entity."""
    if len(markup) <= limit:
        return markup
    cut = markup[: limit - 1]
    for start, end in (("<", ">"), ("&", ";")):
        if cut.rfind(start) > cut.rfind(end):
            cut = cut[: cut.rfind(start)]
    return cut.rstrip() + ELLIPSIS


def moment(at: datetime, timezone: str) -> str:
    """Say when, on the reader's clock: "Mon 23 Nov, 09:00"."""
    return f"{day(at, timezone)}, {local(at, timezone):%H:%M}"


def day(at: datetime, timezone: str) -> str:
    """Say which day, on the reader's calendar: "Mon 23 Nov"."""
    wall = local(at, timezone)
    return f"{_DAYS[wall.weekday()]} {wall.day} {_MONTHS[wall.month - 1]}"


def counted(number: int, one: str, many: str | None = None) -> str:
    """Say "1 pull request" or "2,000 pull requests"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
