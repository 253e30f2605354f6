"""Only what we understand of a payload gets through, and each of it is of the right kind."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from handlers.clicks import read_click, typed
from handlers.payloads import text, understood

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)
_CLICK: dict[str, Any] = {
    "type": "block_actions",
    "team": {"id": "T1"},
    "user": {"id": "U1", "name": "ada"},
    "actions": [{"action_id": "survey.answer.no", "block_id": "part:7:answer", "action_ts": "1.2"}],
    "response_url": "https://hooks.slack.com/x",
    "unknown": {"deep": [1, 2, 3]},
}


@given(_JSON)
def test_anything_is_understood_or_not_but_never_breaks(sent: object) -> None:
    payload = understood(sent)
    assert payload is None or isinstance(payload["team_id"], str)


@given(st.dictionaries(st.sampled_from(["type", "user", "actions", "view", "event"]), _JSON))
def test_anything_under_the_names_we_know(changes: dict[str, Any]) -> None:
    payload = understood(_CLICK | changes)
    if payload is not None and "actions" in payload:
        assert read_click(payload).user


@given(_JSON)
def test_a_view_of_any_shape_gives_a_text(state: object) -> None:
    read = typed({"state": state}, "login", "value")
    read.encode()
    assert "\0" not in read


def test_what_we_do_not_know_is_dropped() -> None:
    payload = understood(_CLICK)
    assert payload is not None
    known = {"type", "user", "actions", "response_url", "team_id", "enterprise_id"}
    assert set(payload) == known
    assert payload["user"] == {"id": "U1"}


def test_a_click_says_who_did_what_where() -> None:
    click = read_click(understood(_CLICK) or {})
    assert (click.workspace_id, click.user, click.action_id) == ("T1", "U1", "survey.answer.no")
    assert (click.block_id, click.value, click.ticked) == ("part:7:answer", "", ())
    assert click.key == "U1:survey.answer.no:1.2"
    assert not click.in_home


def test_texts_are_cut_and_cleaned() -> None:
    assert text("a\0b\ud800c") == "abc"
    assert len(text("x" * 9999)) == 3000
    assert text(5) == text(None) == text(["x"]) == ""


def test_the_workspace_is_where_we_are_installed_not_where_people_come_from() -> None:
    shared = _CLICK | {"user": {"id": "U1", "team_id": "T2"}}
    event = {"type": "event_callback", "event": {"type": "message"}, "team_id": "T2"}
    modal = {
        "type": "view_submission",
        "user": {"id": "U1"},
        "team": {"id": "T2"},
        "view": {"callback_id": "x", "app_installed_team_id": "T1"},
    }
    found = [
        understood(shared),
        understood(event | {"authorizations": [{"team_id": "T1"}]}),
        understood(modal),
        understood(_CLICK | {"team": None, "user": {"id": "U1", "team_id": "T1"}}),
    ]
    assert [payload and payload["team_id"] for payload in found] == ["T1"] * 4
