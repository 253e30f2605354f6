"""Block elements: buttons, menus, pickers, inputs.

Limits: https://docs.slack.dev/reference/block-kit/block-elements
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from playground.validation.compositions import (
    ANY_LINK,
    action_id,
    any_text,
    confirm,
    conversation_filter,
    dispatch_action_config,
    image_element,
    link_option,
    option,
    option_group,
    plain_text,
    rich_option,
    slack_id,
    unique_values,
    workflow,
)
from playground.validation.rich_texts import rich_text
from playground.validation.shapes import (
    Fields,
    Problem,
    array,
    below,
    boolean,
    exactly_one,
    integer,
    not_both,
    one_of,
    shape,
    string,
    url,
)

_ACTION: Fields = {"action_id": action_id}
_CONFIRM: Fields = {**_ACTION, "confirm": confirm}
_FOCUS: Fields = {"focus_on_load": boolean}
_PLACEHOLDER: Fields = {"placeholder": plain_text(150)}
_MENU: Fields = {**_CONFIRM, **_FOCUS, **_PLACEHOLDER}
_TYPED: Fields = {
    **_ACTION,
    **_FOCUS,
    **_PLACEHOLDER,
    "dispatch_action_config": dispatch_action_config,
}
_MANY: Fields = {"max_selected_items": integer(at_least=1)}
_OPTIONS: Fields = {
    "options": array(option, at_least=1, at_most=100),
    "option_groups": array(option_group, at_least=1, at_most=100),
}

_date = string(pattern=r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", hint="must be YYYY-MM-DD")
_time = string(pattern=r"([01]\d|2[0-3]):[0-5]\d", hint="must be HH:mm on a 24-hour clock")
_decimal = string(pattern=r"-?\d+(\.\d+)?", hint="must be a number written as a string")


def _offered(value: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    groups = value.get("option_groups", ())
    return [*value.get("options", ()), *(one for group in groups for one in group["options"])]


def _options_are_unique(value: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    if "options" in value:
        yield from unique_values(value["options"], below(pointer, "options"))


def _initial_is_offered(value: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    offered = _offered(value)
    if "initial_option" in value and value["initial_option"] not in offered:
        yield Problem(below(pointer, "initial_option"), "must be exactly one of the options")
    for index, one in enumerate(value.get("initial_options", ())):
        if one not in offered:
            where = below(pointer, "initial_options", index)
            yield Problem(where, "must be exactly one of the options")


def _not_more_than_allowed(value: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    limit = value.get("max_selected_items")
    for key, chosen in value.items():
        if limit is not None and key.startswith("initial_") and len(chosen) > limit:
            yield Problem(below(pointer, key), "has more items than max_selected_items")


def _ordered(low: str, high: str) -> Any:
    def rule(value: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
        if low in value and high in value and float(value[low]) > float(value[high]):
            yield Problem(below(pointer, low), f"must not be more than {high}")

    return rule


def _whole_unless_allowed(value: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    for key in ("initial_value", "min_value", "max_value"):
        if key in value and "." in value[key] and not value["is_decimal_allowed"]:
            yield Problem(below(pointer, key), "must be whole: decimals are not allowed")


def _display_needs_prompt(value: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    if "agent_prompt_display" in value and "agent_prompt" not in value:
        yield Problem(below(pointer, "agent_prompt"), "is required by agent_prompt_display")


_BUTTONS: Fields = {
    "button": shape(
        "button",
        {"text": plain_text(75)},
        {
            **_CONFIRM,
            "url": url(*ANY_LINK),
            "value": string(at_most=2000),
            "style": one_of("primary", "danger"),
            "accessibility_label": string(at_most=75),
            "agent_prompt": string(at_most=4000),
            "agent_prompt_display": string(),
        },
        _display_needs_prompt,
    ),
    "workflow_button": shape(
        "workflow_button",
        {"text": plain_text(75), "workflow": workflow, "action_id": action_id},
        {"style": one_of("primary", "danger"), "accessibility_label": string(at_most=75)},
    ),
    "overflow": shape(
        "overflow",
        {"options": array(link_option, at_least=1, at_most=5)},
        _CONFIRM,
        _options_are_unique,
    ),
}

_CHOICES: Fields = {
    "checkboxes": shape(
        "checkboxes",
        {"options": array(rich_option, at_least=1, at_most=10)},
        {**_CONFIRM, **_FOCUS, "initial_options": array(rich_option, at_least=1)},
        _options_are_unique,
        _initial_is_offered,
    ),
    "radio_buttons": shape(
        "radio_buttons",
        {"options": array(rich_option, at_least=1, at_most=10)},
        {**_CONFIRM, **_FOCUS, "initial_option": rich_option},
        _options_are_unique,
        _initial_is_offered,
    ),
}

_PICKERS: Fields = {
    "datepicker": shape("datepicker", {}, {**_MENU, "initial_date": _date}),
    "timepicker": shape(
        "timepicker", {}, {**_MENU, "initial_time": _time, "timezone": string(at_most=100)}
    ),
    "datetimepicker": shape(
        "datetimepicker",
        {},
        {
            **_CONFIRM,
            **_FOCUS,
            "initial_date_time": integer(at_least=1_000_000_000, at_most=9_999_999_999),
        },
    ),
}

_ONE_CONVERSATION: Fields = {
    "default_to_current_conversation": boolean,
    "filter": conversation_filter,
}
_RESPONSE_URL: Fields = {"response_url_enabled": boolean}

SELECTS: Fields = {
    "static_select": shape(
        "static_select",
        {},
        {**_MENU, **_OPTIONS, "initial_option": option},
        exactly_one("options", "option_groups"),
        _options_are_unique,
        _initial_is_offered,
    ),
    "external_select": shape(
        "external_select",
        {},
        {**_MENU, "initial_option": option, "min_query_length": integer(at_least=0)},
    ),
    "users_select": shape("users_select", {}, {**_MENU, "initial_user": slack_id}),
    "conversations_select": shape(
        "conversations_select",
        {},
        {**_MENU, **_ONE_CONVERSATION, **_RESPONSE_URL, "initial_conversation": slack_id},
        not_both("initial_conversation", "default_to_current_conversation"),
    ),
    "channels_select": shape(
        "channels_select", {}, {**_MENU, **_RESPONSE_URL, "initial_channel": slack_id}
    ),
}

MULTI_SELECTS: Fields = {
    "multi_static_select": shape(
        "multi_static_select",
        {},
        {**_MENU, **_MANY, **_OPTIONS, "initial_options": array(option)},
        exactly_one("options", "option_groups"),
        _options_are_unique,
        _initial_is_offered,
        _not_more_than_allowed,
    ),
    "multi_external_select": shape(
        "multi_external_select",
        {},
        {
            **_MENU,
            **_MANY,
            "initial_options": array(option),
            "min_query_length": integer(at_least=0),
        },
        _not_more_than_allowed,
    ),
    "multi_users_select": shape(
        "multi_users_select",
        {},
        {**_MENU, **_MANY, "initial_users": array(slack_id)},
        _not_more_than_allowed,
    ),
    "multi_conversations_select": shape(
        "multi_conversations_select",
        {},
        {**_MENU, **_MANY, **_ONE_CONVERSATION, "initial_conversations": array(slack_id)},
        not_both("initial_conversations", "default_to_current_conversation"),
        _not_more_than_allowed,
    ),
    "multi_channels_select": shape(
        "multi_channels_select",
        {},
        {**_MENU, **_MANY, "initial_channels": array(slack_id)},
        _not_more_than_allowed,
    ),
}

INPUTS: Fields = {
    "plain_text_input": shape(
        "plain_text_input",
        {},
        {
            **_TYPED,
            "initial_value": string(at_least=0, at_most=3000),
            "multiline": boolean,
            "min_length": integer(at_least=0, at_most=3000),
            "max_length": integer(at_least=1, at_most=3000),
        },
        _ordered("min_length", "max_length"),
    ),
    "number_input": shape(
        "number_input",
        {"is_decimal_allowed": boolean},
        {**_TYPED, "initial_value": _decimal, "min_value": _decimal, "max_value": _decimal},
        _whole_unless_allowed,
        _ordered("min_value", "max_value"),
        _ordered("min_value", "initial_value"),
        _ordered("initial_value", "max_value"),
    ),
    "email_text_input": shape(
        "email_text_input", {}, {**_TYPED, "initial_value": string(at_least=0)}
    ),
    "url_text_input": shape("url_text_input", {}, {**_TYPED, "initial_value": string(at_least=0)}),
    "file_input": shape(
        "file_input",
        {},
        {
            **_ACTION,
            "filetypes": array(string(), at_least=1),
            "max_files": integer(at_least=1, at_most=10),
        },
    ),
    "rich_text_input": shape("rich_text_input", {}, {**_TYPED, "initial_value": rich_text}),
}

_feedback = shape(
    None,
    {"text": plain_text(75), "value": string(at_most=2000)},
    {"accessibility_label": string(at_most=75)},
)

FOOTNOTE_ACTIONS: Fields = {
    "feedback_buttons": shape(
        "feedback_buttons", {"positive_button": _feedback, "negative_button": _feedback}, _ACTION
    ),
    "icon_button": shape(
        "icon_button",
        {"icon": one_of("trash"), "text": plain_text()},
        {
            **_CONFIRM,
            "value": string(at_most=2000),
            "accessibility_label": string(at_most=75),
            "visible_to_user_ids": array(slack_id, at_least=1, at_most=10),
        },
    ),
}
"""What a context_actions block may hold."""

button = _BUTTONS["button"]
url_source = shape("url", {"url": url(*ANY_LINK), "text": string()})
_image: Fields = {"image": image_element}

IN_CONTEXT: Fields = {
    **_image,
    "plain_text": plain_text(),
    "mrkdwn": any_text(),
}
IN_SECTION: Fields = {
    **_image,
    **_BUTTONS,
    **_CHOICES,
    **SELECTS,
    **MULTI_SELECTS,
    "datepicker": _PICKERS["datepicker"],
    "timepicker": _PICKERS["timepicker"],
}
IN_ACTIONS: Fields = {
    **_BUTTONS,
    **_CHOICES,
    **_PICKERS,
    **SELECTS,
    **MULTI_SELECTS,
    "rich_text_input": INPUTS["rich_text_input"],
}
IN_INPUT: Fields = {**_CHOICES, **_PICKERS, **SELECTS, **MULTI_SELECTS, **INPUTS}
