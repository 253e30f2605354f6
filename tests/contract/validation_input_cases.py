"""What Slack's documentation says about choices, pickers and inputs, case by case."""

from __future__ import annotations

from tests.contract.validation_cases import COERCED
from tests.contract.validation_examples import (
    Case,
    entry,
    message,
    modal,
    mrkdwn,
    option,
    options,
    plain,
    rich,
    rich_section,
    words,
)
from tests.contract.validation_menu_cases import AT, IN, asked, menu

CHOICES = [
    Case("checkboxes", menu("checkboxes", options=options(10), initial_options=options(1))),
    Case("checkboxes of 11", menu("checkboxes", options=options(11)), f"{AT}/options"),
    Case(
        "checkboxes with markup",
        menu("checkboxes", options=[{"text": mrkdwn(), "value": "a", "description": plain()}]),
    ),
    Case(
        "checkboxes with an initial stranger",
        menu("checkboxes", options=options(1), initial_options=[option("other")]),
        f"{AT}/initial_options/0",
        builders="laxer",
        why="the reference: exactly matches one of the options",
    ),
    Case("radio buttons", menu("radio_buttons", options=options(10), initial_option=options(1)[0])),
    Case("radio buttons of 11", menu("radio_buttons", options=options(11)), f"{AT}/options"),
    Case("radio buttons of none", menu("radio_buttons", options=[]), f"{AT}/options"),
]


PICKERS = [
    Case("datepicker", menu("datepicker", initial_date="2026-11-20", placeholder=plain())),
    Case(
        "datepicker with a date of our own",
        menu("datepicker", initial_date="20.11.2026"),
        f"{AT}/initial_date",
    ),
    Case(
        "datepicker in month 13",
        menu("datepicker", initial_date="2026-13-01"),
        f"{AT}/initial_date",
    ),
    Case("timepicker", menu("timepicker", initial_time="09:30", timezone="Europe/Berlin")),
    Case("timepicker at 24", menu("timepicker", initial_time="24:00"), f"{AT}/initial_time"),
    Case("datetimepicker", menu("datetimepicker", initial_date_time=1_795_000_000)),
    Case(
        "datetimepicker in milliseconds",
        menu("datetimepicker", initial_date_time=1_795_000_000_000),
        f"{AT}/initial_date_time",
        builders="laxer",
        why="the reference: 10 digits",
    ),
]


INPUTS = [
    Case(
        "an input with everything",
        modal(
            entry(
                {
                    "type": "plain_text_input",
                    "multiline": True,
                    "initial_value": "x",
                    "min_length": 0,
                    "max_length": 3000,
                    "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]},
                },
                hint=plain(),
                optional=True,
                dispatch_action=True,
            ),
            submit=plain(),
        ),
        surface="modal",
    ),
    Case(
        "a label of 2,001",
        modal(entry({"type": "plain_text_input"}, label=plain("x" * 2001)), submit=plain()),
        "/blocks/0/label/text",
        surface="modal",
    ),
    Case(
        "a hint with markup",
        modal(entry({"type": "plain_text_input"}, hint=mrkdwn()), submit=plain()),
        "/blocks/0/hint/type",
        surface="modal",
        builders="laxer",
        why=COERCED,
    ),
    Case(
        "a button as input",
        modal(entry({"type": "button", "text": plain()}), submit=plain()),
        f"{IN}/type",
        surface="modal",
    ),
    Case(
        "an input without element",
        modal({"type": "input", "label": plain()}, submit=plain()),
        IN,
        surface="modal",
    ),
    Case(
        "max_length of 3,001",
        asked("plain_text_input", max_length=3001),
        f"{IN}/max_length",
        surface="modal",
    ),
    Case(
        "min over max",
        asked("plain_text_input", min_length=9, max_length=8),
        f"{IN}/min_length",
        surface="modal",
    ),
    Case(
        "a boolean as length",
        asked("plain_text_input", max_length=True),
        f"{IN}/max_length",
        surface="modal",
        builders="laxer",
        why="in Python true is 1, in JSON it is not",
    ),
    Case(
        "dispatch on a whim",
        asked("plain_text_input", dispatch_action_config={"trigger_actions_on": ["on_whim"]}),
        f"{IN}/dispatch_action_config/trigger_actions_on/0",
        surface="modal",
    ),
    Case(
        "number input",
        asked(
            "number_input",
            is_decimal_allowed=True,
            initial_value="1.5",
            min_value="-2",
            max_value="10",
        ),
        surface="modal",
    ),
    Case(
        "number input without is_decimal_allowed",
        asked("number_input"),
        f"{IN}/is_decimal_allowed",
        surface="modal",
    ),
    Case(
        "number input min over max",
        asked("number_input", is_decimal_allowed=False, min_value="3", max_value="2"),
        f"{IN}/min_value",
        surface="modal",
    ),
    Case(
        "number input with a decimal",
        asked("number_input", is_decimal_allowed=False, initial_value="1.5"),
        f"{IN}/initial_value",
        surface="modal",
        builders="laxer",
        why="the builder does not read the initial value",
    ),
    Case(
        "number input with a word",
        asked("number_input", is_decimal_allowed=False, max_value="ten"),
        f"{IN}/max_value",
        surface="modal",
    ),
    Case(
        "email input", asked("email_text_input", initial_value="ada@example.com"), surface="modal"
    ),
    Case("url input", asked("url_text_input", placeholder=plain()), surface="modal"),
    Case("file input", asked("file_input", filetypes=["pdf"], max_files=10), surface="modal"),
    Case("file input of 11", asked("file_input", max_files=11), f"{IN}/max_files", surface="modal"),
    Case(
        "file input that dispatches",
        modal(entry({"type": "file_input"}, dispatch_action=True), submit=plain()),
        "/blocks/0/dispatch_action",
        surface="modal",
        builders="laxer",
        why="the reference: incompatible with file_input",
    ),
    Case(
        "rich text input",
        asked("rich_text_input", initial_value=rich(rich_section(words()))),
        surface="modal",
    ),
    Case("an input in a message", message(entry({"type": "plain_text_input"}))),
]
