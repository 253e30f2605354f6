"""What Slack's documentation says about tables and charts, case by case."""

from __future__ import annotations

from tests.contract.validation_examples import (
    Case,
    data_table,
    home,
    line_chart,
    message,
    modal,
    pie_chart,
    raw,
    rich,
    rich_section,
    words,
)

SMALLER = "published limits differ; the validator keeps to the smaller one"

TABLES = [
    Case(
        "table",
        message(
            {
                "type": "table",
                "rows": [[raw(), rich(rich_section(words()))]],
                "column_settings": [{"align": "right", "is_wrapped": True}],
            }
        ),
    ),
    Case("table of 100 by 20", message({"type": "table", "rows": [[raw()] * 20] * 100})),
    Case(
        "table of 101 rows", message({"type": "table", "rows": [[raw()]] * 101}), "/blocks/0/rows"
    ),
    Case(
        "table of 21 columns",
        message({"type": "table", "rows": [[raw()] * 21]}),
        "/blocks/0/rows/0",
    ),
    Case(
        "table aligned to the sky",
        message({"type": "table", "rows": [[raw()]], "column_settings": [{"align": "top"}]}),
        "/blocks/0/column_settings/0/align",
    ),
    Case(
        "table in a modal",
        modal({"type": "table", "rows": [[raw()]]}),
        "/blocks/0/type",
        surface="modal",
    ),
    Case("data table", message(data_table(101, 20, page_size=100, row_header_column_index=19))),
    Case("data table in a home", home(data_table()), surface="home"),
    Case(
        "data table with numbers",
        message(
            data_table(rows=3)
            | {
                "rows": [
                    [raw("Name"), raw("Merged")],
                    [raw("Ada"), {"type": "raw_number", "value": 7, "text": "7"}],
                ]
            }
        ),
    ),
    Case(
        "data table of 102 rows",
        message(data_table(102)),
        "/blocks/0/rows",
        builders="laxer",
        why=SMALLER,
    ),
    Case(
        "data table of 10,001 characters",
        message(data_table(text="x" * 2501)),
        "/blocks/0/rows",
        builders="laxer",
        why=SMALLER,
    ),
    Case(
        "two data tables of 10,001 characters together",
        message(data_table(text="x" * 2000), data_table(text="x" * 501)),
        "/blocks/1",
        builders="laxer",
        why=SMALLER,
    ),
    Case("data table with a header only", message(data_table(1)), "/blocks/0/rows"),
    Case(
        "data table without caption",
        message({"type": "data_table", "rows": [[raw()], [raw()]]}),
        "/blocks/0/caption",
    ),
    Case(
        "data table with ragged rows",
        message(data_table() | {"rows": [[raw()], [raw(), raw()]]}),
        "/blocks/0/rows/1",
    ),
    Case(
        "data table with a rich header",
        message(data_table() | {"rows": [[rich(rich_section(words()))], [raw()]]}),
        "/blocks/0/rows/0/0",
    ),
    Case(
        "data table with a page of 101", message(data_table(page_size=101)), "/blocks/0/page_size"
    ),
    Case(
        "data table led by a column it lacks",
        message(data_table(row_header_column_index=2)),
        "/blocks/0/row_header_column_index",
    ),
    Case("data table with an empty cell", message(data_table(text="")), "/blocks/0/rows/0/0/text"),
]

CHARTS = [
    Case("line chart", message(line_chart(6, x_label="x" * 50))),
    Case(
        "line chart of 7 series",
        message(line_chart(7)),
        "/blocks/0/chart/series",
        builders="laxer",
        why=SMALLER,
    ),
    Case(
        "two series of one name",
        message(
            line_chart()
            | {"chart": line_chart(1)["chart"] | {"series": line_chart(1)["chart"]["series"] * 2}}
        ),
        "/blocks/0/chart/series/1/name",
    ),
    Case(
        "a category without point",
        message(line_chart(categories=["Mon", "Tue", "Wed"])),
        "/blocks/0/chart/series/0/data",
    ),
    Case(
        "a category of 21",
        message(line_chart(categories=["x" * 21, "Tue"])),
        "/blocks/0/chart/axis_config/categories/0",
    ),
    Case(
        "two equal categories",
        message(line_chart(categories=["Mon", "Mon"])),
        "/blocks/0/chart/axis_config/categories/1",
    ),
    Case(
        "an axis label of 51",
        message(line_chart(y_label="x" * 51)),
        "/blocks/0/chart/axis_config/y_label",
    ),
    Case("pie chart", message(pie_chart(6))),
    Case(
        "pie chart of 7",
        message(pie_chart(7)),
        "/blocks/0/chart/segments",
        builders="laxer",
        why=SMALLER,
    ),
    Case("pie chart with a zero", message(pie_chart(value=0)), "/blocks/0/chart/segments/0/value"),
    Case(
        "pie chart of infinity",
        message(pie_chart(value=float("inf"))),
        "/blocks/0/chart/segments/0/value",
        builders="laxer",
        why="JSON has no infinity",
    ),
    Case("chart with a title of 51", message(pie_chart() | {"title": "x" * 51}), "/blocks/0/title"),
    Case(
        "donut chart",
        message(pie_chart() | {"chart": {"type": "donut", "segments": []}}),
        "/blocks/0/chart/type",
    ),
    Case("two charts", message(pie_chart(), line_chart())),
    Case("three charts", message(pie_chart(), line_chart(), pie_chart()), "/blocks/2"),
    Case(
        "chart in a home",
        home(pie_chart()),
        "/blocks/0/type",
        surface="home",
        builders="laxer",
        why="whether Home takes charts is disputed; messages surely do",
    ),
]
