"""Charts as SVG: what a `data_visualization` block shows, drawn by pygal and coloured by the page.

The page's policy allows no inline styles or scripts, so the drawing keeps its shapes and classes
only; `charts.css` colours them for light and dark.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from xml.etree.ElementTree import Element, SubElement  # nosec B405

import pygal
from markupsafe import Markup

from playground.records import Json

# pygal leaves a finder for its maps behind, in a form that Python warns of at later imports.
sys.meta_path[:] = [
    finder for finder in sys.meta_path if not isinstance(finder, pygal.PluginImportFixer)
]

_KINDS = {"line": pygal.Line, "area": pygal.Line, "bar": pygal.Bar, "pie": pygal.Pie}
_SERIES = re.compile(r"series serie-(\d+) ")
_WIDTH, _HEIGHT = 640, 280
_ROTATED_FROM = 8
_KEPT_DRAWINGS = 256


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart as the page shows it: a drawing, the names of its colours, and its numbers."""

    name: str
    drawing: Markup
    legend: list[str]
    header: list[str]
    rows: list[list[str]]


def chart_of(block: Json) -> Chart:
    """Return what to show for a `data_visualization` block."""
    chart = block["chart"]
    header, rows = _pie_numbers(chart) if chart["type"] == "pie" else _axis_numbers(chart)
    return Chart(
        name=f"{block['title']}: {chart['type']} chart",
        drawing=_drawn(json.dumps(chart, sort_keys=True)),
        legend=_legend(chart),
        header=header,
        rows=rows,
    )


def _legend(chart: Json) -> list[str]:
    if chart["type"] == "pie":
        return [one["label"] for one in chart["segments"]]
    return [one["name"] for one in chart["series"]]


def _pie_numbers(chart: Json) -> tuple[list[str], list[list[str]]]:
    total = sum(one["value"] for one in chart["segments"])
    rows = [
        [one["label"], _number(one["value"]), f"{one['value'] / total:.0%}"]
        for one in chart["segments"]
    ]
    return ["", "Value", "Share"], rows


def _axis_numbers(chart: Json) -> tuple[list[str], list[list[str]]]:
    names = chart["axis_config"]["categories"]
    columns = [_points(one, names) for one in chart["series"]]
    rows = [
        [name, *(_number(column[place]) for column in columns)] for place, name in enumerate(names)
    ]
    return [chart["axis_config"].get("x_label", ""), *_legend(chart)], rows


def _points(series: Json, categories: list[str]) -> list[float]:
    values = {point["label"]: point["value"] for point in series["data"]}
    return [values[name] for name in categories]


def _number(value: float) -> str:
    return f"{value:,.6g}" if isinstance(value, float) else f"{value:,}"


@lru_cache(maxsize=_KEPT_DRAWINGS)
def _drawn(chart_json: str) -> Markup:
    chart = json.loads(chart_json)
    drawing = _blank(chart)
    if chart["type"] == "pie":
        for segment in chart["segments"]:
            drawing.add(segment["label"], segment["value"])
    else:
        drawing.x_labels = chart["axis_config"]["categories"]
        for series in chart["series"]:
            drawing.add(series["name"], _points(series, drawing.x_labels))
    drawing.add_xml_filter(lambda root: _bared(root, _legend(chart)))
    # Every text in it is escaped by the XML writer; the filter leaves shapes and texts only.
    return Markup(drawing.render(is_unicode=True))  # nosec B704


def _blank(chart: Json) -> Any:
    axis = chart.get("axis_config", {})
    return _KINDS[chart["type"]](
        width=_WIDTH,
        height=_HEIGHT,
        css=[],
        js=[],
        disable_xml_declaration=True,
        no_prefix=True,
        show_legend=False,
        fill=chart["type"] == "area",
        inner_radius=0.58 if chart["type"] == "pie" else 0,
        x_title=axis.get("x_label"),
        y_title=axis.get("y_label"),
        x_label_rotation=30 if len(axis.get("categories", ())) > _ROTATED_FROM else 0,
        dots_size=4,
        max_scale=6,
        margin=10,
    )


def _bared(root: Element, names: list[str]) -> Element:
    """Leave shapes and texts only, and let each shape say its value when pointed at."""
    root.attrib.pop("id", None)
    root.attrib.update({"aria-hidden": "true", "focusable": "false"})
    for group in root.iter("g"):
        if found := _SERIES.match(group.get("class", "")):
            _name_shapes(group, names[int(found[1])])
    for parent in list(root.iter()):
        for child in [one for one in parent if _is_dressing(one, root, parent)]:
            parent.remove(child)
    return root


def _name_shapes(series: Element, name: str) -> None:
    for group in list(series.iter("g")):
        said = {one.get("class", ""): one.text or "" for one in group if one.tag == "desc"}
        if "value" in said:
            where = [name, said["x_label"]] if "x_label" in said else [name]
            SubElement(group, "title").text = f"{', '.join(where)}: {said['value']}"


def _is_dressing(one: Element, root: Element, parent: Element) -> bool:
    if not isinstance(one.tag, str) or one.tag in ("defs", "desc"):
        return True
    return (one.tag == "title" and parent is root) or "tooltip-overlay" in one.get("class", "")
