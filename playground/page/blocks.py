"""Block Kit as HTML: what the templates ask for when they draw blocks and their elements."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from playground.elements import Element, initial
from playground.page.charts import chart_of
from playground.page.emojis import emoji_named, with_emoji
from playground.page.markdown import render_markdown
from playground.page.mrkdwn import link, render_mrkdwn, render_plain, web_address
from playground.page.names import Names, initials_of
from playground.page.rich_texts import render_rich_text
from playground.records import Json

_OFFERED = 500

Values = dict[str, dict[str, Json]]

# element type → type of the HTML input that takes it
_SHAPES = {
    "plain_text_input": "text",
    "email_text_input": "email",
    "url_text_input": "url",
    "number_input": "number",
    "datepicker": "date",
    "timepicker": "time",
    "datetimepicker": "datetime-local",
}


@dataclass(frozen=True, slots=True)
class Choices:
    """What a menu offers."""

    options: list[Json]
    many: bool


def environment() -> Environment:
    """Return the templates; everything in them is escaped unless it is Markup."""
    found = Environment(
        loader=PackageLoader("playground.page"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals.update(
        shapes=_SHAPES,
        address=web_address,
        plain=plain,
        bare=bare,
        markdown=render_markdown,
        element_id=element_id,
        held_by=held_by,
        held_as_text=held_as_text,
        initials_of=initials_of,
        chart_of=chart_of,
        slack_icon=slack_icon,
        link=link,
        emoji=emoji_named,
    )
    return found


def tools(names: Names, me: str = "") -> dict[str, Any]:
    """Return what a template needs to draw blocks for the reader of `names`."""

    def text(found: Json) -> Markup:
        return any_text(found, names)

    def rich_text(block: Json) -> Markup:
        return render_rich_text(block, names)

    def choices_of(body: Json) -> Choices | None:
        return choices(body, names)

    return {
        "text": text,
        "rich_text": rich_text,
        "choices_of": choices_of,
        "names": names,
        "me_id": me,
    }


def slack_icon(name: str) -> str:
    """Return an emoji for one of Slack's icons by name; a star for those without one."""
    return {"trash": "🗑"}.get(name) or emoji_named(name.replace("-", "_")) or "✦"


def plain(found: Json) -> Markup:
    """Return a `plain_text` as HTML."""
    return render_plain(str(found.get("text", "")), emoji=found.get("emoji", True) is not False)


def bare(found: Json) -> str:
    """Return a text for where no HTML may be, such as a menu's option."""
    return with_emoji(str(found.get("text", "")))


def any_text(found: Json, names: Names) -> Markup:
    """Return a `plain_text` or `mrkdwn` text as HTML."""
    if found.get("type") == "mrkdwn":
        said, verbatim = str(found.get("text", "")), bool(found.get("verbatim"))
        return render_mrkdwn(said, names, verbatim=verbatim)
    return plain(found)


def element_id(at: str, block: Json, body: Json) -> str:
    """Return an id for an element that stays the same when its message or view changes."""
    return re.sub(r"\s", "_", f"e-{at}-{block.get('block_id', '')}-{body.get('action_id', '')}")


def held_by(body: Json, block: Json, values: Values) -> list[str]:
    """Return what an element shows as chosen or typed: option values, ids, a text."""
    element = Element(block, body)
    if not element.keeps_state:
        return []
    entered = values.get(element.block_id, {}).get(element.action_id)
    held = {**(entered or initial(element))}
    held.pop("type", None)
    return [_shown(one) for value in held.values() for one in _as_list(value)]


def held_as_text(body: Json, block: Json, values: Values) -> str:
    """Return what a field shows: an option's label, a moment as browsers write it, or words."""
    element = Element(block, body)
    held = {**(values.get(element.block_id, {}).get(element.action_id) or initial(element))}
    held.pop("type", None)
    found = next(iter(_as_list(next(iter(held.values()), None))), "")
    if body["type"] == "datetimepicker" and found:
        return f"{datetime.fromtimestamp(int(found), UTC):%Y-%m-%dT%H:%M}"
    if isinstance(found, dict):
        return bare(found["text"]) if "text" in found else _words(found)
    return str(found)


def _words(rich: Json) -> str:
    """Return the text of a rich text alone."""
    inner = "".join(_words(one) for one in rich.get("elements", []))
    return str(rich.get("text", "")) + inner


def _as_list(value: Any) -> list[Any]:
    if value in (None, ""):
        return []
    return value if isinstance(value, list) else [value]


def _shown(value: Any) -> str:
    return str(value["value"] if isinstance(value, dict) and "value" in value else value)


def choices(body: Json, names: Names) -> Choices | None:
    """Return what a menu offers: its options, or the workspace's people or channels."""
    kind = str(body.get("type", ""))
    many = kind.startswith("multi_")
    match kind.removeprefix("multi_"):
        case "static_select":
            return Choices(list(body.get("options", [])), many)
        case "users_select":
            return Choices(_people(names), many)
        case "channels_select":
            return Choices(_channels(names), many)
        case "conversations_select":
            return Choices(_conversations(body, names), many)
        case _:
            return None


def _conversations(body: Json, names: Names) -> list[Json]:
    included = (body.get("filter") or {}).get("include", ["public", "private", "im"])
    return _channels(names) + (_people(names) if "im" in included else [])


def _people(names: Names) -> list[Json]:
    people = [one for one in names.everybody if not one.deleted]
    return [_option(one.real_name, one.id) for one in people[:_OFFERED]]


def _channels(names: Names) -> list[Json]:
    return [
        _option(f"#{channel.name}", channel.id)
        for (team, _), channel in names.state.channels.items()
        if team == names.team_id and not channel.is_im and not channel.is_archived
    ]


def _option(label: str, value: str) -> Json:
    return {"text": {"type": "plain_text", "text": label, "emoji": False}, "value": value}
