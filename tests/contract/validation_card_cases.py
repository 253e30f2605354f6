"""What Slack's documentation says about cards, containers and agents' blocks, case by case."""

from __future__ import annotations

from tests.contract.validation_cases import UNCHECKED
from tests.contract.validation_examples import (
    Case,
    button,
    card,
    container,
    home,
    image,
    message,
    modal,
    mrkdwn,
    plain,
    rich,
    rich_section,
    section,
    task,
    words,
)

CARDS = [
    Case(
        "card",
        message(
            card(
                subtitle=mrkdwn(),
                body=mrkdwn("x" * 200),
                icon=image(),
                hero_image=image(),
                actions=[button(action_id=f"a{i}") for i in range(3)],
            )
        ),
    ),
    Case(
        "card with 4 buttons",
        message(card(actions=[button(action_id=f"a{i}") for i in range(4)])),
        "/blocks/0/actions",
    ),
    Case("card title of 151", message(card(title=mrkdwn("x" * 151))), "/blocks/0/title/text"),
    Case("card body of 201", message(card(body=mrkdwn("x" * 201))), "/blocks/0/body/text"),
    Case("card with nothing", message({"type": "card", "subtitle": mrkdwn()}), "/blocks/0"),
    Case(
        "card with two icons",
        message(card(icon=image(), slack_icon={"type": "icon", "name": "rocket"})),
        "/blocks/0",
    ),
    Case("card in a modal", modal(card()), surface="modal"),
    Case(
        "two equal action ids on a card",
        message(card(actions=[button(), button()])),
        "/blocks/0/actions/1/action_id",
        builders="laxer",
        why="the builder does not compare",
    ),
    Case("carousel", message({"type": "carousel", "elements": [card()] * 10})),
    Case(
        "carousel of 11",
        message({"type": "carousel", "elements": [card()] * 11}),
        "/blocks/0/elements",
    ),
    Case("carousel of none", message({"type": "carousel", "elements": []}), "/blocks/0/elements"),
    Case(
        "carousel of sections",
        message({"type": "carousel", "elements": [section()]}),
        "/blocks/0/elements/0/type",
    ),
    Case(
        "two equal block ids in a carousel",
        message({"type": "carousel", "elements": [card(block_id="a"), card(block_id="a")]}),
        "/blocks/0/elements/1/block_id",
        builders="laxer",
        why="the builder compares the outer blocks only",
    ),
    Case(
        "container",
        message(
            container(
                section(),
                is_collapsible=True,
                default_collapsed=True,
                width="wide",
                subtitle=plain(),
            )
        ),
    ),
    Case("container of 11", message(container(*[section()] * 11)), "/blocks/0/child_blocks"),
    Case(
        "container in a container",
        message(container(container(section()))),
        "/blocks/0/child_blocks/0/type",
    ),
    Case(
        "container without title",
        message({"type": "container", "child_blocks": [section()]}),
        "/blocks/0",
    ),
    Case(
        "container collapsed for ever",
        message(container(section(), default_collapsed=True)),
        "/blocks/0/default_collapsed",
    ),
    Case(
        "container collapsible with a divider",
        message(container(section(), is_collapsible=True, has_header_divider=True)),
        "/blocks/0/has_header_divider",
    ),
    Case(
        "alert",
        modal({"type": "alert", "text": plain("x" * 200), "level": "warning"}),
        surface="modal",
    ),
    Case(
        "alert of 201",
        modal({"type": "alert", "text": plain("x" * 201)}),
        "/blocks/0/text/text",
        surface="modal",
    ),
    Case(
        "alert at an unknown level",
        modal({"type": "alert", "text": plain(), "level": "loud"}),
        "/blocks/0/level",
        surface="modal",
    ),
    Case("alert in a message", message({"type": "alert", "text": plain()}), "/blocks/0/type"),
]


def feedback(**extra: object) -> dict[str, object]:
    yes, no = ({"text": plain(text), "value": text} for text in ("Good", "Bad"))
    return {
        "type": "feedback_buttons",
        "action_id": "f",
        "positive_button": yes,
        "negative_button": no,
        **extra,
    }


def footnote(*elements: object) -> dict[str, object]:
    return {"type": "context_actions", "elements": list(elements)}


def bin_button(number: int = 0, **extra: object) -> dict[str, object]:
    return {
        "type": "icon_button",
        "icon": "trash",
        "text": plain("Delete"),
        "action_id": f"bin{number}",
        **extra,
    }


AGENTS = [
    Case("context actions", message(footnote(feedback(), bin_button(value="1")))),
    Case(
        "context actions of 6",
        message(footnote(*[bin_button(i) for i in range(6)])),
        "/blocks/0/elements",
    ),
    Case(
        "context actions with a plain button",
        message(footnote(button())),
        "/blocks/0/elements/0/type",
    ),
    Case("context actions in a home", home(footnote(feedback())), "/blocks/0/type", surface="home"),
    Case(
        "an icon that does not exist",
        message(footnote(bin_button(icon="star"))),
        "/blocks/0/elements/0/icon",
    ),
    Case(
        "half a feedback",
        message(
            footnote(
                {"type": "feedback_buttons", "positive_button": {"text": plain(), "value": "1"}}
            )
        ),
        "/blocks/0/elements/0/negative_button",
    ),
    Case(
        "task card",
        message(
            {
                "type": "task_card",
                **task(
                    details=rich(rich_section(words())),
                    sources=[{"type": "url", "url": "https://example.com", "text": "there"}],
                ),
            }
        ),
    ),
    Case(
        "task card that waits",
        message({"type": "task_card", **task("pending")}),
        "/blocks/0/status",
    ),
    Case(
        "task card of unknown state",
        message({"type": "task_card", **task("lost")}),
        "/blocks/0/status",
    ),
    Case(
        "task card with a script",
        message(
            {
                "type": "task_card",
                **task(sources=[{"type": "url", "url": "javascript:1", "text": "there"}]),
            }
        ),
        "/blocks/0/sources/0/url",
        builders="laxer",
        why=UNCHECKED,
    ),
    Case(
        "plan",
        message({"type": "plan", "title": "Plan", "tasks": [task("pending"), task(task_id="t2")]}),
    ),
    Case(
        "plan of 51",
        message(
            {"type": "plan", "title": "Plan", "tasks": [task(task_id=f"t{i}") for i in range(51)]}
        ),
        "/blocks/0/tasks",
    ),
    Case(
        "plan with one task twice",
        message({"type": "plan", "title": "Plan", "tasks": [task(), task()]}),
        "/blocks/0/tasks/1/task_id",
    ),
    Case(
        "plan in a home",
        home({"type": "plan", "title": "Plan", "tasks": []}),
        "/blocks/0/type",
        surface="home",
    ),
]
