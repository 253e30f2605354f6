"""Buttons, menus and inputs: finding one in blocks, and what using it sends to the app."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from playground.records import Json

_ONE_OPTION = ("static_select", "external_select", "radio_buttons", "overflow")
_OPTIONS = ("multi_static_select", "multi_external_select", "checkboxes")
# element type → (name of what was chosen, name of what is chosen to begin with)
_PLAIN = {
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "timepicker": ("selected_time", "initial_time"),
    "datepicker": ("selected_date", "initial_date"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
}


@dataclass(frozen=True, slots=True)
class Element:
    """One interactive element and the block it sits in."""

    block: Json
    body: Json

    @property
    def block_id(self) -> str:
        return str(self.block.get("block_id", ""))

    @property
    def action_id(self) -> str:
        return str(self.body.get("action_id", ""))

    @property
    def type(self) -> str:
        return str(self.body["type"])

    @property
    def keeps_state(self) -> bool:
        """Whether what is chosen here shows up under `state.values`."""
        return self.type in _PLAIN or (
            self.type in (*_ONE_OPTION, *_OPTIONS) and self.type != "overflow"
        )

    @property
    def required(self) -> bool:
        """Whether a modal cannot be sent while this is empty."""
        return self.block.get("type") == "input" and not self.block.get("optional", False)

    @property
    def waits_for_submit(self) -> bool:
        """Whether using this tells the app nothing until the modal is sent."""
        return self.block.get("type") == "input" and not self.block.get("dispatch_action", False)

    def options(self) -> list[Json]:
        """Return the options to choose from."""
        groups = self.body.get("option_groups") or [{"options": self.body.get("options", [])}]
        return [option for group in groups for option in group["options"]]


def elements(blocks: Sequence[Json]) -> Iterator[Element]:
    """Go through every interactive element, in reading order."""
    for block in blocks:
        inside = [*block.get("elements", []), *block.get("actions", [])]
        for body in [block.get("accessory"), block.get("element"), *inside]:
            if isinstance(body, dict) and "action_id" in body:
                yield Element(block, body)
        yield from elements(_inner_blocks(block))


def _inner_blocks(block: Json) -> list[Json]:
    """Return the blocks inside a container or a carousel."""
    cards = block.get("elements", []) if block.get("type") == "carousel" else []
    return [*block.get("child_blocks", []), *cards]


def find(
    blocks: Sequence[Json], action_id: str, *, block_id: str = "", value: str | None = None
) -> Element:
    """Return the one element with this action id; raises LookupError if it is not exactly one.

    `block_id`, and a button's `value`, tell several apart.
    """
    found = [
        element
        for element in elements(blocks)
        if element.action_id == action_id and block_id in ("", element.block_id)
    ]
    if len(found) > 1 and value is not None:
        found = [element for element in found if element.body.get("value") == value]
    if len(found) != 1:
        there = sorted({element.action_id for element in elements(blocks)})
        raise LookupError(f"{len(found)} elements {action_id!r}; there are {there}")
    return found[0]


def chosen(element: Element, choice: Any, *, forged: bool = False) -> Json:
    """Return the part of a payload that says what was chosen.

    `choice` is an option's value, a list of them, or what the picker or input holds. Raises
    LookupError for an option that is not offered, unless `forged`.
    """
    if element.type in _ONE_OPTION:
        picked = None if choice is None else _option(element, choice, forged)
        return {"selected_option": picked}
    if element.type in _OPTIONS:
        return {"selected_options": [_option(element, one, forged) for one in choice or ()]}
    if element.type in _PLAIN:
        return {_PLAIN[element.type][0]: choice}
    return {"value": choice} if choice is not None else {}


def _option(element: Element, value: Any, forged: bool) -> Json:
    for option in element.options():
        if option["value"] == value:
            return option
    if not forged and "external" not in element.type:
        offered = [option["value"] for option in element.options()]
        raise LookupError(f"{element.action_id!r} does not offer {value!r}, only {offered}")
    if isinstance(value, dict):
        return value
    return {"text": {"type": "plain_text", "text": str(value)}, "value": value}


def initial(element: Element) -> Json:
    """Return what an untouched element holds, as `state.values` shows it."""
    if element.type in _ONE_OPTION:
        return {"selected_option": element.body.get("initial_option")}
    if element.type in _OPTIONS:
        return {"selected_options": element.body.get("initial_options", [])}
    name, start = _PLAIN[element.type]
    empty: Any = [] if name.endswith("s") else None
    return {name: element.body.get(start, empty)}


def is_empty(held: Json) -> bool:
    """Whether an element's entry under `state.values` holds nothing."""
    return all(value in (None, "", []) for key, value in held.items() if key != "type")


def state_values(
    blocks: Sequence[Json], entered: dict[str, dict[str, Json]]
) -> dict[str, dict[str, Json]]:
    """Return `state.values`: what was entered, and what the rest holds to begin with."""
    values: dict[str, dict[str, Json]] = {}
    for element in elements(blocks):
        if element.keeps_state:
            held = entered.get(element.block_id, {}).get(element.action_id)
            slot = values.setdefault(element.block_id, {})
            slot[element.action_id] = held or {"type": element.type, **initial(element)}
    return values


def action(element: Element, choice: Any, *, at: str, forged: bool = False) -> Json:
    """Return the entry of `actions` that using the element sends; `at` is its time stamp."""
    sent: Json = {
        "action_id": element.action_id,
        "block_id": element.block_id,
        "type": element.type,
        "action_ts": at,
    }
    for name in ("text", "placeholder", "style", "confirm"):
        if name in element.body and element.type != "plain_text_input":
            sent[name] = element.body[name]
    if element.type in ("button", "icon_button"):
        return sent | _button_value(element, choice, forged)
    if element.type == "feedback_buttons":
        return sent | _feedback(element, choice, forged)
    return sent | chosen(element, choice, forged=forged)


def _feedback(element: Element, choice: Any, forged: bool) -> Json:
    for one in (element.body["positive_button"], element.body["negative_button"]):
        if one["value"] == choice:
            return {"text": one["text"], "value": choice}
    if not forged:
        raise LookupError(f"{element.action_id!r} does not send {choice!r}")
    return {"value": choice}


def _button_value(element: Element, choice: Any, forged: bool) -> Json:
    value = element.body.get("value")
    if choice not in (None, value) and not forged:
        raise LookupError(f"{element.action_id!r} sends {value!r}, not {choice!r}")
    held = value if choice is None else choice
    return {} if held is None else {"value": held}
