"""Cursor pagination, as `users.list` and its like do it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import TypeVar

from playground.records import Json
from playground.web_api.calls import Call, SlackError

T = TypeVar("T")


def page(
    call: Call, name: str, items: Sequence[T], *, id_of: Callable[[T], str], default: int
) -> tuple[list[T], Json]:
    """Return one page of `items` and its `response_metadata`; `name` marks its cursors."""
    limit = call.whole("limit", default, low=1, high=1000)
    start = _start(call.text("cursor"), name, [id_of(item) for item in items])
    rest = items[start + limit :]
    cursor = _cursor(name, id_of(rest[0])) if rest else ""
    return list(items[start : start + limit]), {"next_cursor": cursor}


def _cursor(name: str, first: str) -> str:
    return base64.b64encode(f"{name}:{first}".encode()).decode()


def _start(cursor: str, name: str, ids: list[str]) -> int:
    if not cursor:
        return 0
    try:
        marked, _, first = base64.b64decode(cursor, validate=True).decode().partition(":")
    except ValueError:
        raise SlackError("invalid_cursor") from None
    if marked != name or first not in ids:
        raise SlackError("invalid_cursor")
    return ids.index(first)
