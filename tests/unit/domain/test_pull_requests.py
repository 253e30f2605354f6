from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.pull_requests import (
    ActorKind,
    Review,
    ReviewState,
    approvers,
)
from tests.unit.domain.makers import ADA, NOON, a_review, account, bot_account

BOB = account("bob")
CARL = account("carl")

APPROVED = ReviewState.APPROVED
CHANGES = ReviewState.CHANGES_REQUESTED
COMMENTED = ReviewState.COMMENTED
DISMISSED = ReviewState.DISMISSED
PENDING = ReviewState.PENDING


@pytest.mark.parametrize(
    ("states", "approves"),
    [
        ([], False),
        ([APPROVED], True),
        ([CHANGES], False),
        ([COMMENTED], False),
        ([PENDING], False),
        ([DISMISSED], False),
        ([APPROVED, CHANGES], False),
        ([CHANGES, APPROVED], True),
        ([APPROVED, COMMENTED], True),
        ([APPROVED, PENDING], True),
        ([CHANGES, COMMENTED], False),
        ([APPROVED, DISMISSED], True),
        ([CHANGES, DISMISSED], False),
        ([DISMISSED, APPROVED], True),
    ],
)
def test_the_latest_verdict_that_was_not_dismissed_decides(
    states: list[ReviewState], approves: bool
) -> None:
    reviews = [a_review(BOB, state, hour=n, review_id=n) for n, state in enumerate(states)]
    assert approvers(reviews, author=ADA) == ((BOB,) if approves else ())


def test_reviews_may_be_given_in_any_order() -> None:
    reviews = [
        a_review(BOB, APPROVED, hour=1, review_id=1),
        a_review(BOB, CHANGES, hour=2, review_id=2),
        a_review(CARL, CHANGES, hour=1, review_id=3),
        a_review(CARL, APPROVED, hour=1, review_id=4),
    ]
    assert {approvers(order, author=ADA) for order in permutations(reviews)} == {(CARL,)}


def test_approvers_come_sorted_by_login_and_only_once() -> None:
    reviews = [a_review(who, APPROVED, hour=n) for n, who in enumerate([CARL, BOB, CARL])]
    assert approvers(reviews, author=ADA) == (BOB, CARL)


def test_an_approval_of_ones_own_work_is_kept_for_the_combined_message() -> None:
    assert approvers([a_review(ADA, APPROVED)], author=ADA) == (ADA,)


def test_machines_never_approve() -> None:
    machines = [bot_account("coderabbitai[bot]"), account("acme", kind=ActorKind.OTHER)]
    assert approvers([a_review(who, APPROVED) for who in machines], author=ADA) == ()


@given(st.lists(st.tuples(st.sampled_from([BOB, CARL]), st.sampled_from(ReviewState))))
def test_nobody_approves_who_never_sent_an_approval(
    sent: list[tuple[object, ReviewState]],
) -> None:
    reviews = [Review(n, who, state, NOON) for n, (who, state) in enumerate(sent)]  # type: ignore[arg-type]
    said_yes = {r.reviewer for r in reviews if r.state is APPROVED}
    assert set(approvers(reviews, author=ADA)) <= said_yes
