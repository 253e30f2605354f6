"""What people read about connections: one line each, what to do, nothing that commands Slack."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.domain.connections import Connection, ConnectionKind, ConnectionState
from bot.views import githubs as pages
from bot.views.connections import (
    cannot_ask,
    not_kept,
    token_kept,
    trouble,
    trouble_over,
    what_is_wrong,
    what_to_do,
)
from playground.validation import problems

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TROUBLES = [state for state in ConnectionState if state is not ConnectionState.ACTIVE]


def connection(
    state: ConnectionState, kind: ConnectionKind = ConnectionKind.APP, account: str = "acme"
) -> Connection:
    return Connection(1, kind, account, state, NOON, missing=("members:read",))


@pytest.mark.parametrize("kind", ConnectionKind)
@pytest.mark.parametrize("state", TROUBLES)
def test_every_trouble_says_what_to_do(kind: ConnectionKind, state: ConnectionState) -> None:
    message = trouble(connection(state, kind))
    assert problems(message, surface="message") == []
    told = what_to_do(kind, state, "acme", ("members:read",))
    assert told in str(message["blocks"])
    assert told.endswith(".")
    assert what_is_wrong(kind, state) in message["text"]


@pytest.mark.parametrize("state", ConnectionState)
def test_what_became_of_a_trouble_is_said_in_its_place(state: ConnectionState) -> None:
    before = connection(ConnectionState.SUSPENDED)
    message = trouble_over(before, connection(state))
    assert problems(message, surface="message") == []
    assert ("works again" in message["text"]) is (state is ConnectionState.ACTIVE)
    assert "is suspended" in str(message["blocks"])


def test_what_works_needs_nothing() -> None:
    assert what_to_do(ConnectionKind.APP, ConnectionState.ACTIVE, "acme") == ""
    assert "works" in token_kept(connection(ConnectionState.ACTIVE))["text"]
    lacking = token_kept(connection(ConnectionState.SCOPE_MISSING, ConnectionKind.TOKEN))
    assert "lacks something" in lacking["text"]


def test_names_from_outside_command_nothing() -> None:
    hostile = connection(ConnectionState.REVOKED, ConnectionKind.TOKEN, "<!channel>")
    for message in (trouble(hostile), trouble_over(hostile, hostile), token_kept(hostile)):
        assert "<!channel>" not in str(message)


@pytest.mark.parametrize("reason", ["no_app", "secret_locked", "HTTP 422"])
def test_what_keeps_us_from_asking_is_said(reason: str) -> None:
    assert cannot_ask(reason).endswith(".")


@pytest.mark.parametrize(
    ("state", "missing", "words"),
    [
        (ConnectionState.SCOPE_MISSING, ("contents:read",), "Missing: contents:read"),
        (ConnectionState.SCOPE_MISSING, (), "no such account"),
        (ConnectionState.REVOKED, (), "does not take that token"),
    ],
)
def test_a_token_that_is_not_kept(
    state: ConnectionState, missing: tuple[str, ...], words: str
) -> None:
    assert words in not_kept("acme", state, missing)


def test_a_word_of_githubs_is_shown_and_markup_is_not() -> None:
    assert "The word for it: no_app." in pages.refused("no_app").small
    assert "GitHub's word for it: server_error." in pages.refused("server_error").small
    assert "GitHub's word for it: no." in pages.refused("<b>").small


def test_what_github_did_not_give_is_listed() -> None:
    assert pages.connected("acme", ("members:read",)).items == ("members:read",)
    assert pages.connected("acme", ()).items == ()
    assert "owner" in pages.not_yours("not_owner").lines[0]
    assert "does not show" in pages.not_yours("not_theirs").lines[0]
    assert pages.not_stored().title == "Hunch cannot store anything"
    assert pages.before_link("", "", "/x").button is not None
