"""How good the rules are, told only where nobody can be picked out of the numbers."""

from __future__ import annotations

import random
from itertools import count
from math import isclose

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.attributions.reports import AnswerFact, Cell, Report, beside, report, wilson
from bot.domain.ids import MemberId, SurveyId

SURVEYS = count(1)
RULE = "claude_code.address"


def answers(
    authors: range, *, ai: int, no: int, strong: tuple[str, ...] = (), weak: tuple[str, ...] = ()
) -> list[AnswerFact]:
    """Each author said so often that AI was involved, and so often that it was not."""
    return [
        AnswerFact(
            SurveyId(next(SURVEYS)), MemberId(author), said, frozenset(strong), frozenset(weak)
        )
        for author in authors
        for said in [True] * ai + [False] * no
    ]


def told(facts: list[AnswerFact]) -> Report:
    counted = report(facts, threshold=5)
    assert counted is not None
    return counted[0]


def test_precision_is_how_often_the_author_said_so_where_the_rule_matched() -> None:
    found = told(answers(range(6), ai=3, no=1, strong=(RULE,)))
    rate = found.precision[f"rule:{RULE}"]
    assert (rate.value, rate.n) == (0.75, 24)
    assert rate.low < 0.75 < rate.high
    assert found.precision["strong"] == found.precision["marked"] == rate


def test_recall_is_how_many_of_those_who_said_so_carried_a_mark() -> None:
    marked = answers(range(6), ai=3, no=1, strong=(RULE,))
    unmarked = answers(range(6), ai=1, no=2)
    found = told(marked + unmarked)
    assert found.recall is not None
    assert (found.recall.value, found.recall.n) == (18 / 24, 24)


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param([], id="nobody answered"),
        pytest.param(answers(range(4), ai=3, no=1, strong=(RULE,)), id="four authors"),
        pytest.param(answers(range(9), ai=3, no=0, strong=(RULE,)), id="all said the same"),
        pytest.param(answers(range(9), ai=0, no=3, strong=(RULE,)), id="none said so"),
        pytest.param(
            answers(range(6), ai=1, no=1, strong=(RULE,))
            + answers(range(1), ai=9, no=9, strong=(RULE,)),
            id="one person is more than half",
        ),
    ],
)
def test_what_would_tell_of_people_is_withheld(facts: list[AnswerFact]) -> None:
    found = told(facts)
    assert found.precision == {}
    assert found.recall is None


def test_a_rule_is_withheld_whose_difference_to_another_is_one_person() -> None:
    both = answers(range(6), ai=2, no=1, strong=(RULE, "claude_code.session"))
    one_more = answers(range(6, 7), ai=1, no=0, strong=(RULE,))
    found = told(both + one_more)
    assert f"rule:{RULE}" in found.precision
    assert "rule:claude_code.session" not in found.precision
    assert found.withheld == 1


def test_the_next_report_waits_until_enough_others_have_answered() -> None:
    first = answers(range(6), ai=2, no=1, strong=(RULE,))
    counted = report(first, threshold=5)
    assert counted is not None
    one_more = first + answers(range(6, 7), ai=1, no=0, strong=(RULE,))
    assert report(one_more, threshold=5, before=counted[1]) is None
    many_more = first + answers(range(6, 12), ai=1, no=1, strong=(RULE,))
    again = report(many_more, threshold=5, before=counted[1])
    assert again is not None
    assert again[0].precision["strong"].n == 30


def test_the_same_answers_give_the_same_report() -> None:
    facts = answers(range(6), ai=2, no=1, strong=(RULE,), weak=("cursor.branch",))
    first = report(facts, threshold=5)
    assert first is not None
    random.Random(7).shuffle(facts)
    assert report(facts, threshold=5, before=first[1]) == first


@pytest.mark.parametrize(
    ("share", "n", "low", "high"),
    [(0.5, 10, 0.2366, 0.7634), (0.0, 10, 0.0, 0.2775), (1.0, 1, 0.2065, 1.0)],
)
def test_the_interval_is_wilsons(share: float, n: int, low: float, high: float) -> None:
    found = wilson(share, n)
    assert isclose(found[0], low, abs_tol=5e-4)
    assert isclose(found[1], high, abs_tol=5e-4)


FACTS = st.lists(
    st.builds(
        AnswerFact,
        st.builds(lambda: SurveyId(next(SURVEYS))),
        st.integers(1, 9).map(MemberId),
        st.booleans(),
        st.frozensets(st.sampled_from([RULE, "amp.thread"]), max_size=2),
        st.frozensets(st.just("cursor.branch"), max_size=1),
    ),
    max_size=60,
)


@settings(max_examples=60, deadline=None)
@given(first=FACTS, more=FACTS)
def test_no_two_numbers_told_differ_by_few_people(
    first: list[AnswerFact], more: list[AnswerFact]
) -> None:
    counted = report(first, threshold=5)
    assert counted is not None
    basis = counted[1]
    later = report(first + more, threshold=5, before=basis)
    cells: list[Cell] = [*basis.values(), *(later[1].values() if later is not None else ())]
    assert all(len({said.author for said in cell}) >= 5 for cell in cells)
    assert all(0 < sum(said.said_ai for said in cell) < len(cell) for cell in cells)
    for one in cells:
        assert all(beside(one, other, 5) for other in cells)
