"""Slack's `rich_text` block as safe HTML."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from playground.page.dates import formatted_date
from playground.page.emojis import emoji_named
from playground.page.mrkdwn import link, mention
from playground.page.names import Names
from playground.records import Json

_STYLES = {"bold": "strong", "italic": "em", "strike": "s", "code": "code", "underline": "u"}


def render_rich_text(block: Json, names: Names) -> Markup:
    """Return the HTML of a `rich_text` block."""
    return Markup("").join(_part(part, names) for part in block.get("elements", []))


def _part(part: Json, names: Names) -> Markup:
    inside = part.get("elements", [])
    match part.get("type"):
        case "rich_text_list":
            return _list(part, names)
        case "rich_text_preformatted":
            return Markup('<pre dir="auto"><code>{}</code></pre>').format(_inline(inside, names))
        case "rich_text_quote":
            return Markup('<blockquote dir="auto">{}</blockquote>').format(_inline(inside, names))
        case _:
            return Markup('<p dir="auto">{}</p>').format(_inline(inside, names))


def _list(part: Json, names: Names) -> Markup:
    tag = "ol" if part.get("style") == "ordered" else "ul"
    depth = min(max(int(part.get("indent", 0)), 0), 5)
    rows = Markup("").join(
        Markup('<li dir="auto">{}</li>').format(_inline(row.get("elements", []), names))
        for row in part.get("elements", [])
    )
    return Markup('<{0} class="indent-{1}">{2}</{0}>').format(tag, depth, rows)


def _inline(elements: Sequence[Json], names: Names) -> Markup:
    return Markup("").join(_styled(one, _element(one, names)) for one in elements)


def _styled(element: Json, html: Markup) -> Markup:
    for style, tag in _STYLES.items():
        if (element.get("style") or {}).get(style):
            html = Markup("<{0}>{1}</{0}>").format(tag, html)
    return html


def _element(element: Json, names: Names) -> Markup:
    match element.get("type"):
        case "text":
            return Markup("<br>").join(str(element.get("text", "")).split("\n"))
        case "link":
            url = str(element.get("url", ""))
            return link(url, str(element.get("text") or url))
        case "emoji":
            name = str(element.get("name", ""))
            return Markup("{}").format(emoji_named(name) or f":{name}:")
        case "user":
            return mention(f"@{names.person(str(element.get('user_id')))}")
        case "channel":
            return mention(f"#{names.channel(str(element.get('channel_id')))}")
        case "broadcast":
            return mention(f"@{element.get('range', 'here')}")
        case "date":
            form, fallback = str(element.get("format", "")), str(element.get("fallback", ""))
            shown = formatted_date(str(element.get("timestamp", "")), form, fallback, names)
            return Markup("{}").format(shown)
        case _:
            return Markup("{}").format(str(element.get("value") or element.get("text") or ""))
