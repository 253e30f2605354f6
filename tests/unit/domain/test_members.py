from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import GithubLogin, MemberId
from bot.domain.members import (
    Claim,
    LinkState,
    can_be_asked,
    names_allowed,
    resolve_claims,
)
from tests.unit.domain.makers import NOON, a_member

CLAIMED, CONFIRMED, BLOCKED = LinkState.CLAIMED, LinkState.CONFIRMED, LinkState.BLOCKED


def a_claim(login: str, member: int, state: LinkState = CLAIMED) -> Claim:
    return Claim(GithubLogin(login), MemberId(member), state, "member")


@pytest.mark.parametrize(
    ("choice", "opt_in", "introduced", "named"),
    [
        (None, False, True, True),
        (None, False, False, False),
        (None, True, True, False),
        (True, True, True, True),
        (True, False, False, True),
        (False, False, True, False),
        (False, True, True, False),
    ],
)
def test_who_may_be_named(choice: bool | None, opt_in: bool, introduced: bool, named: bool) -> None:
    member = a_member(name_shown=choice, introduced_at=NOON if introduced else None)
    assert names_allowed(member, opt_in=opt_in) is named


@pytest.mark.parametrize("gone", ["excluded", "departed"])
def test_nobody_is_named_who_is_excluded_or_gone(gone: str) -> None:
    assert not names_allowed(a_member(name_shown=True, **{gone: True}), opt_in=False)


@pytest.mark.parametrize(
    "changes",
    [{"excluded": True}, {"departed": True}, {"stopped_at": NOON}, {"slack_user_id": None}],
)
def test_some_people_are_never_asked(changes: dict[str, Any]) -> None:
    assert can_be_asked(a_member())
    assert not can_be_asked(replace(a_member(), **changes))


def test_snoozing_is_no_stop() -> None:
    assert can_be_asked(a_member(snoozed_until=NOON))


def test_two_claims_on_one_login_block_both() -> None:
    resolved = resolve_claims([a_claim("ada", 1), a_claim("bob", 3), a_claim("ada", 2)])
    assert [c.state for c in resolved] == [BLOCKED, CLAIMED, BLOCKED]


def test_a_claim_on_somebody_elses_confirmed_login_is_blocked_and_the_link_stays() -> None:
    resolved = resolve_claims([a_claim("ada", 1, CONFIRMED), a_claim("ada", 2)])
    assert [c.state for c in resolved] == [CONFIRMED, BLOCKED]


def test_a_newcomer_is_blocked_by_an_older_dispute() -> None:
    resolved = resolve_claims([a_claim("ada", 1, BLOCKED), a_claim("ada", 2)])
    assert [c.state for c in resolved] == [BLOCKED, BLOCKED]


def test_one_person_may_claim_several_logins_and_say_so_twice() -> None:
    claims = (a_claim("ada", 1), a_claim("ada", 1), a_claim("ada-at-work", 1))
    assert resolve_claims(claims) == claims


claims = st.lists(
    st.builds(
        a_claim,
        st.sampled_from(["ada", "bob"]),
        st.integers(1, 3),
        st.sampled_from(LinkState),
    ),
    max_size=6,
)


@given(claims)
def test_resolving_twice_changes_nothing_and_never_touches_a_confirmed_link(
    listed: list[Claim],
) -> None:
    once = resolve_claims(listed)
    assert resolve_claims(once) == once
    assert [c for c in once if c.state is CONFIRMED] == [c for c in listed if c.state is CONFIRMED]


@given(claims)
def test_no_claim_stays_open_beside_a_rival(listed: list[Claim]) -> None:
    for claim in resolve_claims(listed):
        rivals = [c for c in listed if c.login == claim.login and c.member_id != claim.member_id]
        assert claim.state is not CLAIMED or not rivals
