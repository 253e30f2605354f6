"""The validator follows Slack's documentation, and a third party agrees with it."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.validation import Problem, problems
from tests.contract import slackblocks_opinion
from tests.contract.validation_card_cases import AGENTS, CARDS
from tests.contract.validation_cases import BLOCKS, RICH, TEXTS
from tests.contract.validation_examples import Case, actions, button, message, modal, plain, section
from tests.contract.validation_input_cases import CHOICES, INPUTS, PICKERS
from tests.contract.validation_menu_cases import SELECTS
from tests.contract.validation_newer_cases import CHARTS, TABLES
from tests.contract.validation_payload_cases import BUTTONS, PAYLOADS

CASES = [
    *TEXTS, *BLOCKS, *RICH, *PAYLOADS, *BUTTONS,
    *SELECTS, *CHOICES, *PICKERS, *INPUTS,
    *TABLES, *CHARTS, *CARDS, *AGENTS,
]  # fmt: skip

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)
accepted = [case for case in CASES if case.pointer is None]


@every_case
def test_the_validator_says_what_the_documentation_says(case: Case) -> None:
    found = problems(case.payload, surface=case.surface)
    assert [problem.pointer for problem in found[:1]] == (
        [] if case.pointer is None else [case.pointer]
    ), found


@every_case
def test_the_builders_of_slackblocks_agree_unless_the_case_says_why_not(case: Case) -> None:
    taken = slackblocks_opinion.takes(deepcopy(case.payload), case.surface)
    expected = case.pointer is None
    assert taken == (expected if not case.builders else not expected)
    assert bool(case.builders) == bool(case.why)
    assert not case.builders or (case.builders == "stricter") == expected


def test_a_case_has_a_name_of_its_own() -> None:
    names = [case.name for case in CASES]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("case", accepted, ids=lambda case: case.name)
def test_an_unknown_field_is_refused_wherever_it_is_put(case: Case) -> None:
    payload = deepcopy(case.payload)
    for pointer, where in _objects(payload, ""):
        where["surprise"] = 1
        found = problems(payload, surface=case.surface)
        del where["surprise"]
        assert f"{pointer}/surprise" in [problem.pointer for problem in found]


def _objects(value: Any, pointer: str) -> list[tuple[str, dict[str, Any]]]:
    pairs: Iterable[tuple[Any, Any]] = value.items() if isinstance(value, dict) else ()
    pairs = enumerate(value[:2]) if isinstance(value, list) else pairs
    own = [(pointer, value)] if isinstance(value, dict) else []
    inner = [(key, one) for key, one in pairs if key != "event_payload"]
    return [*own, *(found for key, one in inner for found in _objects(one, f"{pointer}/{key}"))]


@settings(deadline=None)
@given(json_values, st.sampled_from(["message", "modal", "home"]))
def test_no_payload_makes_the_validator_stumble(payload: Any, surface: Any) -> None:
    assert isinstance(problems(payload, surface=surface), list)


@settings(deadline=None)
@given(json_values, st.sampled_from(accepted))
def test_no_value_in_a_field_makes_the_validator_stumble(value: Any, case: Case) -> None:
    payload = deepcopy(case.payload)
    for block in payload.get("blocks", ()):
        block[sorted(block)[-1]] = value
    assert isinstance(problems(payload, surface=case.surface), list)


@settings(deadline=None)
@given(st.integers(1, 4000))
def test_a_section_takes_3000_characters_and_not_one_more(length: int) -> None:
    text = {"type": "mrkdwn", "text": "x" * length}
    found = problems(message({"type": "section", "text": text}), surface="message")
    assert (found == []) == (length <= 3000)


def test_a_problem_says_where_and_what() -> None:
    payload = message(section(), actions(button(), button(text=plain("x" * 76))))
    assert problems(payload, surface="message") == [
        Problem("/blocks/1/elements/1/text/text", "must have at most 75 characters, has 76")
    ]


def test_a_pointer_escapes_what_a_key_may_hold() -> None:
    found = problems(modal(**{"a/b~c": 1}), surface="modal")
    assert [problem.pointer for problem in found] == ["/a~1b~0c"]


def test_every_problem_of_the_parts_is_told_at_once() -> None:
    payload = message({"type": "header"}, {"type": "marquee"}, section(colour="red"))
    assert [problem.pointer for problem in problems(payload, surface="message")] == [
        "/blocks/0/text",
        "/blocks/1/type",
        "/blocks/2/colour",
    ]


def test_blocks_in_attachments_are_checked_too() -> None:
    payload = {
        "text": "x",
        "blocks": [section(block_id="a")],
        "attachments": [{"color": "#123456", "blocks": [section(block_id="a")]}],
    }
    found = problems(payload, surface="message")
    assert [problem.pointer for problem in found] == ["/attachments/0/blocks/0/block_id"]
