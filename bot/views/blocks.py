"""The bricks of every message and view, kept within Slack's limits.

Markup handed in here is trusted: whatever came from outside has gone through `texts.escaped`.
Limits: https://docs.slack.dev/reference/block-kit
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.views.texts import fitting, one_line, shortened

Block = dict[str, Any]
Element = dict[str, Any]
Message = Mapping[str, Any]
"""`text` for notifications and screen readers, `blocks` for everybody else."""
View = Mapping[str, Any]

_BLANK = "…"


def markup(text: str, limit: int = 3000) -> Element:
    """A text with Slack's markup; only what we wrote as a link or mention becomes one."""
    return {"type": "mrkdwn", "text": fitting(text, limit) or _BLANK, "verbatim": True}


def plain(text: str, limit: int) -> Element:
    """A text without markup, shortened; emoji codes are shown as emoji."""
    return {"type": "plain_text", "text": shortened(one_line(text), limit) or _BLANK, "emoji": True}


def section(text: str, *, block_id: str | None = None, accessory: Element | None = None) -> Block:
    """A paragraph, with one control beside it if given."""
    return _filled(
        {"type": "section", "text": markup(text)}, block_id=block_id, accessory=accessory
    )


def context(*texts: str) -> Block:
    """A line of small print."""
    return {"type": "context", "elements": [markup(text) for text in texts[:10]]}


def and_more(hidden: int) -> list[Block]:
    """How many are not shown, if any."""
    return [context(f"… and {hidden} more.")] if hidden > 0 else []


def header(text: str) -> Block:
    """A title."""
    return {"type": "header", "text": plain(text, 150)}


def divider() -> Block:
    return {"type": "divider"}


def actions(block_id: str, *elements: Element) -> Block:
    """A row of controls."""
    return {"type": "actions", "block_id": block_id, "elements": list(elements[:25])}


def button(
    text: str,
    action_id: str,
    *,
    value: str | None = None,
    chosen: bool = False,
    danger: bool = False,
    confirm: Element | None = None,
) -> Element:
    """A button; `chosen` is the answer given, `danger` what cannot be had back easily."""
    style = "danger" if danger else "primary" if chosen else None
    base = {"type": "button", "text": plain(text, 75), "action_id": action_id}
    cut = value[:2000] if value is not None else None
    return _filled(base, value=cut, style=style, confirm=confirm)


def link_button(text: str, action_id: str, url: str) -> Element:
    """A button that opens an address of ours in the browser."""
    return {**button(text, action_id, chosen=True), "url": url}


def confirm(title: str, text: str, yes: str, no: str) -> Element:
    """A question asked before a button takes effect."""
    return {
        "title": plain(title, 100),
        "text": markup(text, 300),
        "confirm": plain(yes, 30),
        "deny": plain(no, 30),
    }


def option(text: str, value: str) -> Element:
    """One line of a menu."""
    return {"text": plain(text, 75), "value": value[:150]}


def select(
    action_id: str,
    placeholder: str,
    options: Iterable[tuple[str, str]],
    *,
    chosen: str | None = None,
) -> Element:
    """A menu of (value, text) pairs with the chosen value shown."""
    offered = [option(text, value) for value, text in options][:100]
    initial = next((one for one in offered if one["value"] == chosen), None)
    base = {
        "type": "static_select",
        "action_id": action_id,
        "placeholder": plain(placeholder, 150),
        "options": offered,
    }
    return _filled(base, initial_option=initial)


def checkbox(action_id: str, text: str, value: str, *, ticked: bool) -> Element:
    """One box to tick: ticking and unticking say what is wanted, so a repeated click is harmless."""
    box = option(text, value)
    base = {"type": "checkboxes", "action_id": action_id, "options": [box]}
    return _filled(base, initial_options=[box] if ticked else None)


def users_select(action_id: str, placeholder: str) -> Element:
    """A picker of one person."""
    return {
        "type": "users_select",
        "action_id": action_id,
        "placeholder": plain(placeholder, 150),
    }


def channel_select(action_id: str, placeholder: str, chosen: str | None) -> Element:
    """A picker of one channel, public or private."""
    base = {
        "type": "conversations_select",
        "action_id": action_id,
        "placeholder": plain(placeholder, 150),
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
    }
    return _filled(base, initial_conversation=chosen)


def text_input(
    block_id: str,
    label: str,
    *,
    action_id: str,
    hint: str,
    initial: str = "",
    limit: int,
) -> Block:
    """A field to type into, in a modal."""
    element = {"type": "plain_text_input", "action_id": action_id, "max_length": limit}
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label, 2000),
        "hint": plain(hint, 2000),
        "element": _filled(element, initial_value=one_line(initial)[:limit] or None),
    }


def message(text: str, blocks: Sequence[Block]) -> Message:
    """A message of at most 50 blocks."""
    return {"text": fitting(text, 3000), "blocks": list(blocks[:50])}


def note(text: str) -> Message:
    """A message of one paragraph."""
    return message(text, [section(text)])


def home(blocks: Sequence[Block]) -> View:
    """An App Home of at most 100 blocks."""
    return {"type": "home", "blocks": list(blocks[:100])}


def modal(callback_id: str, title: str, submit: str, blocks: Sequence[Block]) -> View:
    """A dialog with one way on and one way back."""
    return {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain(title, 24),
        "submit": plain(submit, 24),
        "close": plain("Cancel", 24),
        "blocks": list(blocks[:100]),
    }


def notice(title: str, blocks: Sequence[Block]) -> View:
    """A dialog that only tells something."""
    return {
        "type": "modal",
        "title": plain(title, 24),
        "close": plain("Close", 24),
        "blocks": list(blocks[:100]),
    }


def _filled(base: Element, **optional: Any) -> Element:
    """Slack refuses null: what is not given is left out."""
    return {**base, **{key: value for key, value in optional.items() if value is not None}}
