"""The blocks Slack has had for years.

Limits: https://docs.slack.dev/reference/block-kit/blocks
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from playground.validation.compositions import (
    WEB,
    any_text,
    block_id,
    plain_text,
    slack_file,
)
from playground.validation.elements import IN_ACTIONS, IN_CONTEXT, IN_INPUT, IN_SECTION
from playground.validation.rich_texts import rich_text
from playground.validation.shapes import (
    Fields,
    Problem,
    array,
    at_least_one,
    below,
    boolean,
    exactly_one,
    one_of,
    shape,
    string,
    tagged,
    url,
)

_ID: Fields = {"block_id": block_id}


def _files_cannot_dispatch(value: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    if value.get("dispatch_action") and value["element"]["type"] == "file_input":
        yield Problem(below(pointer, "dispatch_action"), "cannot be true with a file_input")


CLASSIC: Fields = {
    "actions": shape(
        "actions", {"elements": array(tagged(IN_ACTIONS), at_least=1, at_most=25)}, _ID
    ),
    "context": shape(
        "context", {"elements": array(tagged(IN_CONTEXT), at_least=1, at_most=10)}, _ID
    ),
    "divider": shape("divider", {}, _ID),
    "file": shape("file", {"external_id": string(), "source": one_of("remote")}, _ID),
    "header": shape("header", {"text": plain_text(150)}, _ID),
    "image": shape(
        "image",
        {"alt_text": string(at_most=2000)},
        {**_ID, "image_url": url(*WEB), "slack_file": slack_file, "title": plain_text(2000)},
        exactly_one("image_url", "slack_file"),
    ),
    "input": shape(
        "input",
        {"label": plain_text(2000), "element": tagged(IN_INPUT)},
        {**_ID, "hint": plain_text(2000), "optional": boolean, "dispatch_action": boolean},
        _files_cannot_dispatch,
    ),
    "markdown": shape("markdown", {"text": string(at_most=12_000)}, _ID),
    "rich_text": rich_text,
    "section": shape(
        "section",
        {},
        {
            **_ID,
            "text": any_text(3000),
            "fields": array(any_text(2000), at_least=1, at_most=10),
            "accessory": tagged(IN_SECTION),
            "expand": boolean,
        },
        at_least_one("text", "fields"),
    ),
    "video": shape(
        "video",
        {
            "alt_text": string(at_least=0, at_most=2000),
            "thumbnail_url": url(*WEB),
            "title": plain_text(199),
            "video_url": url("https"),
        },
        {
            **_ID,
            "author_name": string(at_most=49),
            "description": plain_text(199),
            "provider_icon_url": url(*WEB),
            "provider_name": string(at_least=0),
            "title_url": url("https"),
        },
    ),
}
