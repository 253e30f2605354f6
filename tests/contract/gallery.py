"""Every block once, as an app would use it: what the page's tests draw and look at."""

from __future__ import annotations

from tests.contract.validation_examples import (
    Json,
    actions,
    button,
    card,
    confirm,
    container,
    entry,
    modal,
    mrkdwn,
    option,
    plain,
    raw,
    rich,
    rich_section,
    section,
    static_select,
    words,
)

_WEEKS = ["W40", "W41", "W42", "W43", "W44", "W45"]


def _series(name: str, values: list[float]) -> Json:
    points = [{"label": week, "value": value} for week, value in zip(_WEEKS, values, strict=True)]
    return {"name": name, "data": points}


def chart(kind: str, title: str) -> Json:
    series = [
        _series("With AI", [22.5, 21, 19, 20.5, 16, 14]),
        _series("Without", [24, 25, 23.5, 24, 22, 23]),
    ]
    axis = {"categories": _WEEKS, "x_label": "Week", "y_label": "Hours to merge"}
    return {
        "type": "data_visualization",
        "title": title,
        "chart": {"type": kind, "series": series, "axis_config": axis},
    }


def pie() -> Json:
    parts = [("AI helped", 41), ("No AI", 35), ("AI wrote most", 18), ("Unknown", 6)]
    segments = [{"label": label, "value": value} for label, value in parts]
    return {
        "type": "data_visualization",
        "title": "Pull requests by answer",
        "chart": {"type": "pie", "segments": segments},
    }


def data_table() -> Json:
    rows = [("Amara", 31, 22.4), ("Jonas", 12, 19.9), ("陈思远", 27, 8.25), ("ليلى", 9, 40)]
    cells = [
        [raw(name), _number(merged), rich(rich_section(words(f"{hours} h", style={"bold": True})))]
        for name, merged, hours in rows
    ]
    head = [raw("Person"), raw("Merged"), raw("Hours to merge")]
    return {"type": "data_table", "caption": "Merged this quarter", "rows": [head, *cells]}


def _number(value: int) -> Json:
    return {"type": "raw_number", "value": value, "text": f"{value:,}"}


def _table() -> Json:
    rows = [[raw("Repository"), raw("Share")], [raw("orders"), raw("38 %")], [raw("web"), raw("")]]
    rows[2][1] = rich(rich_section(words("51 %", style={"bold": True})))
    return {"type": "table", "rows": rows, "column_settings": [{}, {"align": "right"}]}


def _card(number: int) -> Json:
    return card(
        block_id=f"card{number}",
        title=plain(f"Insight {number}: reviews wait longer"),
        subtitle=mrkdwn("_workflow_ · warning"),
        body=mrkdwn("Median wait rose from *3.1 h* to *5.4 h* (n = 64, last 2 weeks)."),
        subtext=plain("Expires on Friday"),
        slack_icon={"type": "icon", "name": "rocket"},
        actions=[
            button(action_id=f"why{number}", text=plain("Why?"), style="primary"),
            button(action_id=f"dismiss{number}", text=plain("Dismiss"), confirm=confirm()),
        ],
    )


def _footnote() -> Json:
    yes, no = ({"text": plain(text), "value": text} for text in ("Good answer", "Bad answer"))
    thumbs = {"type": "feedback_buttons", "action_id": "rate"}
    bin_button = {"type": "icon_button", "icon": "trash", "text": plain("Delete"), "value": "1"}
    return {
        "type": "context_actions",
        "elements": [
            thumbs | {"positive_button": yes, "negative_button": no},
            bin_button | {"action_id": "bin"},
        ],
    }


def _task(number: int, title: str, status: str, **more: object) -> Json:
    return {"task_id": f"t{number}", "title": title, "status": status, **more}


def _plan() -> Json:
    sources = [{"type": "url", "url": "https://example.com/", "text": "cycle_time.sql"}]
    return {
        "type": "plan",
        "title": "Looking into cycle time",
        "tasks": [
            _task(1, "Read 312 pull requests", "complete", sources=sources),
            _task(2, "Compare with last month", "in_progress"),
            _task(3, "Ask the calendar", "error", output=rich(rich_section(words("Not linked")))),
            _task(4, "Write it down", "pending"),
        ],
    }


def _video() -> Json:
    return {
        "type": "video",
        "title": plain("How the game works"),
        "alt_text": "Two people reading code",
        "video_url": "https://example.com/film",
        "thumbnail_url": "https://example.invalid/film.png",
        "provider_name": "Example films",
        "description": plain("Two minutes, no sound needed"),
    }


def _rich() -> Json:
    bullets = [rich_section(words(text)) for text in ("first", "second")]
    return rich(
        rich_section(words("Bold", style={"bold": True}), words(" and "), _emoji("mag"), _code()),
        {"type": "rich_text_list", "style": "bullet", "elements": bullets},
        {"type": "rich_text_quote", "elements": [words("Guessing is fun.")]},
        {"type": "rich_text_preformatted", "elements": [words("def hunch(): ...")]},
    )


def _emoji(name: str) -> Json:
    return {"type": "emoji", "name": name}


def _code() -> Json:
    return words("code", style={"code": True})


MARKDOWN = (
    "## A heading\n**Bold**, _italic_, `code`\n\n1. one\n2. two\n\n| a | b |\n|---|---|\n| 1 | 2 |"
)

MESSAGES: list[tuple[str, list[Json]]] = [
    (
        "text",
        [
            {"type": "header", "text": plain("Every block once :mag:")},
            section(text=mrkdwn("*Section* with a menu, `code` and <https://example.com|a link>"))
            | {"accessory": static_select(placeholder=plain("Pick one"))},
            section(
                text=mrkdwn("Fields, side by side:"),
                fields=[mrkdwn("*Merged*\n31"), mrkdwn("*Rated*\n27")],
            ),
            {"type": "context", "elements": [mrkdwn(":bulb: a context line")]},
            {"type": "divider"},
            {"type": "markdown", "text": MARKDOWN},
            _rich(),
        ],
    ),
    ("line and bar", [chart("line", "Hours to merge"), chart("bar", "Hours to merge, as bars")]),
    ("area and pie", [chart("area", "Hours to merge, as areas"), pie()]),
    ("tables", [data_table(), _table()]),
    ("cards", [_card(1), {"type": "carousel", "elements": [_card(2), _card(3), _card(4)]}]),
    (
        "containers",
        [
            container(
                section(text=mrkdwn("Inside a box")),
                actions(button(action_id="in-box", text=plain("Tap me"))),
                title=plain("What the numbers rest on"),
                subtitle=plain("64 pull requests"),
                is_collapsible=True,
            )
        ],
    ),
    ("agents", [_plan(), {"type": "task_card", **_task(9, "Sent", "complete")}, _footnote()]),
    ("media", [_video(), {"type": "file", "external_id": "report-7", "source": "remote"}]),
]

FORM = modal(
    {"type": "alert", "text": plain("This changes it for everybody."), "level": "warning"},
    entry({"type": "plain_text_input", "action_id": "name"}),
    entry({"type": "checkboxes", "action_id": "boxes", "options": [option()]}, optional=True),
    entry({"type": "datepicker", "action_id": "day"}, optional=True),
    submit=plain("Save"),
)
