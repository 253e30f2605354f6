"""Pieces of Block Kit, right by themselves, from which the cases are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Surface = Literal["message", "modal", "home"]
Json = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """A payload, what Slack's documentation says of it, and where the builders differ.

    `pointer` names the first problem (None: accepted). `builders` is `laxer` or `stricter` where
    the builders do not follow the documentation; `why` then says how we know.
    """

    name: str
    payload: Json
    pointer: str | None = None
    surface: Surface = "message"
    builders: Literal["", "laxer", "stricter"] = ""
    why: str = ""


def plain(text: str = "Hello", **extra: Any) -> Json:
    return {"type": "plain_text", "text": text, **extra}


def mrkdwn(text: Any = "*Hello*", **extra: Any) -> Json:
    return {"type": "mrkdwn", "text": text, **extra}


def message(*blocks: Json, **extra: Any) -> Json:
    return {"text": "fallback", "blocks": list(blocks), **extra}


def modal(*blocks: Json, **extra: Any) -> Json:
    return {"type": "modal", "title": plain("Title"), "blocks": list(blocks), **extra}


def home(*blocks: Json, **extra: Any) -> Json:
    return {"type": "home", "blocks": list(blocks), **extra}


def actions(*elements: Json, **extra: Any) -> Json:
    return {"type": "actions", "elements": list(elements), **extra}


def section(**extra: Any) -> Json:
    return {"type": "section", "text": mrkdwn(), **extra}


def entry(element: Json, **extra: Any) -> Json:
    return {"type": "input", "label": plain("Label"), "element": element, **extra}


def button(**extra: Any) -> Json:
    return {"type": "button", "text": plain("Go"), "action_id": "go", **extra}


def option(value: str = "a", text: str = "A", **extra: Any) -> Json:
    return {"text": plain(text), "value": value, **extra}


def options(count: int) -> list[Json]:
    return [option(f"v{index}", f"Option {index}") for index in range(count)]


def static_select(**extra: Any) -> Json:
    return {"type": "static_select", "action_id": "pick", "options": options(2), **extra}


def confirm(**extra: Any) -> Json:
    return {
        "title": plain("Sure?"),
        "text": mrkdwn("There is *no* way back."),
        "confirm": plain("Yes"),
        "deny": plain("No"),
        **extra,
    }


def image(**extra: Any) -> Json:
    return {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "A", **extra}


def rich(*elements: Json, **extra: Any) -> Json:
    return {"type": "rich_text", "elements": list(elements), **extra}


def rich_section(*pieces: Json) -> Json:
    return {"type": "rich_text_section", "elements": list(pieces)}


def words(text: str = "Hello", **extra: Any) -> Json:
    return {"type": "text", "text": text, **extra}


def raw(text: str = "cell") -> Json:
    return {"type": "raw_text", "text": text}


def video(**extra: Any) -> Json:
    return {
        "type": "video",
        "title": plain("Film"),
        "alt_text": "A film",
        "video_url": "https://example.com/film",
        "thumbnail_url": "https://example.com/film.png",
        **extra,
    }


def card(**extra: Any) -> Json:
    return {"type": "card", "title": mrkdwn("Card"), **extra}


def container(*children: Json, **extra: Any) -> Json:
    return {"type": "container", "title": plain("Box"), "child_blocks": list(children), **extra}


def line_chart(series: int = 1, **axis: Any) -> Json:
    points = [{"label": "Mon", "value": 1}, {"label": "Tue", "value": -2.5}]
    return {
        "type": "data_visualization",
        "title": "Chart",
        "chart": {
            "type": "line",
            "series": [{"name": f"s{index}", "data": points} for index in range(series)],
            "axis_config": {"categories": ["Mon", "Tue"], **axis},
        },
    }


def pie_chart(segments: int = 2, value: Any = 1) -> Json:
    slices = [{"label": f"s{index}", "value": value} for index in range(segments)]
    return {
        "type": "data_visualization",
        "title": "Chart",
        "chart": {"type": "pie", "segments": slices},
    }


def data_table(rows: int = 2, columns: int = 2, text: str = "x", **extra: Any) -> Json:
    cells = [[raw(text) for _ in range(columns)] for _ in range(rows)]
    return {"type": "data_table", "caption": "Numbers", "rows": cells, **extra}


def task(status: str = "complete", task_id: str = "t1", **extra: Any) -> Json:
    return {"task_id": task_id, "title": "Work", "status": status, **extra}
