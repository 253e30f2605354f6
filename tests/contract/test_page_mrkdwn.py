"""The page shows Slack's markup as Slack does, and nothing anybody types becomes HTML."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from playground.page.emojis import emoji_named, with_emoji
from playground.page.markdown import render_markdown
from playground.page.mrkdwn import render_mrkdwn, render_plain
from playground.page.names import initials_of
from playground.page.rich_texts import render_rich_text
from tests.contract.page_support import Seen, names

HARMLESS = {
    *("a", "bdi", "blockquote", "br", "code", "em", "hr", "li", "ol", "p", "pre", "s", "span"),
    *("strong", "table", "tbody", "td", "th", "thead", "tr", "u", "ul", "div"),
}
NASTY = st.lists(
    st.sampled_from(
        [
            *("<", ">", '"', "'", "&", "`", "*", "_", "~", "|", "\n", "<script>", "</script>", ":"),
            *("<javascript:alert(1)|x>", "<http://a.b|c>", "](javascript:x)", "[a](http://b.c)"),
            *(
                "onerror=",
                "<@U1>",
                "<!date^1^{time}^javascript:x|y>",
                "```",
                "&lt;",
                "&gt;",
                ":mag:",
            ),
            *("x", " ", "<https://a.b/?q=' onload='x>", "data:text/html,x", "| a |\n|---|\n", "# "),
        ]
    ),
    max_size=20,
).map("".join)


def shown(text: str, **how: bool) -> str:
    return str(render_mrkdwn(text, names(), **how))


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*bold* _it_ ~no~", "<strong>bold</strong> <em>it</em> <s>no</s>"),
        ("*bold _and_ so*", "<strong>bold <em>and</em> so</strong>"),
        ("2*3*4 snake_case_name", "2*3*4 snake_case_name"),
        ("* not bold*", "* not bold*"),
        ("`a*b*c`", "<code>a*b*c</code>"),
        ("```\nx = 1\n```", '<pre dir="auto"><code>x = 1</code></pre>'),
        ("one\ntwo", "one<br>two"),
        ("&gt; quoted\nafter", "<blockquote dir=auto>quoted</blockquote>after"),
        ("• one\n• one", '<span class="bullet" dir="auto">one</span>' * 2),
        (":mag: :wave: :first_place_medal:", "🔍 👋 🥇"),
        ("at 12:30:45 :nothing_like_it:", "at 12:30:45 :nothing_like_it:"),
        ("1 &lt; 2 &amp;&amp; 3 &gt; 2", "1 &lt; 2 &amp;&amp; 3 &gt; 2"),
        ("&amp;lt;", "&amp;lt;"),
    ],
)
def test_markup_is_shown_as_slack_shows_it(text: str, html: str) -> None:
    assert shown(text) == html


def test_links_open_elsewhere_and_only_lead_to_the_web_or_a_mailbox() -> None:
    link = Seen(shown("<https://a.example/x?a=1&amp;b=2|the *page*>"))
    assert link.all("href") == ["https://a.example/x?a=1&b=2"]
    assert link.all("rel") == ["noopener noreferrer"]
    assert link.text == "the *page*"
    assert Seen(shown("<mailto:a@b.example|write>")).all("href") == ["mailto:a@b.example"]
    for target in ("javascript:alert(1)", "data:text/html,x", "//evil.example", "file:///etc"):
        assert Seen(shown(f"<{target}|click>")).all("href") == []


def test_bare_addresses_become_links_unless_the_app_said_verbatim() -> None:
    assert Seen(shown("see https://a.example/b.")).all("href") == ["https://a.example/b"]
    assert Seen(shown("see https://a.example/b.", verbatim=True)).all("href") == []


def test_people_and_channels_are_shown_by_name() -> None:
    seen = Seen(shown("<@U1> in <#C1> says <!here> to <@U404>"))
    assert seen.text == "@Layla <b>H</b> in #general says @here to @U404"
    assert "b" not in seen.tags


@pytest.mark.parametrize(
    ("token", "text"),
    [
        ("<!date^1700000000^{date_short} at {time}|then>", "Nov 14, 2023 at 23:13"),
        ("<!date^1700000000^{date_num} {time_secs}^https://a.example|then>", "2023-11-14 23:13:20"),
        ("<!date^soon^{date}|then>", "then"),
        ("<!date^99999999999999^{date}|then>", "then"),
        ("<!date^1700000000^{unknown}|then>", "{unknown}"),
        ("<!date|then>", "<!date|then>"),
    ],
)
def test_dates_are_told_on_the_readers_clock(token: str, text: str) -> None:
    assert Seen(shown(token)).text == text


@given(NASTY)
def test_no_text_becomes_anything_but_harmless_html(text: str) -> None:
    quoted = {"type": "rich_text_quote", "elements": [{"type": "text", "text": text}]}
    link = {"type": "link", "url": text, "text": text}
    rich = {"type": "rich_text", "elements": [quoted, {"type": "x", "elements": [link]}]}
    for html in (
        render_mrkdwn(text, names()),
        render_plain(text),
        render_markdown(text),
        render_rich_text(rich, names()),
    ):
        seen = Seen(html)
        assert set(seen.tags) <= HARMLESS
        allowed = {"href", "target", "rel", "class", "dir", "tabindex"}
        assert {name for name, _ in seen.attributes} <= allowed
        for href in seen.all("href"):
            assert str(href).startswith(("http://", "https://", "mailto:"))


@given(st.text(max_size=200))
def test_every_plain_text_is_shown_letter_by_letter(text: str) -> None:
    safe = text.replace("&", "").replace(":", "").replace("\r", "").replace("\0", "")
    assert Seen(render_plain(safe, emoji=False)).text == safe.replace("\n", "")


def test_markdown_shows_headings_lists_tables_code_and_links() -> None:
    html = render_markdown(
        "# Title\n\n**bold** and *it* ~~no~~ `x`\n- [x] done\n- two\n\n1. one\n\n> said\n\n---\n"
        "| a | b |\n|---|:-:|\n| 1 | 2 |\n\n```py\n<i>\n```\n[to](https://a.example) [no](javascript:x)"
    )
    seen = Seen(html)
    assert {"strong", "em", "s", "code", "ul", "ol", "blockquote", "hr", "td", "pre"} <= set(
        seen.tags
    )
    assert "i" not in seen.tags
    assert seen.all("href") == ["https://a.example"]
    assert "☑ done" in seen.text


def test_rich_text_shows_styles_lists_and_mentions() -> None:
    bold = {"type": "text", "text": "b", "style": {"bold": True, "code": True}}
    row = {"type": "rich_text_section", "elements": [bold, {"type": "emoji", "name": "mag"}]}
    listed = {"type": "rich_text_list", "style": "ordered", "indent": 1, "elements": [row]}
    who = {"type": "rich_text_section", "elements": [{"type": "user", "user_id": "U1"}]}
    html = str(render_rich_text({"type": "rich_text", "elements": [listed, who]}, names()))
    assert "<code><strong>b</strong></code>🔍" in html
    assert '<ol class="indent-1">' in html
    assert "@Layla" in html


@pytest.mark.parametrize(
    ("name", "found"),
    [("wave::skin-tone-3", "👋🏼"), ("flag-de", "🇩🇪"), ("mag", "🔍"), ("no-such", None)],
)
def test_emoji_have_slacks_names(name: str, found: str | None) -> None:
    assert emoji_named(name) == found
    assert with_emoji(f":{name}:") == (found or f":{name}:")


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Amara Okafor", "AO"),
        ("陈思远", "陈"),
        ("ليلى حداد", "ل"),
        ("Diego F 🌵", "DF"),
        ("🌵", "?"),
    ],
)
def test_avatars_show_initials_in_every_script(name: str, letters: str) -> None:
    assert initials_of(name) == letters


def test_rendering_is_markup_that_templates_do_not_escape_again() -> None:
    assert isinstance(render_mrkdwn("*a*", names()), Markup)
