"""What strangers type is shown as mere text."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.views.texts import address, counted, day, escaped, fitting, link, moment, one_line


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("<!channel> & <@U012AB3CD>", "&lt;!channel&gt; &amp; &lt;@U012AB3CD&gt;"),
        ("two\nlines\tand\u2028more", "two lines and more"),
        ("zero\u200bwidth\u2060\ufeff", "zerowidth"),
        ("\u202egnp.exe\u2066", "gnp.exe"),
        ("tag\U000e0041\U000e007f", "tag"),
        ("soft\u00adhyphen\x00\x1b[31m", "softhyphen[31m"),
        ("lone \ud800 surrogate", "lone surrogate"),
        ("blank\u3164\u2800", "blank"),
        ("مرحبا بالعالم", "مرحبا بالعالم"),
        ("🎉 done", "🎉 done"),
        ("", "(no title)"),
        (" \u200b ", "(no title)"),
    ],
)
def test_typed_text_becomes_text_that_does_nothing(typed: str, shown: str) -> None:
    assert escaped(typed) == shown


def test_long_text_ends_in_an_ellipsis() -> None:
    assert escaped("x" * 151) == "x" * 149 + "…"
    assert escaped("x" * 150) == "x" * 150


def test_text_is_cut_before_it_is_escaped_so_that_no_entity_is_split() -> None:
    assert escaped("&" * 200, 3) == "&amp;&amp;…"


@settings(deadline=None)
@given(st.text(max_size=400))
def test_no_text_can_open_a_mention_or_a_link(typed: str) -> None:
    shown = escaped(typed)
    assert "<" not in shown
    assert ">" not in shown
    assert shown == escaped(typed)
    assert not {unicodedata.category(char) for char in shown} & {"Cc", "Cf", "Co", "Cs"}


@settings(deadline=None)
@given(st.text(max_size=50))
def test_one_line_is_one_line_and_cleaning_twice_changes_nothing(typed: str) -> None:
    assert len(one_line(typed).splitlines()) <= 1
    assert one_line(one_line(typed)) == one_line(typed)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "javascript:alert(1)",
        "https://",
        "https://[oops",
        "/acme/parser/pull/1",
        "",
        "https://example.com/" + "x" * 2000,
    ],
)
def test_only_a_full_https_address_becomes_a_link(url: str) -> None:
    assert address(url) is None
    assert link(url, "label") == "label"


def test_an_address_cannot_break_out_of_its_link() -> None:
    assert link("https://example.com/a|b> <!here>?x=1&y=2", "label") == (
        "<https://example.com/a%7Cb%3E%20%3C!here%3E?x=1&amp;y=2|label>"
    )


@pytest.mark.parametrize(
    ("markup", "limit", "cut"),
    [
        ("short", 10, "short"),
        ("one two three", 9, "one two…"),
        ("see <https://example.com|this>", 12, "see…"),
        ("Tom &amp; Jerry", 8, "Tom…"),
        ("<https://a.b|c> and more", 18, "<https://a.b|c> a…"),
    ],
)
def test_markup_is_cut_where_nothing_breaks(markup: str, limit: int, cut: str) -> None:
    assert fitting(markup, limit) == cut


def test_moments_are_told_on_the_readers_clock() -> None:
    at = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert moment(at, "Europe/Berlin") == "Mon 23 Nov, 00:30"
    assert day(at, "America/New_York") == "Sun 22 Nov"


def test_counting_knows_one_from_many() -> None:
    assert [counted(n, "guess", "guesses") for n in (0, 1, 2)] == [
        "0 guesses",
        "1 guess",
        "2 guesses",
    ]
    assert counted(2, "answer") == "2 answers"
    assert counted(10_485, "pull request") == "10,485 pull requests"
