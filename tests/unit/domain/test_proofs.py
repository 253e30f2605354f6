"""GitHub's word on whose account it is beats everybody's, whatever was said before."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import GithubLogin, MemberId
from bot.domain.members import PROVEN, Claim, LinkState, is_proven, prove

LOGINS = st.sampled_from([GithubLogin(name) for name in ("ada", "grace", "linus")])
PEOPLE = st.integers(1, 3).map(MemberId)
CLAIMS = st.builds(
    Claim, LOGINS, PEOPLE, st.sampled_from(LinkState), st.sampled_from(["admin", "member", PROVEN])
)
KNOWN = st.lists(CLAIMS, max_size=6, unique_by=lambda one: (one.login, one.member_id))


def said_of(login: GithubLogin, member_id: MemberId, claims: Sequence[Claim]) -> list[Claim]:
    return [one for one in claims if one.login == login or one.member_id == member_id]


def after(login: GithubLogin, member_id: MemberId, claims: Sequence[Claim]) -> list[Claim]:
    proof = prove(login, member_id, said_of(login, member_id, claims))
    same = (login, member_id)
    kept = [c for c in claims if c not in proof.ended and (c.login, c.member_id) != same]
    return [*kept, proof.link]


@given(LOGINS, PEOPLE, KNOWN)
def test_the_account_is_theirs_and_nobody_elses(
    login: GithubLogin, member_id: MemberId, claims: list[Claim]
) -> None:
    now = after(login, member_id, claims)
    assert [one for one in now if one.login == login] == [now[-1]]
    assert [one for one in now if one.member_id == member_id] == [now[-1]]
    assert is_proven(now[-1])


@given(LOGINS, PEOPLE, KNOWN)
def test_doing_it_twice_changes_nothing(
    login: GithubLogin, member_id: MemberId, claims: list[Claim]
) -> None:
    once = after(login, member_id, claims)
    assert after(login, member_id, once) == once
    assert prove(login, member_id, said_of(login, member_id, once)).ended == ()


@given(LOGINS, PEOPLE, KNOWN)
def test_what_is_said_of_others_stays(
    login: GithubLogin, member_id: MemberId, claims: list[Claim]
) -> None:
    others = [one for one in claims if one.login != login and one.member_id != member_id]
    assert [one for one in after(login, member_id, claims) if one.login != login] == others


@given(LOGINS, st.lists(PEOPLE, min_size=2, max_size=2, unique=True), KNOWN)
def test_of_two_proofs_the_newer_one_holds(
    login: GithubLogin, people: list[MemberId], claims: list[Claim]
) -> None:
    first, second = people
    now = after(login, second, after(login, first, claims))
    assert [one.member_id for one in now if one.login == login] == [second]


def test_only_a_confirmed_link_by_sign_in_is_proven() -> None:
    login, member_id = GithubLogin("ada"), MemberId(1)
    assert is_proven(Claim(login, member_id, LinkState.CONFIRMED, PROVEN))
    assert not is_proven(Claim(login, member_id, LinkState.CONFIRMED, "admin"))
    assert not is_proven(Claim(login, member_id, LinkState.BLOCKED, PROVEN))
