"""What Slack's documentation says about select menus, case by case."""

from __future__ import annotations

from typing import Any

from tests.contract.validation_cases import COERCED, UNCHECKED
from tests.contract.validation_examples import (
    Case,
    Json,
    actions,
    confirm,
    entry,
    message,
    modal,
    mrkdwn,
    option,
    options,
    plain,
    section,
    static_select,
)

AT = "/blocks/0/elements/0"
IN = "/blocks/0/element"


def menu(kind: str, **fields: Any) -> Json:
    return message(actions({"type": kind, "action_id": "pick", **fields}))


def asked(kind: str, **fields: Any) -> Json:
    element = {"type": kind, "action_id": "type", **fields}
    return modal(entry(element), submit=plain("Save"))


def group(**fields: Any) -> Json:
    return {"label": plain("Group"), "options": options(2), **fields}


SELECTS = [
    Case(
        "static select",
        message(
            section(
                accessory=static_select(
                    initial_option=options(1)[0], placeholder=plain("x" * 150), confirm=confirm()
                )
            )
        ),
    ),
    Case("static select of 100", menu("static_select", options=options(100))),
    Case("static select of 101", menu("static_select", options=options(101)), f"{AT}/options"),
    Case("static select of none", menu("static_select", options=[]), f"{AT}/options"),
    Case("static select with groups", menu("static_select", option_groups=[group()])),
    Case(
        "static select with both",
        menu("static_select", options=options(1), option_groups=[group()]),
        AT,
    ),
    Case(
        "static select with neither",
        menu("static_select"),
        AT,
        builders="laxer",
        why="the reference: one of options and option_groups",
    ),
    Case(
        "a group of none",
        menu("static_select", option_groups=[group(options=[])]),
        f"{AT}/option_groups/0/options",
    ),
    Case(
        "a group label of 76",
        menu("static_select", option_groups=[group(label=plain("x" * 76))]),
        f"{AT}/option_groups/0/label/text",
    ),
    Case(
        "placeholder of 151",
        menu("users_select", placeholder=plain("x" * 151)),
        f"{AT}/placeholder/text",
    ),
    Case(
        "placeholder with markup",
        menu("users_select", placeholder=mrkdwn()),
        f"{AT}/placeholder/type",
        builders="laxer",
        why=COERCED,
    ),
    Case(
        "option text of 76",
        menu("static_select", options=[option(text="x" * 76)]),
        f"{AT}/options/0/text/text",
    ),
    Case(
        "option value of 151",
        menu("static_select", options=[option("x" * 151)]),
        f"{AT}/options/0/value",
    ),
    Case(
        "option description of 76",
        menu("static_select", options=[option(description=plain("x" * 76))]),
        f"{AT}/options/0/description/text",
    ),
    Case(
        "option with markup",
        menu("static_select", options=[{"text": mrkdwn(), "value": "a"}]),
        f"{AT}/options/0/text/type",
    ),
    Case(
        "option with a link",
        menu("static_select", options=[option(url="https://example.com")]),
        f"{AT}/options/0/url",
        builders="laxer",
        why="the reference: url is for overflow menus only",
    ),
    Case(
        "two options of one value",
        menu("static_select", options=[option(), option()]),
        f"{AT}/options/1/value",
        builders="laxer",
        why="the reference: a unique string value",
    ),
    Case(
        "an initial option that is not offered",
        menu("static_select", options=options(1), initial_option=option("other")),
        f"{AT}/initial_option",
        builders="laxer",
        why="the reference: must exactly match one of the options",
    ),
    Case("external select", menu("external_select", min_query_length=0)),
    Case(
        "external select with a negative length",
        menu("external_select", min_query_length=-1),
        f"{AT}/min_query_length",
    ),
    Case("users select", menu("users_select", initial_user="U012AB3CD")),
    Case(
        "users select with a name",
        menu("users_select", initial_user="@ada"),
        f"{AT}/initial_user",
        builders="laxer",
        why=UNCHECKED,
    ),
    Case("channels select", menu("channels_select", initial_channel="C012AB3CD")),
    Case(
        "conversations select",
        menu(
            "conversations_select",
            filter={"include": ["public", "private"], "exclude_bot_users": True},
            default_to_current_conversation=True,
        ),
    ),
    Case("a filter of nothing", menu("conversations_select", filter={}), f"{AT}/filter"),
    Case(
        "a filter of strangers",
        menu("conversations_select", filter={"include": ["strangers"]}),
        f"{AT}/filter/include/0",
    ),
    Case(
        "two initial conversations",
        menu(
            "conversations_select",
            initial_conversation="C012AB3CD",
            default_to_current_conversation=True,
        ),
        AT,
        builders="laxer",
        why="the reference: the default is ignored with an initial one",
    ),
    Case(
        "multi static select",
        message(
            section(
                accessory={
                    "type": "multi_static_select",
                    "action_id": "pick",
                    "options": options(3),
                    "initial_options": options(2),
                    "max_selected_items": 2,
                }
            )
        ),
    ),
    Case(
        "multi static select with too many",
        message(
            section(
                accessory={
                    "type": "multi_static_select",
                    "action_id": "pick",
                    "options": options(3),
                    "initial_options": options(2),
                    "max_selected_items": 1,
                }
            )
        ),
        "/blocks/0/accessory/initial_options",
        builders="laxer",
        why="the reference: the maximum holds for what is selected, initial ones too",
    ),
    Case(
        "multi select of none",
        message(
            section(
                accessory={
                    "type": "multi_users_select",
                    "action_id": "pick",
                    "max_selected_items": 0,
                }
            )
        ),
        "/blocks/0/accessory/max_selected_items",
    ),
    Case(
        "multi users select",
        asked("multi_users_select", initial_users=["U012AB3CD"]),
        surface="modal",
    ),
    Case(
        "multi channels select",
        asked("multi_channels_select", initial_channels=["C012AB3CD"]),
        surface="modal",
    ),
    Case(
        "multi conversations select",
        asked("multi_conversations_select", filter={"include": ["im"]}),
        surface="modal",
    ),
    Case(
        "multi external select", asked("multi_external_select", min_query_length=3), surface="modal"
    ),
    Case(
        "a response url asked for in a modal",
        asked("conversations_select", response_url_enabled=True),
        surface="modal",
    ),
]
