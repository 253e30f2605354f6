"""Whole payloads: what a message, a modal and an App Home may hold together.

Limits: https://docs.slack.dev/reference/methods/chat.postMessage and
https://docs.slack.dev/reference/views
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from playground.validation.blocks import CLASSIC
from playground.validation.compositions import plain_text
from playground.validation.newer_blocks import NEWER, characters
from playground.validation.shapes import (
    Check,
    Fields,
    Problem,
    Shape,
    array,
    below,
    boolean,
    mapping,
    shape,
    string,
    tagged,
    unique,
    url,
)

Surface = Literal["message", "modal", "home"]

_MESSAGE_ONLY = {
    "context_actions",
    "data_visualization",
    "file",
    "markdown",
    "plan",
    "task_card",
}
_NOT_IN_MODALS = {"carousel", "container", "data_table", "table", *_MESSAGE_ONLY}
_ALL: Fields = {**CLASSIC, **NEWER}
_BLOCKS: Mapping[Surface, Fields] = {
    "message": {kind: check for kind, check in _ALL.items() if kind != "alert"},
    "modal": {kind: check for kind, check in _ALL.items() if kind not in _NOT_IN_MODALS},
    "home": {kind: check for kind, check in _ALL.items() if kind not in {*_MESSAGE_ONLY, "alert"}},
}
"""Which blocks a surface takes: the "Available in surfaces" line of each block's page."""

_MOST_BLOCKS: Mapping[Surface, int] = {"message": 50, "modal": 100, "home": 100}
_MARKDOWN_CHARACTERS = 12_000
_CHARTS = 2
_DATA_TABLE_CHARACTERS = 10_000

_ONLY_IN: Mapping[str, set[Surface]] = {"file_input": {"modal"}, "workflow_button": {"message"}}


def _blocks(surface: Surface) -> Check:
    return array(tagged(_BLOCKS[surface]), at_most=_MOST_BLOCKS[surface])


def _modal_with_input_can_be_sent(view: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    if "submit" not in view and any(block["type"] == "input" for block in view["blocks"]):
        yield Problem(below(pointer, "submit"), "is required when there is an input block")


def _says_something(message: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    if not any(message.get(key) for key in ("text", "blocks", "attachments")):
        yield Problem(pointer, "needs text, blocks or attachments")


_VIEW: Fields = {
    "private_metadata": string(at_least=0, at_most=3000),
    "callback_id": string(at_least=0, at_most=255),
    "external_id": string(at_least=0, at_most=255),
}
_attachment = shape(
    None,
    {},
    {
        "blocks": _blocks("message"),
        "color": string(),
        "fallback": string(),
        "text": string(),
        "title": string(),
        "title_link": url("http", "https"),
        "pretext": string(),
        "footer": string(),
        "mrkdwn_in": array(string()),
    },
)
_addressing: Fields = {key: string() for key in ("channel", "ts", "thread_ts", "response_type")}
_flags: Fields = dict.fromkeys(
    (
        "delete_original",
        "link_names",
        "mrkdwn",
        "replace_original",
        "reply_broadcast",
        "unfurl_links",
        "unfurl_media",
    ),
    boolean,
)

_PAYLOADS: Mapping[Surface, Shape] = {
    "message": shape(
        None,
        {},
        {
            **_addressing,
            **_flags,
            "text": string(at_least=0, at_most=40_000),
            "blocks": _blocks("message"),
            "attachments": array(_attachment, at_most=100),
            "metadata": shape(None, {"event_type": string(), "event_payload": mapping}),
        },
        _says_something,
    ),
    "modal": shape(
        "modal",
        {"title": plain_text(24), "blocks": _blocks("modal")},
        {
            **_VIEW,
            "submit": plain_text(24),
            "close": plain_text(24),
            "clear_on_close": boolean,
            "notify_on_close": boolean,
        },
        _modal_with_input_can_be_sent,
    ),
    "home": shape("home", {"blocks": _blocks("home")}, _VIEW),
}


def problems(payload: Any, *, surface: Surface) -> list[Problem]:
    """What Slack would refuse in the payload, in reading order; empty if it is fine.

    A message is what `chat.postMessage` takes (`text`, `blocks`, …); a modal or home is the view.
    Rules across blocks are looked at once each block is right by itself.
    """
    found = list(_PAYLOADS[surface](payload, ""))
    if found or not isinstance(payload, Mapping):
        return found
    return [*_across_blocks(payload, surface)]


def _across_blocks(payload: Mapping[str, Any], surface: Surface) -> Iterator[Problem]:
    blocks = list(_every_block(payload))
    ids = [
        (below(at, "block_id"), block["block_id"]) for at, block in blocks if "block_id" in block
    ]
    yield from unique(ids, "block_id")
    for at, block in blocks:
        yield from _action_ids_are_unique(block, at)
        yield from _elements_belong(block, at, surface)
    yield from _one_focus(blocks)
    yield from _totals(blocks)


def _every_block(payload: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for index, block in enumerate(payload.get("blocks", ())):
        yield from _with_inner(block, below("", "blocks", index))
    for number, attachment in enumerate(payload.get("attachments", ())):
        for index, block in enumerate(attachment.get("blocks", ())):
            yield from _with_inner(block, below("", "attachments", number, "blocks", index))


def _with_inner(block: Mapping[str, Any], at: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield at, block
    inner = {"container": "child_blocks", "carousel": "elements"}.get(block["type"])
    if inner:
        for index, child in enumerate(block[inner]):
            yield below(at, inner, index), child


def _elements(block: Mapping[str, Any], at: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for key in ("accessory", "element"):
        if key in block:
            yield below(at, key), block[key]
    for key in ("elements", "actions"):
        if block["type"] in {"actions", "card", "context_actions"}:
            for index, element in enumerate(block.get(key, ())):
                yield below(at, key, index), element


def _action_ids_are_unique(block: Mapping[str, Any], at: str) -> Iterator[Problem]:
    ids = [
        (below(where, "action_id"), element["action_id"])
        for where, element in _elements(block, at)
        if "action_id" in element
    ]
    yield from unique(ids, "action_id within a block")


def _elements_belong(block: Mapping[str, Any], at: str, surface: Surface) -> Iterator[Problem]:
    for where, element in _elements(block, at):
        if surface not in _ONLY_IN.get(element["type"], {surface}):
            yield Problem(below(where, "type"), f"{element['type']} is not for a {surface}")
        if element.get("response_url_enabled") and (surface != "modal" or block["type"] != "input"):
            where = below(where, "response_url_enabled")
            yield Problem(where, "works only in an input block of a modal")


def _one_focus(blocks: list[tuple[str, Mapping[str, Any]]]) -> Iterator[Problem]:
    focused = [
        below(where, "focus_on_load")
        for at, block in blocks
        for where, element in _elements(block, at)
        if element.get("focus_on_load")
    ]
    for where in focused[1:]:
        yield Problem(where, "only one element can have the focus")


def _totals(blocks: list[tuple[str, Mapping[str, Any]]]) -> Iterator[Problem]:
    yield from _total(blocks, "markdown", _text_length, _MARKDOWN_CHARACTERS, "characters")
    yield from _total(blocks, "data_table", _cell_text, _DATA_TABLE_CHARACTERS, "characters")
    yield from _total(blocks, "data_visualization", lambda _: 1, _CHARTS, "charts")


def _total(
    blocks: list[tuple[str, Mapping[str, Any]]], kind: str, size: Any, most: int, unit: str
) -> Iterator[Problem]:
    total = 0
    for at, block in blocks:
        if block["type"] == kind:
            total += size(block)
            if total > most:
                yield Problem(at, f"all {kind} blocks together may have {most} {unit}")


def _text_length(block: Mapping[str, Any]) -> int:
    return len(block["text"])


def _cell_text(block: Mapping[str, Any]) -> int:
    return characters(block["rows"])
