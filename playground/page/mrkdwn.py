"""Slack's markup as safe HTML: everything is escaped, only http(s) and mailto become links.

The markup: https://docs.slack.dev/messaging/formatting-message-text/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from markupsafe import Markup

from playground.page.dates import formatted_date
from playground.page.emojis import emoji_named
from playground.page.names import Names

_FENCE = re.compile(r"```(.+?)```", re.DOTALL)
_INLINE = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|<(?P<angle>[^<>\n]+)>"
    r"|(?<![\w*])\*(?P<bold>(?=\S)[^*\n]+(?<=\S))\*(?![\w*])"
    r"|(?<![\w_])_(?P<italic>(?=\S)[^_\n]+(?<=\S))_(?![\w_])"
    r"|(?<![\w~])~(?P<strike>(?=\S)[^~\n]+(?<=\S))~(?![\w~])"
    r"|:(?P<emoji>[a-z0-9_+'-]+(?:::skin-tone-[2-6])?):"
    r"|(?P<bare>https?://[^\s<>|`\"]+[^\s<>|`\".,;:!?)*_~])"
)
_TAGS = {"bold": "strong", "italic": "em", "strike": "s"}
_QUOTE = re.compile(r"(?:&gt;|>) ?")
_BULLET = re.compile(r"\s*[•◦▪] ")


def render_mrkdwn(text: str, names: Names, *, verbatim: bool = False) -> Markup:
    """Return the HTML of a mrkdwn text; `verbatim` leaves bare addresses and mentions alone."""
    pieces = _FENCE.split(text)
    return Markup("").join(
        _fenced(piece) if place % 2 else _lines(piece, names, verbatim)
        for place, piece in enumerate(pieces)
        if piece
    )


def render_plain(text: str, *, emoji: bool = True) -> Markup:
    """Return the HTML of a plain text: no markup, emoji by name unless switched off."""
    if not emoji:
        return _broken(text)
    return Markup("").join(_emoji_or_text(text))


def web_address(url: str) -> str | None:
    """Return the address if a browser may be sent there, None otherwise."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    return url.strip() if parts.scheme in ("http", "https") and parts.netloc else None


def link(url: str, label: Markup | str) -> Markup:
    """Return a link, or its label alone where the address is not one for browsers."""
    address = web_address(url) or (url if url.startswith("mailto:") else None)
    if address is None:
        return Markup("{}").format(label)
    return Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>').format(
        address, label
    )


def mention(label: str) -> Markup:
    """Return somebody's or something's name as a mention."""
    return Markup('<span class="mention" dir="auto">{}</span>').format(label)


def _fenced(text: str) -> Markup:
    return Markup('<pre dir="auto"><code>{}</code></pre>').format(_plain(text).strip("\n"))


def _lines(text: str, names: Names, verbatim: bool) -> Markup:
    """Return lines with breaks between them; quoted ones and bullets as blocks of their own."""
    html: list[Markup] = []
    after_block = True
    for line in text.split("\n"):
        quoted, bullet = _QUOTE.match(line), _BULLET.match(line)
        if quoted or bullet:
            found = quoted or bullet
            rest = _inline(line[found.end() if found else 0 :], names, verbatim)
            html.append((_QUOTED if quoted else _LI).format(rest))
        else:
            html.append(
                (Markup("") if after_block else Markup("<br>")) + _inline(line, names, verbatim)
            )
        after_block = bool(quoted or bullet)
    return Markup("").join(html)


_QUOTED = Markup("<blockquote dir=auto>{}</blockquote>")
_LI = Markup('<span class="bullet" dir="auto">{}</span>')


def _inline(text: str, names: Names, verbatim: bool) -> Markup:
    html, end = [], 0
    for found in _INLINE.finditer(text):
        html += [_plain_html(text[end : found.start()]), _piece(found, names, verbatim)]
        end = found.end()
    return Markup("").join([*html, _plain_html(text[end:])])


def _piece(found: re.Match[str], names: Names, verbatim: bool) -> Markup:
    kind, inside = str(found.lastgroup), found[str(found.lastgroup)]
    if kind in _TAGS:
        tag = _TAGS[kind]
        return Markup("<{0}>{1}</{0}>").format(tag, _inline(inside, names, verbatim))
    if kind == "code":
        return Markup("<code>{}</code>").format(_plain(inside))
    if kind == "angle":
        return _angle(inside, names) or _plain_html(found[0])
    if kind == "emoji":
        return Markup("{}").format(emoji_named(inside) or found[0])
    return _plain_html(inside) if verbatim else link(_plain(inside), _plain(inside))


def _angle(inside: str, names: Names) -> Markup | None:
    """Return what `<…>` means; None if it means nothing."""
    target, _, label = inside.partition("|")
    match target[:1], target[1:]:
        case "@", who:
            return mention(f"@{names.person(who)}")
        case "#", where:
            return mention(f"#{names.channel(where)}")
        case "!", command:
            return _special(command, label, names)
        case _:
            return _address(_plain(target), label)


def _special(command: str, label: str, names: Names) -> Markup | None:
    if command in ("here", "channel", "everyone"):
        return mention(f"@{command}")
    if command.startswith("date^"):
        return _date(command.split("^"), _plain(label), names)
    return mention(_plain(label)) if command.startswith("subteam^") and label else None


def _date(parts: list[str], fallback: str, names: Names) -> Markup:
    _, seconds, form, url = (*parts, "", "")[:4]
    shown = formatted_date(seconds, form, fallback, names)
    return link(url, shown) if url else Markup("{}").format(shown)


def _address(url: str, label: str) -> Markup | None:
    if web_address(url) is None and not url.startswith("mailto:"):
        return None
    shown = Markup("").join(_emoji_or_text(label)) if label else url.removeprefix("mailto:")
    return link(url, Markup("<bdi>{}</bdi>").format(shown))


def _emoji_or_text(text: str) -> Iterator[Markup]:
    for place, piece in enumerate(re.split(r":([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):", text)):
        if place % 2:
            yield Markup("{}").format(emoji_named(piece) or f":{piece}:")
        else:
            yield _broken(piece)


def _plain(text: str) -> str:
    """Return the text behind Slack's three entities; it is escaped anew where it is shown."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _plain_html(text: str) -> Markup:
    return Markup("{}").format(_plain(text))


def _broken(text: str) -> Markup:
    return Markup("<br>").join(_plain_html(line) for line in text.split("\n"))
