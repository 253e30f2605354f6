"""What Slack's documentation says about whole payloads and about buttons, case by case."""

from __future__ import annotations

from tests.contract.validation_cases import ANY_URL, COERCED, UNCHECKED
from tests.contract.validation_examples import (
    Case,
    actions,
    button,
    confirm,
    entry,
    home,
    message,
    modal,
    mrkdwn,
    option,
    options,
    plain,
    section,
    static_select,
)

PAYLOADS = [
    Case("text only", {"text": "Hello"}),
    Case("nothing to say", {"text": ""}, "", builders="laxer", why="Slack answers no_text"),
    Case("50 blocks", message(*[{"type": "divider"}] * 50)),
    Case("51 blocks", message(*[{"type": "divider"}] * 51), "/blocks"),
    Case(
        "blocks that are not a list",
        {"text": "x", "blocks": {"type": "divider"}},
        "/blocks",
        builders="laxer",
        why="the builder takes a single block for a list of one",
    ),
    Case("metadata", message(metadata={"event_type": "x", "event_payload": {"id": 1}})),
    Case(
        "metadata without payload",
        message(metadata={"event_type": "x"}),
        "/metadata/event_payload",
        builders="laxer",
        why=UNCHECKED,
    ),
    Case("an unknown argument", message(colour="red"), "/colour"),
    Case("home of 100", home(*[{"type": "divider"}] * 100), surface="home"),
    Case("home of 101", home(*[{"type": "divider"}] * 101), "/blocks", surface="home"),
    Case("home with a title", home(title=plain()), "/title", surface="home"),
    Case(
        "modal",
        modal(
            section(),
            submit=plain("x" * 24),
            close=plain("x" * 24),
            callback_id="x" * 255,
            private_metadata="x" * 3000,
            external_id="x" * 255,
            clear_on_close=True,
            notify_on_close=True,
        ),
        surface="modal",
    ),
    Case("modal title of 25", modal(title=plain("x" * 25)), "/title/text", surface="modal"),
    Case(
        "modal title with markup",
        modal(title=mrkdwn("x")),
        "/title/type",
        surface="modal",
        builders="laxer",
        why=COERCED,
    ),
    Case("modal without title", {"type": "modal", "blocks": []}, "/title", surface="modal"),
    Case("modal submit of 25", modal(submit=plain("x" * 25)), "/submit/text", surface="modal"),
    Case("modal close of 25", modal(close=plain("x" * 25)), "/close/text", surface="modal"),
    Case("modal callback_id of 256", modal(callback_id="x" * 256), "/callback_id", surface="modal"),
    Case(
        "modal private_metadata of 3,001",
        modal(private_metadata="x" * 3001),
        "/private_metadata",
        surface="modal",
    ),
    Case("modal external_id of 256", modal(external_id="x" * 256), "/external_id", surface="modal"),
    Case(
        "modal with input",
        modal(entry({"type": "plain_text_input"}), submit=plain("Save")),
        surface="modal",
    ),
    Case(
        "modal with input and no submit",
        modal(entry({"type": "plain_text_input"})),
        "/submit",
        surface="modal",
    ),
    Case(
        "markdown in a home",
        home({"type": "markdown", "text": "x"}),
        "/blocks/0/type",
        surface="home",
    ),
    Case(
        "file in a modal",
        modal({"type": "file", "external_id": "A", "source": "remote"}),
        "/blocks/0/type",
        surface="modal",
    ),
    Case(
        "a file input in a home",
        home(entry({"type": "file_input"})),
        "/blocks/0/element/type",
        surface="home",
        builders="laxer",
        why="the reference: file_input is for modals only",
    ),
    Case(
        "two elements with the focus",
        modal(
            entry({"type": "plain_text_input", "focus_on_load": True}),
            entry({"type": "datepicker", "focus_on_load": True}),
            submit=plain("Save"),
        ),
        "/blocks/1/element/focus_on_load",
        surface="modal",
        builders="laxer",
        why="the reference: only one element of a view can have the focus",
    ),
    Case(
        "response_url_enabled in a message",
        message(actions({"type": "channels_select", "response_url_enabled": True})),
        "/blocks/0/elements/0/response_url_enabled",
        builders="laxer",
        why="the reference: works only in input blocks of modals",
    ),
]


BUTTONS = [
    Case(
        "button",
        message(
            actions(
                button(
                    style="danger",
                    value="x" * 2000,
                    confirm=confirm(),
                    url="https://example.com",
                    accessibility_label="x" * 75,
                )
            )
        ),
    ),
    Case(
        "button text of 76",
        message(actions(button(text=plain("x" * 76)))),
        "/blocks/0/elements/0/text/text",
    ),
    Case(
        "button with markup",
        message(actions(button(text=mrkdwn()))),
        "/blocks/0/elements/0/text/type",
        builders="laxer",
        why=COERCED,
    ),
    Case(
        "button value of 2,001",
        message(actions(button(value="x" * 2001))),
        "/blocks/0/elements/0/value",
    ),
    Case("button with a number", message(actions(button(value=7))), "/blocks/0/elements/0/value"),
    Case(
        "button in green",
        message(actions(button(style="green"))),
        "/blocks/0/elements/0/style",
        builders="laxer",
        why=UNCHECKED,
    ),
    Case(
        "button to a script",
        message(actions(button(url="javascript:alert(1)"))),
        "/blocks/0/elements/0/url",
        builders="laxer",
        why=ANY_URL,
    ),
    Case(
        "button to nowhere",
        message(actions(button(url="https://"))),
        "/blocks/0/elements/0/url",
        builders="laxer",
        why=ANY_URL,
    ),
    Case(
        "button to a broken address",
        message(actions(button(url="https://[oops"))),
        "/blocks/0/elements/0/url",
        builders="laxer",
        why=ANY_URL,
    ),
    Case("button without text", message(actions({"type": "button"})), "/blocks/0/elements/0/text"),
    Case(
        "action_id of 256",
        message(actions(button(action_id="x" * 256))),
        "/blocks/0/elements/0/action_id",
    ),
    Case(
        "prompt shown but not given",
        message(actions(button(agent_prompt_display="x"))),
        "/blocks/0/elements/0/agent_prompt",
    ),
    Case(
        "confirm title of 101",
        message(actions(button(confirm=confirm(title=plain("x" * 101))))),
        "/blocks/0/elements/0/confirm/title/text",
    ),
    Case(
        "confirm text of 301",
        message(actions(button(confirm=confirm(text=mrkdwn("x" * 301))))),
        "/blocks/0/elements/0/confirm/text/text",
    ),
    Case(
        "confirm yes of 31",
        message(actions(button(confirm=confirm(confirm=plain("x" * 31))))),
        "/blocks/0/elements/0/confirm/confirm/text",
    ),
    Case(
        "confirm without a no",
        message(actions(button(confirm={"title": plain(), "text": plain(), "confirm": plain()}))),
        "/blocks/0/elements/0/confirm/deny",
    ),
    Case(
        "overflow with 1",
        message(actions({"type": "overflow", "action_id": "o", "options": options(1)})),
    ),
    Case(
        "overflow with 5",
        message(
            section(
                accessory={
                    "type": "overflow",
                    "action_id": "more",
                    "options": [*options(4), option("link", url="https://example.com")],
                }
            )
        ),
    ),
    Case(
        "overflow with 6",
        message(actions({"type": "overflow", "action_id": "o", "options": options(6)})),
        "/blocks/0/elements/0/options",
    ),
    Case(
        "overflow with nothing",
        message(actions({"type": "overflow", "action_id": "o", "options": []})),
        "/blocks/0/elements/0/options",
    ),
    Case(
        "workflow button",
        message(
            actions(
                {
                    "type": "workflow_button",
                    "text": plain(),
                    "action_id": "w",
                    "workflow": {
                        "trigger": {
                            "url": "https://slack.com/shortcuts/F1/x",
                            "customizable_input_parameters": [],
                        }
                    },
                }
            )
        ),
    ),
    Case(
        "workflow button in a home",
        home(
            actions(
                {
                    "type": "workflow_button",
                    "text": plain(),
                    "action_id": "w",
                    "workflow": {
                        "trigger": {
                            "url": "https://slack.com/shortcuts/F1/x",
                            "customizable_input_parameters": [],
                        }
                    },
                }
            )
        ),
        "/blocks/0/elements/0/type",
        surface="home",
        builders="laxer",
        why="the reference: workflow buttons are for messages",
    ),
    Case(
        "a menu in the wrong place",
        message(actions(static_select(type="select"))),
        "/blocks/0/elements/0/type",
    ),
]
