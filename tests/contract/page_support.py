"""A small workspace whose messages the page draws, and what a browser would make of the HTML."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from playground.clock import Clock
from playground.feed import Feed
from playground.page.blocks import environment, tools
from playground.page.names import Names
from playground.state import State

TEAM, LAYLA, GENERAL = "T1", "U1", "C1"
_TEMPLATE = (
    '{% import "blocks.html" as blocks with context %}{{ blocks.all(given, at, values, errors) }}'
)


def names(timezone: str = "Europe/Berlin") -> Names:
    state = State(clock=Clock(), feed=Feed())
    state.add_workspace("Acme", team_id=TEAM)
    state.add_user(TEAM, "layla", user_id=LAYLA, real_name="Layla <b>H</b>")
    state.add_channel(TEAM, "general", channel_id=GENERAL, members=[LAYLA])
    return Names(state, TEAM, timezone)


def draw(*blocks: dict[str, Any], values: Any = None, errors: Any = None) -> str:
    """Return the HTML of blocks as the page draws them in the view V1."""
    numbered = [{"block_id": f"b{place}", **block} for place, block in enumerate(blocks)]
    return (
        environment()
        .from_string(_TEMPLATE)
        .render(given=numbered, at="V1", values=values or {}, errors=errors, **tools(names()))
    )


class Seen(HTMLParser):
    """What a browser finds in a piece of HTML: tags, their attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(str(html))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, attribute: str) -> list[str | None]:
        return [value for name, value in self.attributes if name == attribute]
