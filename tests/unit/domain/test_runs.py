"""What may follow what in a run, and what of its errors is fit to be shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.runs import (
    LONGEST_LINE,
    Event,
    State,
    after,
    fix_for,
    one_line,
    pause_before,
)

events = st.lists(st.sampled_from(Event), max_size=40)


def walk(story: list[Event]) -> list[State]:
    """The states a run goes through if these things happen, as far as they can."""
    states = [State.PENDING]
    for event in story:
        following = after(states[-1], event)
        if following is not None:
            states.append(following)
    return states


@given(events)
def test_what_has_done_its_work_stays_so(story: list[Event]) -> None:
    states = walk(story)
    for final in (State.SUCCEEDED, State.NO_WORK):
        assert final not in states[:-1]


@given(events)
def test_what_has_ended_goes_on_by_a_retry_only(story: list[Event]) -> None:
    state = State.PENDING
    for event in story:
        following = after(state, event)
        if not state.is_active and following is not None:
            assert (event, following) == (Event.RETRY, State.PENDING)
        state = following or state


@given(events)
def test_nothing_succeeds_without_having_been_begun(story: list[Event]) -> None:
    for before, state in zip(walk(story), walk(story)[1:], strict=False):
        if state in (State.SUCCEEDED, State.NO_WORK, State.RETRYING):
            assert before is State.RUNNING


@given(events)
def test_whatever_happened_a_run_can_be_ended(story: list[Event]) -> None:
    state = walk(story)[-1]
    assert not state.is_active or after(state, Event.CANCEL) is State.CANCELLED


@given(st.integers(1, 10_000))
def test_pauses_grow_up_to_five_minutes(attempt: int) -> None:
    assert 1 <= pause_before(attempt).total_seconds() <= 300
    assert pause_before(attempt) <= pause_before(attempt + 1)


@given(st.text(max_size=2000))
def test_an_error_is_one_line_of_a_bearable_length(text: str) -> None:
    line = one_line(text)
    assert len(line) <= LONGEST_LINE
    assert len(line.splitlines()) <= 1


@pytest.mark.parametrize(
    "secret",
    [
        "ghp_abcdefghijklmnop",
        "ghs_abcdefghijklmnop",
        "github_pat_11ABCDEFG_xyz",
        "xoxb-1234-abcd",  # pragma: allowlist secret
        "xapp-1-A1-2-abc",
        "eyJhbGciOi.eyJpc3Mi.c2lnbmF0dXJl",
    ],
)
def test_what_looks_like_a_secret_is_hidden(secret: str) -> None:
    assert one_line(f"401 with\n{secret}.") == "401 with [hidden]."


def test_what_a_web_address_lets_in_with_is_hidden() -> None:
    said = one_line("401 at https://me:word@github.com/acme")  # pragma: allowlist secret
    assert said == "401 at https://[hidden]github.com/acme"


def test_a_header_with_a_token_is_hidden_whatever_the_token_looks_like() -> None:
    assert one_line("Authorization: Bearer abcdefgh12345") == "Authorization: Bearer [hidden]"


def test_every_refusal_ends_with_what_to_do() -> None:
    for reason in ("revoked", "suspended", "scope_missing", "not_found", "gone", "odd_reason"):
        assert fix_for(reason).endswith("then retry.")
    assert "odd_reason" in fix_for("odd_reason")
