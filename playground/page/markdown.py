"""The `markdown` block as safe HTML: the subset of Markdown that Slack renders.

Source: https://docs.slack.dev/reference/block-kit/blocks/markdown-block
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from markupsafe import Markup

from playground.page.emojis import emoji_named
from playground.page.mrkdwn import link

_INLINE = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|!?\[(?P<label>[^\[\]\n]*)\]\((?P<url>[^()\s]+)\)"
    r"|(?P<strong>\*\*(?=\S)[^\n]+?(?<=\S)\*\*|__(?=\S)[^_\n]+?(?<=\S)__)"
    r"|(?P<s>~~(?=\S)[^~\n]+?(?<=\S)~~)"
    r"|(?P<em>\*(?=\S)[^*\n]+?(?<=\S)\*|(?<!\w)_(?=\S)[^_\n]+?(?<=\S)_(?!\w))"
    r"|:(?P<emoji>[a-z0-9_+'-]+):"
)
_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*$")
_ITEM = re.compile(r"\s*(?:[-*+]|(\d+)[.)])\s+(.*)$")
_TASK = re.compile(r"\[([ xX])\]\s+(.*)$")
_RULE = re.compile(r"\s*([-*_])(?:\s*\1){2,}\s*$")
_SEPARATOR = re.compile(r"\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$")


def render_markdown(text: str) -> Markup:
    """Return the HTML of a Markdown text."""
    return Markup("").join(_blocks(_Lines(text.split("\n"))))


class _Lines:
    """Lines to read from the front."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._at = 0

    def peek(self, ahead: int = 0) -> str | None:
        there = self._at + ahead
        return self._lines[there] if there < len(self._lines) else None

    def take(self) -> str:
        self._at += 1
        return self._lines[self._at - 1]

    def take_while(self, wanted: Callable[[str], object]) -> list[str]:
        taken: list[str] = []
        while (line := self.peek()) is not None and wanted(line):
            taken.append(self.take())
        return taken


def _blocks(lines: _Lines) -> Iterator[Markup]:
    while (line := lines.peek()) is not None:
        if not line.strip():
            lines.take()
        elif line.startswith("```"):
            yield _code(lines)
        elif heading := _HEADING.match(line):
            lines.take()
            yield Markup('<p class="md-heading" dir="auto">{}</p>').format(_inline(heading[2]))
        elif _RULE.match(line):
            lines.take()
            yield Markup("<hr>")
        elif line.startswith(">"):
            yield _quote(lines)
        elif _ITEM.match(line):
            yield _list(lines)
        elif "|" in line and _SEPARATOR.match(lines.peek(1) or "") and "|" in (lines.peek(1) or ""):
            yield _table(lines)
        else:
            yield _paragraph(lines)


def _code(lines: _Lines) -> Markup:
    lines.take()
    inside = lines.take_while(lambda line: not line.startswith("```"))
    if lines.peek() is not None:
        lines.take()
    return Markup('<pre dir="auto"><code>{}</code></pre>').format("\n".join(inside))


def _quote(lines: _Lines) -> Markup:
    inside = lines.take_while(lambda line: line.startswith(">"))
    rows = (_inline(line[1:].strip()) for line in inside)
    return Markup('<blockquote dir="auto">{}</blockquote>').format(Markup("<br>").join(rows))


def _list(lines: _Lines) -> Markup:
    first = _ITEM.match(lines.peek() or "")
    tag = "ol" if first and first[1] else "ul"
    rows = (_row(line) for line in lines.take_while(_ITEM.match))
    return Markup("<{0}>{1}</{0}>").format(tag, Markup("").join(rows))


def _row(line: str) -> Markup:
    found = _ITEM.match(line)
    said = found[2] if found else line
    task = _TASK.match(said)
    if task:
        box = "☐ " if task[1] == " " else "☑ "
        return Markup('<li class="task" dir="auto">{}{}</li>').format(box, _inline(task[2]))
    return Markup('<li dir="auto">{}</li>').format(_inline(said))


def _table(lines: _Lines) -> Markup:
    head = _cells(lines.take(), "th")
    lines.take()
    rows = [_cells(line, "td") for line in lines.take_while(lambda line: "|" in line)]
    body = Markup("").join(Markup("<tr>{}</tr>").format(row) for row in rows)
    return Markup(
        "<div class=table tabindex=0><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>"
    ).format(head, body)


def _cells(line: str, tag: str) -> Markup:
    cells = (_inline(cell.strip()) for cell in line.strip().strip("|").split("|"))
    return Markup("").join(Markup('<{0} dir="auto">{1}</{0}>').format(tag, one) for one in cells)


def _paragraph(lines: _Lines) -> Markup:
    inside = [lines.take(), *lines.take_while(_continues)]
    rows = (_inline(line) for line in inside)
    return Markup('<p dir="auto">{}</p>').format(Markup("<br>").join(rows))


def _continues(line: str) -> bool:
    starts = line.startswith(("```", ">")) or _HEADING.match(line) or _ITEM.match(line)
    return bool(line.strip()) and not starts and not _RULE.match(line)


def _inline(text: str) -> Markup:
    html, end = [], 0
    for found in _INLINE.finditer(text):
        html += [Markup("{}").format(text[end : found.start()]), _piece(found)]
        end = found.end()
    return Markup("").join([*html, Markup("{}").format(text[end:])])


def _piece(found: re.Match[str]) -> Markup:
    match found.lastgroup:
        case "code":
            return Markup("<code>{}</code>").format(found["code"])
        case "url":
            return link(found["url"], _inline(found["label"]) or found["url"])
        case "emoji":
            return Markup("{}").format(emoji_named(found["emoji"]) or found[0])
        case "em":
            return Markup("<em>{}</em>").format(_inline(found["em"][1:-1]))
        case tag:
            return Markup("<{0}>{1}</{0}>").format(tag, _inline(found[str(tag)][2:-2]))
