"""Every tool in the registry: complete, its own, and shown to work by an example."""

from __future__ import annotations

import pytest

from bot.domain.attributions import signals_of
from bot.domain.attributions.marks import Marks
from bot.domain.attributions.tools import TOOLS, checked
from tests.unit.domain.test_attributions import LINES, TRAILERS

EXAMPLES = [*LINES, *((f"trailer:{tool}", line) for tool, line in TRAILERS)]


def _credit(line: str) -> str:
    name, _, address = line.partition(": ")[2].partition(" <")
    return f"{name} <{address or '>'}"


@pytest.mark.parametrize("marks", TOOLS, ids=lambda marks: marks.tool)
def test_every_mark_of_a_tool_has_an_example(marks: Marks) -> None:
    shown = [line for signal, line in EXAMPLES if signal.endswith(f":{marks.tool}")]
    named = (marks.lines, marks.weak_lines, marks.review_lines)
    for pattern in (*(line for lines in named for line in lines.values()), *marks.links):
        assert any(pattern.search(line) for line in shown), pattern.pattern
    for pattern in (*marks.credits, *marks.weak_credits):
        assert any(pattern.match(_credit(line)) for line in shown), pattern.pattern
    for email in (*marks.emails, *marks.weak_emails):
        assert any(f"<{email}>" in line for line in shown), email


@pytest.mark.parametrize("marks", TOOLS, ids=lambda marks: marks.tool)
def test_a_tool_has_some_mark_and_is_written_in_lower_case(marks: Marks) -> None:
    texts = (marks.tool, *marks.logins, *marks.bare_logins, *marks.emails, *marks.branch_heads)
    assert all(text == text.lower() for text in texts)
    assert set(marks.bare_logins) <= set(marks.logins)
    assert len(texts) + len(marks.lines) > 1 or marks.credits


def test_tools_come_in_sorted_order() -> None:
    names = [marks.tool for marks in TOOLS]
    assert names == sorted(names)
    assert len(names) == 19


@pytest.mark.parametrize(
    "rival",
    [
        Marks("mine", "Mine"),
        Marks("yours", "Yours", logins=("me",)),
        Marks("yours", "Yours", github_ids=(7,)),
        Marks("yours", "Yours", emails=("me@example.com",)),
        Marks("yours", "Yours", branch_heads=("me",)),
    ],
)
def test_two_tools_cannot_claim_the_same(rival: Marks) -> None:
    mine = Marks(
        "mine",
        "Mine",
        logins=("me",),
        github_ids=(7,),
        emails=("me@example.com",),
        branch_heads=("me",),
    )
    with pytest.raises(ValueError, match="two tools claim"):
        checked([mine, rival])


HOSTILE = [
    "Co-authored-by:" + " " * 60_000 + "<x",
    "Agent-Logs-Url: " + "*" * 60_000 + " x",
    "Assisted-by: Gemini:" + "a" * 60_000,
    "Co-authored-by: Claude 4" + " (" * 30_000,
    "```\n" * 15_000,
    ("~~~\n```\n" + " " * 100) * 500,
    "<sub>" * 12_000,
    "https://www." * 5_000,
    "a\n" * 30_000,
    "_ \n" * 20_000,
    "Reviewed-by: \n" * 4_000,
]


@pytest.mark.timeout(20)
@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
def test_the_longest_hostile_body_is_read_in_no_time(body: str) -> None:
    signs = signals_of(author_login="ada", body=body[:65_536], head_ref="x", title="x")
    assert signs == frozenset()
