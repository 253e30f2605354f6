"""Slack's composition objects: texts, confirmations, options, filters.

Limits: https://docs.slack.dev/reference/block-kit/composition-objects
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from playground.validation.shapes import (
    Check,
    Fields,
    Problem,
    Shape,
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

ANY_LINK = ("http", "https", "slack", "mailto")
"""What may be opened by a click."""

WEB = ("http", "https")

action_id = string(at_most=255)
block_id = string(at_most=255)
slack_id = string(pattern=r"[A-Z][A-Z0-9]{1,20}", hint="must be a Slack id such as U012AB3CD")


def plain_text(at_most: int = 3000) -> Check:
    """A text object that may only be plain."""
    return shape("plain_text", {"text": string(at_most=at_most)}, {"emoji": boolean})


def any_text(at_most: int = 3000) -> Check:
    """A text object, plain or with Slack's markup; `emoji` is for plain, `verbatim` for markup."""
    markup = shape("mrkdwn", {"text": string(at_most=at_most)}, {"verbatim": boolean})
    return tagged({"plain_text": plain_text(at_most), "mrkdwn": markup})


confirm = shape(
    None,
    {
        "title": plain_text(100),
        "text": any_text(300),
        "confirm": plain_text(30),
        "deny": plain_text(30),
    },
    {"style": one_of("primary", "danger")},
)

_option_optional: Fields = {"description": plain_text(75)}

option = shape(None, {"text": plain_text(75), "value": string(at_most=150)}, _option_optional)
"""In select menus."""

rich_option = shape(
    None,
    {"text": any_text(75), "value": string(at_most=150)},
    {"description": any_text(75)},
)
"""In checkboxes and radio buttons, whose texts may have markup."""

link_option = shape(
    None,
    {"text": plain_text(75), "value": string(at_most=150)},
    {**_option_optional, "url": url(*ANY_LINK)},
)
"""In overflow menus, the only ones whose options may be links."""


def _values_unique(group: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    return unique_values(group["options"], below(pointer, "options"))


def unique_values(options: list[Mapping[str, Any]], pointer: str) -> Iterator[Problem]:
    """An option is told by its value, so no two may share one."""
    seen: set[str] = set()
    for index, one in enumerate(options):
        if one["value"] in seen:
            yield Problem(below(pointer, index, "value"), "value must be unique among the options")
        seen.add(one["value"])


option_group = shape(
    None,
    {"label": plain_text(75), "options": array(option, at_least=1, at_most=100)},
    {},
    _values_unique,
)

suggestions = shape(
    None,
    {},
    {
        "options": array(option, at_most=100),
        "option_groups": array(option_group, at_most=100),
    },
    exactly_one("options", "option_groups"),
)
"""What an app answers when somebody types into a menu that asks it for options."""

dispatch_action_config = shape(
    None,
    {
        "trigger_actions_on": array(
            one_of("on_enter_pressed", "on_character_entered"), at_least=1, at_most=2
        )
    },
)

conversation_filter = shape(
    None,
    {},
    {
        "include": array(one_of("im", "mpim", "private", "public"), at_least=1),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
    at_least_one("include", "exclude_external_shared_channels", "exclude_bot_users"),
)

slack_file = shape(
    None,
    {},
    {"id": string(pattern=r"F[A-Z0-9]{8,}", hint="must be a file id"), "url": url("https")},
    exactly_one("id", "url"),
)

_trigger = shape(
    None,
    {"url": url("https")},
    {
        "customizable_input_parameters": array(
            shape(None, {"name": string(), "value": string(at_least=0)})
        )
    },
)
workflow = shape(None, {"trigger": _trigger})

image_element: Shape = shape(
    "image",
    {"alt_text": string(at_most=2000)},
    {"image_url": url(*WEB), "slack_file": slack_file},
    exactly_one("image_url", "slack_file"),
)
