"""Connections: pages of things, with cursors that stay good while other things move."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from itertools import islice
from typing import Any

from playground.github.graph.look import Info, Look, Problem, Seen
from playground.github.pulls import Key, Wanted
from playground.github.records import Repository
from playground.records import Json

_CURSOR = "cursor:v2:"


def cursor(*values: object) -> str:
    """Return an opaque cursor that holds these values."""
    return base64.b64encode((_CURSOR + json.dumps(values)).encode()).decode()


def read_cursor(text: str) -> list[Any]:
    """Return the values of a cursor; raises Problem."""
    try:
        raw = base64.b64decode(text, validate=True).decode()
        if raw.startswith(_CURSOR):
            values: list[Any] = json.loads(raw.removeprefix(_CURSOR))
            return values
    except (binascii.Error, ValueError):
        pass
    raise Problem(f"`{text}` does not appear to be a valid cursor.", "INVALID_CURSOR_ARGUMENTS")


def page_of(items: Sequence[Any], info: Info, args: Json) -> Json:
    """A page of a list that only grows at its end; cursors are places in it."""
    start, stop = 0, len(items)
    if args.get("after"):
        start = min(stop, int(read_cursor(args["after"])[0]))
    if args.get("before"):
        stop = max(start, int(read_cursor(args["before"])[0]) - 1)
    if args.get("first") is not None:
        start, stop = start, min(stop, start + args["first"])
    else:
        start = max(start, stop - args["last"])
    look: Look = info.context
    look.show(stop - start)
    nodes = [(cursor(place + 1), items[place]) for place in range(start, stop)]
    return connection(nodes, len(items), more=stop < len(items), earlier=start > 0)


def connection(nodes: Sequence[tuple[str, Any]], total: Any, *, more: bool, earlier: bool) -> Json:
    """A connection's fields; `total` may be a function, for counts that take time."""
    return {
        "edges": [{"cursor": at, "node": node} for at, node in nodes],
        "nodes": [node for _, node in nodes],
        "totalCount": total,
        "pageInfo": {
            "startCursor": nodes[0][0] if nodes else None,
            "endCursor": nodes[-1][0] if nodes else None,
            "hasNextPage": more,
            "hasPreviousPage": earlier,
        },
    }


def pull_requests(repository: Repository, info: Info, args: Json) -> Json:
    """A page of a repository's pull requests; a cursor holds what they are sorted by."""
    look: Look = info.context
    pulls, order = look.pulls(repository), args.get("orderBy") or {}
    backwards = args.get("first") is None
    marker = args.get("before") if backwards else args.get("after")
    wanted = Wanted(
        order.get("field", "CREATED_AT"),
        (order.get("direction") == "DESC") != backwards,
        frozenset(args.get("states") or ()),
        _key(marker),
    )
    size = args["last"] if backwards else args["first"]
    look.show(size)
    rows = list(islice(pulls.walk(wanted), size + 1))
    more, rows = len(rows) > size, rows[:size]
    nodes = [(cursor(*key), Seen(repository, pr)) for key, pr in rows]
    there = marker is not None
    if backwards:
        nodes.reverse()
        return connection(nodes, lambda *_: pulls.count(wanted.states), more=there, earlier=more)
    return connection(nodes, lambda *_: pulls.count(wanted.states), more=more, earlier=there)


def _key(marker: str | None) -> Key | None:
    if not marker:
        return None
    values = read_cursor(marker)
    if len(values) != 2:
        text = f"`{marker}` does not appear to be a valid cursor."
        raise Problem(text, "INVALID_CURSOR_ARGUMENTS")
    return str(values[0]), int(values[1])
