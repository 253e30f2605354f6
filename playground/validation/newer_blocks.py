"""The blocks of 2025 and 2026: tables, cards, charts, plans.

Limits: https://docs.slack.dev/reference/block-kit/blocks (one page a block). Where published
limits differ, the smaller one holds here: what passes must pass in every workspace.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from playground.validation.blocks import CLASSIC
from playground.validation.compositions import any_text, block_id, image_element, plain_text
from playground.validation.elements import FOOTNOTE_ACTIONS, button, url_source
from playground.validation.rich_texts import rich_text
from playground.validation.shapes import (
    Check,
    Fields,
    Problem,
    array,
    at_least_one,
    below,
    boolean,
    integer,
    not_both,
    number,
    one_of,
    shape,
    string,
    tagged,
    unique,
)

_ID: Fields = {"block_id": block_id}

_TABLE_CHARACTERS = 10_000
"""For a data_table, over all its cells."""

_raw_text = shape("raw_text", {"text": string()})
_raw_number = shape("raw_number", {"value": number(), "text": string()})
_table_cells: Fields = {"raw_text": _raw_text, "rich_text": rich_text}
_data_cells: Fields = {**_table_cells, "raw_number": _raw_number}
_column = shape(None, {}, {"align": one_of("left", "center", "right"), "is_wrapped": boolean})


def _rows_are_equally_long(value: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    for index, row in enumerate(value["rows"]):
        if len(row) != len(value["rows"][0]):
            yield Problem(below(pointer, "rows", index), "must have as many cells as the first row")


def _header_is_plain(value: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    for index, cell in enumerate(value["rows"][0]):
        if cell["type"] == "rich_text":
            yield Problem(below(pointer, "rows", 0, index), "a header cell cannot be rich_text")


def characters(value: Any) -> int:
    """How many characters of text are anywhere inside."""
    if isinstance(value, Mapping):
        own = value.get("text")
        rest = sum(characters(inner) for key, inner in value.items() if key != "text")
        return rest + (len(own) if isinstance(own, str) else 0)
    return sum(map(characters, value)) if isinstance(value, list | tuple) else 0


def _cells_are_short(value: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    if characters(value["rows"]) > _TABLE_CHARACTERS:
        yield Problem(below(pointer, "rows"), f"has more than {_TABLE_CHARACTERS} characters")


def _row_header_exists(value: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    if value.get("row_header_column_index", 0) >= len(value["rows"][0]):
        yield Problem(below(pointer, "row_header_column_index"), "is not a column of this table")


_label = string(at_most=20)
_axis = shape(
    None,
    {"categories": array(_label, at_least=1, at_most=20)},
    {"x_label": string(at_most=50), "y_label": string(at_most=50)},
)
_series = shape(
    None,
    {
        "name": _label,
        "data": array(shape(None, {"label": _label, "value": number()}), at_least=1, at_most=20),
    },
)


def _points_match_categories(value: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    categories = value["axis_config"]["categories"]
    for index, one in enumerate(value["series"]):
        if sorted(point["label"] for point in one["data"]) != sorted(categories):
            where = below(pointer, "series", index, "data")
            yield Problem(where, "needs exactly one point for each category")


def _names_are_unique(value: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    at = below(pointer, "series")
    names = [(below(at, index, "name"), one["name"]) for index, one in enumerate(value["series"])]
    yield from unique(names, "series name")
    at = below(pointer, "axis_config", "categories")
    categories = value["axis_config"]["categories"]
    yield from unique([(below(at, i), name) for i, name in enumerate(categories)], "category")


def _axis_chart(kind: str) -> Check:
    return shape(
        kind,
        {"series": array(_series, at_least=1, at_most=6), "axis_config": _axis},
        {},
        _names_are_unique,
        _points_match_categories,
    )


_segment = shape(None, {"label": _label, "value": number(more_than=0)})
_charts: Fields = {
    **{kind: _axis_chart(kind) for kind in ("line", "bar", "area")},
    "pie": shape("pie", {"segments": array(_segment, at_least=1, at_most=6)}),
}

_TASK: Fields = {
    "task_id": string(),
    "title": string(),
    "status": one_of("pending", "in_progress", "complete", "error"),
}
_TASK_OPTIONAL: Fields = {"details": rich_text, "output": rich_text, "sources": array(url_source)}
_planned_task = shape(None, _TASK, {**_TASK_OPTIONAL, "type": one_of("task_card")})


def _only_plans_wait(value: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    if value["status"] == "pending":
        yield Problem(below(pointer, "status"), "can be pending only inside a plan")


def _tasks_are_unique(value: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    tasks = enumerate(value["tasks"])
    ids = [(below(pointer, "tasks", index, "task_id"), task["task_id"]) for index, task in tasks]
    yield from unique(ids, "task_id")


def _collapse_makes_sense(value: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    collapsible = value.get("is_collapsible", False)
    if value.get("default_collapsed") and not collapsible:
        yield Problem(below(pointer, "default_collapsed"), "needs is_collapsible")
    if value.get("has_header_divider") and collapsible:
        yield Problem(below(pointer, "has_header_divider"), "is not for collapsible containers")


_card = shape(
    "card",
    {},
    {
        **_ID,
        "hero_image": image_element,
        "icon": image_element,
        "slack_icon": shape("icon", {"name": string()}),
        "title": any_text(150),
        "subtitle": any_text(150),
        "body": any_text(200),
        "subtext": any_text(200),
        "actions": array(button, at_least=1, at_most=3),
    },
    at_least_one("hero_image", "title", "actions", "body"),
    not_both("icon", "slack_icon"),
)

_table = shape(
    "table",
    {"rows": array(array(tagged(_table_cells), at_least=1, at_most=20), at_least=1, at_most=100)},
    {**_ID, "column_settings": array(_column, at_most=20)},
)

_IN_CONTAINER: Fields = {
    **{kind: check for kind, check in CLASSIC.items() if kind != "markdown"},
    "table": _table,
}

NEWER: Fields = {
    "alert": shape(
        "alert",
        {"text": any_text(200)},
        {**_ID, "level": one_of("default", "info", "warning", "error", "success")},
    ),
    "card": _card,
    "carousel": shape(
        "carousel", {"elements": array(tagged({"card": _card}), at_least=1, at_most=10)}, _ID
    ),
    "container": shape(
        "container",
        {"child_blocks": array(tagged(_IN_CONTAINER), at_least=1, at_most=10)},
        {
            **_ID,
            "title": plain_text(150),
            "rich_text_title": rich_text,
            "subtitle": any_text(150),
            "icon": image_element,
            "width": one_of("narrow", "standard", "wide", "full"),
            "is_collapsible": boolean,
            "default_collapsed": boolean,
            "has_header_divider": boolean,
        },
        at_least_one("title", "rich_text_title"),
        _collapse_makes_sense,
    ),
    "context_actions": shape(
        "context_actions",
        {"elements": array(tagged(FOOTNOTE_ACTIONS), at_least=1, at_most=5)},
        _ID,
    ),
    "data_table": shape(
        "data_table",
        {
            "caption": string(),
            "rows": array(
                array(tagged(_data_cells), at_least=1, at_most=20), at_least=2, at_most=101
            ),
        },
        {
            **_ID,
            "page_size": integer(at_least=1, at_most=100),
            "row_header_column_index": integer(at_least=0, at_most=19),
        },
        _rows_are_equally_long,
        _header_is_plain,
        _cells_are_short,
        _row_header_exists,
    ),
    "data_visualization": shape(
        "data_visualization", {"title": string(at_most=50), "chart": tagged(_charts)}, _ID
    ),
    "plan": shape(
        "plan",
        {
            "title": string(),
            "tasks": array(_planned_task, at_most=50),
        },
        _ID,
        _tasks_are_unique,
    ),
    "table": _table,
    "task_card": shape("task_card", _TASK, {**_ID, **_TASK_OPTIONAL}, _only_plans_wait),
}
